package bind

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/libs/record"
)

// castHint says what to write instead of a text, written as it stands in the query, that
// is no value of a type.
func castHint(text, written string, to record.Type) string {
	const most = 40
	tried := written
	if len(tried) > most {
		tried = "…"
	}
	orNull := fmt.Sprintf("; TRY_CAST(%s AS %s) is NULL", tried, to)
	switch to.Kind {
	case record.Boolean:
		return "write TRUE or FALSE" + orNull
	case record.BigInt:
		if f, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && f >= -1<<63 && f < 1<<63 && !strings.ContainsAny(text, "_xX") {
			return fmt.Sprintf("a number with a fraction is a DOUBLE, which is rounded: CAST(CAST(%s AS DOUBLE) AS BIGINT)", tried)
		}
		return "a BIGINT is digits with a sign or without, of at most 64 bits" + orNull
	case record.Double:
		return "a number is written -1.5 or 1e9" + orNull
	case record.Date:
		return "it reaches from 0001-01-01 to 9999-12-31"
	case record.Timestamp:
		return fmt.Sprintf("it reaches from %s to %s", record.FirstInstant().Format(time.DateOnly), record.LastInstant().Format(time.DateOnly))
	case record.JSON:
		return `JSON is written '{"a": [1, "b"]}', texts in it between double quotes` + orNull
	case record.DayTime, record.YearMonth:
		return intervalHint(text, tried, to) + orNull
	case record.Array:
		return strings.TrimPrefix(orNull, "; ")
	default:
		return strings.TrimPrefix(orNull, "; ")
	}
}

// mixedHint is the way out where months stand beside days.
const mixedHint = "add one after the other: created_at + INTERVAL '1 month' + INTERVAL '1 day'"

func intervalHint(text, tried string, to record.Type) string {
	span, err := record.ParseSpan(text)
	switch {
	case err == nil && span.Mixed():
		return mixedHint
	case err == nil && to.Kind == record.DayTime:
		return fmt.Sprintf("months and years are an INTERVAL YEAR TO MONTH: CAST(%s AS INTERVAL YEAR TO MONTH)", tried)
	case err == nil:
		return fmt.Sprintf("days and shorter units are an INTERVAL DAY TO SECOND: CAST(%s AS INTERVAL DAY TO SECOND)", tried)
	case to.Kind == record.DayTime:
		return "for example '1 day 2 hours', '26:00:00' or 'P1DT2H'"
	default:
		return "for example '1 year 2 months', '1-2' or 'P1Y2M'"
	}
}
