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
	return 12*(100*twoDigits(text, 0)+twoDigits(text, 2)) + twoDigits(text, 5) - 1
}

// plainInstant reads YYYY-MM-DDTHH:MM:SSZ, which is how all times of ours are
// written, many times as fast as time.Parse.
func plainInstant(text string) (t time.Time, ok bool) {
	if len(text) != len("YYYY-MM-DDTHH:MM:SSZ") {
		return t, false
	}
	date, clock, end := word(text)^dateZeros, word(text[8:])^clockZeros, word(text[12:])^endZeros
	if (date|(date+dateMost)|clock|(clock+clockMost)|end|(end+endMost))&high != 0 {
		return t, false
	}
	// Each byte becomes the number of two digits that begins there.
	date, clock, end = 10*date+(date>>8), 10*clock+(clock>>8), 10*end+(end>>8)
	year, month, day := 100*int(date&0xff)+int(date>>16&0xff), int(date>>40&0xff), int(clock&0xff)
	hour, minute, second := int(clock>>24&0xff), int(clock>>48&0xff), int(end>>40&0xff)
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return t, false
	}
	first := days(year, month)
	if day > 28 && day > days(year, month+1)-first {
		return t, false
	}
	return time.Unix(int64(86400*(first+day-1)+3600*hour+60*minute+second), 0).UTC(), true
}

// The parts of a time as numbers: a part without its zeros has the digits' values,
// and 0 for all else; with its most added the highest bit of a byte is set where
// there is more than 9, or anything else.
var (
	dateZeros, dateMost   = digits("0000-00-")
	clockZeros, clockMost = digits("00T00:00")
	endZeros, endMost     = digits("0:00:00Z")
)

func digits(form string) (zeros, most uint64) {
	for i := range form {
		most |= 0x7f << (8 * i)
		if form[i] == '0' {
			most -= 9 << (8 * i)
		}
	}
	return word(form), most
}

func twoDigits(text string, i int) int { return 10*int(text[i]-'0') + int(text[i+1]-'0') }

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
