package reference

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// formatToken is what a format of to_char is made of: text in quotes, FM, a pattern, or
// any other character.
var formatToken = regexp.MustCompile(`(?s)^(?:"([^"]*)"|((?i:FM))|((?i:YYYY|YY|IYYY|Q|MM|MONTH|MON|WW|IW|DDD|DD|DAY|DY|D|ID|HH24|HH12|HH|AM|PM|MI|SSSSS|SS|MS|US|NS|TZ|OF))|([^A-Za-z"]|[TZ]))`)

// formatParts calls f for each part: a pattern as it is written, or text. It reports
// whether all of the format could be read.
func formatParts(format string, f func(pattern, text string, fill bool) bool) bool {
	fill := true
	for format != "" {
		m := formatToken.FindStringSubmatch(format)
		if m == nil {
			return false
		}
		format = format[len(m[0]):]
		switch {
		case m[2] != "":
			fill = false
			continue
		case m[3] != "":
			if !f(m[3], "", fill) {
				return false
			}
			fill = true
		case !f("", m[1]+m[4], false):
			return false
		}
	}
	return true
}

// writeFormatted is to_char.
func writeFormatted(t time.Time, format string) (string, bool) {
	var b strings.Builder
	isoYear, isoWeek := t.ISOWeek()
	half := "Am"
	if t.Hour() >= 12 {
		half = "Pm"
	}
	words := map[string]string{
		"MONTH": fmt.Sprintf("%-9s", t.Month()), "MON": t.Format("Jan"), "DAY": fmt.Sprintf("%-9s", t.Weekday()), "DY": t.Format("Mon"),
		"AM": half, "PM": half, "TZ": "Utc", "OF": "+00",
	}
	numbers := map[string]string{
		"YYYY": t.Format("2006"), "YY": t.Format("06"), "IYYY": fmt.Sprintf("%04d", isoYear), "Q": strconv.Itoa((int(t.Month())-1)/3 + 1),
		"MM": t.Format("01"), "WW": fmt.Sprintf("%02d", (t.YearDay()-1)/7+1), "IW": fmt.Sprintf("%02d", isoWeek),
		"DDD": t.Format("002"), "DD": t.Format("02"), "D": strconv.Itoa(int(t.Weekday()) + 1), "ID": strconv.Itoa(int(t.Weekday()+6)%7 + 1),
		"HH24": t.Format("15"), "HH12": t.Format("03"), "HH": t.Format("03"), "MI": t.Format("04"), "SS": t.Format("05"),
		"MS": t.Format(".000")[1:], "US": t.Format(".000000")[1:], "NS": t.Format(".000000000")[1:],
		"SSSSS": fmt.Sprintf("%05d", t.Hour()*3600+t.Minute()*60+t.Second()),
	}
	ok := formatParts(format, func(pattern, text string, fill bool) bool {
		name := strings.ToUpper(pattern)
		word, isWord := words[name]
		switch {
		case pattern == "":
			b.WriteString(text)
			return true
		case isWord && pattern == name:
			word = strings.ToUpper(word)
		case isWord && pattern == strings.ToLower(pattern):
			word = strings.ToLower(word)
		case !isWord:
			word = numbers[name]
		}
		if !fill && isWord {
			word = strings.TrimRight(word, " ")
		} else if !fill {
			if word = strings.TrimLeft(word, "0"); word == "" {
				word = "0"
			}
		}
		b.WriteString(word)
		return true
	})
	return b.String(), ok
}

// readFormatted is to_timestamp by a format, which becomes a regular expression.
func readFormatted(text, format string) (record.Value, bool) {
	var re strings.Builder
	var fields []string
	digits := map[string]string{
		"YYYY": `\d{1,4}`, "YY": `\d{1,2}`, "MM": `\d{1,2}`, "DDD": `\d{1,3}`, "DD": `\d{1,2}`, "HH24": `\d{1,2}`, "HH12": `\d{1,2}`, "HH": `\d{1,2}`,
		"MI": `\d{1,2}`, "SS": `\d{1,2}`, "MS": `\d{1,3}`, "US": `\d{1,6}`, "NS": `\d{1,9}`,
		"MON":   `Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec`,
		"MONTH": `January|February|March|April|May|June|July|August|September|October|November|December`,
		"DY":    `Mon|Tue|Wed|Thu|Fri|Sat|Sun`, "DAY": `Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday`,
		"AM": `AM|PM`, "PM": `AM|PM`, "TZ": `UTC|GMT|Z`, "OF": `Z|[+-]\d\d(?::?\d\d)?`,
	}
	ok := formatParts(format, func(pattern, text string, _ bool) bool {
		name := strings.ToUpper(pattern)
		switch form, known := digits[name]; {
		case pattern == "" && strings.TrimSpace(text) == "":
			re.WriteString(`[ \t]*`)
		case pattern == "":
			re.WriteString(regexp.QuoteMeta(text))
		case !known:
			return false
		default:
			re.WriteString(` *((?i:` + form + `))`)
			fields = append(fields, name)
		}
		return true
	})
	compiled, err := regexp.Compile(`(?s)^` + re.String() + `\s*$`)
	if !ok || err != nil {
		return record.Value{}, false
	}
	m := compiled.FindStringSubmatch(text)
	if m == nil {
		return record.Value{}, false
	}
	return timeOfFields(fields, m[1:])
}

// timeOfFields puts the fields together.
func timeOfFields(fields, texts []string) (record.Value, bool) {
	n := map[string]int64{"MM": 1, "DD": 1}
	twelve, hasYear := false, false
	for i, f := range fields {
		s := texts[i]
		v, _ := strconv.ParseInt(s, 10, 64)
		switch f {
		case "YYYY":
			hasYear = true
			n["year"] = v
		case "YY":
			hasYear = true
			if n["year"] = 1900 + v; v < 70 {
				n["year"] += 100
			}
		case "MON", "MONTH":
			t, _ := time.Parse("Jan", strings.ToUpper(s[:1])+strings.ToLower(s[1:3]))
			n["MM"] = int64(t.Month())
		case "HH", "HH12":
			twelve = true
			n["hour"] = v
		case "HH24":
			n["hour"] = v
		case "AM", "PM":
			n["pm"] = int64(strings.Index("AP", strings.ToUpper(s[:1])))
		case "MS", "US", "NS":
			n["nanos"], _ = strconv.ParseInt((s + "000000000")[:9], 10, 64)
		case "OF":
			if s != "Z" {
				hours, _ := strconv.ParseInt(s[1:3], 10, 64)
				minutes, _ := strconv.ParseInt(strings.TrimPrefix(s[3:]+"", ":"), 10, 64)
				if n["offset"] = hours*60 + minutes; s[0] == '-' {
					n["offset"] *= -1
				}
				if hours > 23 || minutes > 59 {
					return record.Value{}, false
				}
			}
		default:
			n[f] = v
		}
	}
	if twelve {
		if n["hour"] < 1 || n["hour"] > 12 {
			return record.Value{}, false
		}
		n["hour"] = n["hour"]%12 + 12*n["pm"]
	}
	day, ok := dayOf(n["year"], n["MM"], n["DD"])
	if !ok || !hasYear || n["hour"] > 23 || n["MI"] > 59 || n["SS"] > 59 {
		return record.Value{}, false
	}
	if d := n["DDD"]; d > 0 {
		if day = time.Date(day.Year(), 1, int(d), 0, 0, 0, 0, time.UTC); int64(day.Year()) != n["year"] {
			return record.Value{}, false
		}
	}
	clock := ((n["hour"]*60+n["MI"]-n["offset"])*60+n["SS"])*1e9 + n["nanos"]
	return instant(day.Add(time.Duration(clock)), true)
}
