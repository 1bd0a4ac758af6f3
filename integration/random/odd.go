package random

// oddTexts are texts that can just be read as a value of a kind, or just not; those of
// texts themselves are about tags, names and addresses.
var oddTexts = map[byte][]string{
	boolKind:  {" TRUE ", "t", "Yes", "on", "1", "0", "off", "n", "2", "", "tru", "truth"},
	intKind:   {" 12 ", "+7", "-0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e3", "1.0", "", "0x10", "1_000", "12a", "١"},
	floatKind: {"1e3", " .5 ", "5.", "-0", "NaN", "Infinity", "-infinity", "inf", "1e400", "-1e-400", "0x1p4", "", "1,5", "1_0.0", "e5"},
	timeKind: {
		"2016-10-01 12:30:00.123456789", "2016-10-01T12:30:00Z", "2016-10-01 12:30", "2016-10-01", " 2016-10-01 01:02:03+09:00 ", "2016-10-01 12:30:00 +02:00",
		"2016-02-30", "2016-10-01 24:00:00", "2016-10-01 12:60", "1600-01-01", "2300-01-01", "0000-01-01", "10/01/2016", "", "2016-10-01 12:30:00,5", "2016-10-1", "2016-10-01 12:30:00-05",
	},
	dateKind: {"2016-02-29", "2015-02-29", "0001-01-01", "9999-12-31", "10000-01-01", "2016-10-01 23:59:59", "2016-10-01 23:59:59-09:00", " 2016-10-01", "2016", ""},
	spanKind: {"1 day 2 hours", "26:00:00", "P1DT2H", "-PT1.5S", "1 week ago", "1 month", "", "1", "3 fortnights", "2 hours 3 hours", "-1:30", "1 02:03:04.5", "0.5 days"},
	jsonKind: {`{"a": 1, "a": "x"}`, " [1, 2.50, null] ", `"caf\u00e9"`, "12", "-0.0", "1e999", "tru", "{", "", "null", `{"a": {"b": [true]}}`, "[1,]"},
	textKind: {
		"RT @anna: mail bob@example.com, #Go(#go) and @Bob_1!", "see (https://go.dev/a_(b)), http://t.co/x. #x", "#a#b #1 #a1 \uff03tag &#39; a#b", "@a_very_long_name_of_more @x://y RT@z @\u00e9 @b\u00e9",
		"Don't stop, 3.5! \u6c34\u8eca", "hi \U0001F44D\U0001F3FD \U0001F468\u200D\U0001F469\u200D\U0001F467 \u2764\ufe0f \u00a9 1\ufe0f\u20e3", "https://HTTP://x @", "\t a\u00a0b ", "hELLO wORLD o'neil",
	},
}
