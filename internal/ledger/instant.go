package ledger

import (
	"strings"
	"time"
)

// instant is a time of the log; the zero time where it is none, as another tool
// may have written it.
func instant(text string) time.Time {
	if t, ok := plainInstant(text); ok {
		return t
	}
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

// monthOf is the month of a time t of the log, written as text, in months since
// the year 0; -1 stands for no time.
func monthOf(text string, t time.Time) int {
	if t.IsZero() {
		return -1
	}
	if !strings.HasSuffix(text, "Z") {
		text = t.UTC().Format(time.RFC3339)
	}
	century, _ := twoDigits(text, 0)
	years, _ := twoDigits(text, 2)
	month, _ := twoDigits(text, 5)
	return 12*(100*century+years) + month - 1
}

// plainInstant reads YYYY-MM-DDTHH:MM:SSZ, which is how all times of ours are
// written, several times as fast as time.Parse.
func plainInstant(text string) (t time.Time, ok bool) {
	if len(text) != len("YYYY-MM-DDTHH:MM:SSZ") || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
		text[13] != ':' || text[16] != ':' || text[19] != 'Z' {
		return t, false
	}
	century, ok1 := twoDigits(text, 0)
	years, ok2 := twoDigits(text, 2)
	month, ok3 := twoDigits(text, 5)
	day, ok4 := twoDigits(text, 8)
	hour, ok5 := twoDigits(text, 11)
	minute, ok6 := twoDigits(text, 14)
	second, ok7 := twoDigits(text, 17)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 ||
		month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return t, false
	}
	first := days(100*century+years, month)
	if day > 28 && day > days(100*century+years, month+1)-first {
		return t, false
	}
	return time.Unix(int64(86400*(first+day-1)+3600*hour+60*minute+second), 0).UTC(), true
}

func twoDigits(text string, i int) (n int, ok bool) {
	tens, ones := text[i]-'0', text[i+1]-'0'
	return int(10*tens + ones), tens <= 9 && ones <= 9
}

// days counts the days from 1970-01-01 to the first of a month; month 13 is the
// next year's January. Years are taken to begin in March, so that the leap day is
// their last.
func days(year, month int) int {
	if month <= 2 {
		year, month = year-1, month+12
	}
	year += 400 // so that no division meets a negative number
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 - daysTo1970
}

// daysTo1970 is from where days counts, 1 March of the year -400, to 1970-01-01.
const daysTo1970 = 719468 + 146097
