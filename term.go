package dtlic

import (
	"errors"
	"time"
)

// Term is how long a license runs: years, days, or for ever; one of the three.
type Term struct {
	// Years are calendar years, see [Term.End].
	Years int
	// Days are of 24 hours.
	Days int
	// Perpetual licenses never end.
	Perpetual bool
}

// ParseTerm reads "1y", "90d" or "perpetual": 1 to 1000 years, 1 to 366000 days.
func ParseTerm(s string) (Term, error) {
	if s == "perpetual" {
		return Term{Perpetual: true}, nil
	}
	if s != "" {
		number, unit := s[:len(s)-1], s[len(s)-1]
		n, ok := parseInteger(number)
		switch {
		case ok && unit == 'y' && 1 <= n && n <= maxYears:
			return Term{Years: int(n)}, nil
		case ok && unit == 'd' && 1 <= n && n <= maxDays:
			return Term{Days: int(n)}, nil
		}
	}
	return Term{}, errors.New(`a term must be like "1y", "90d" or "perpetual"`)
}

const (
	maxYears = 1000
	maxDays  = 366 * maxYears
)

// End returns where a term that begins at start ends, in UTC. Years are
// calendar years; from 29 February they end on 28 February.
func (t Term) End(start time.Time) time.Time {
	start = start.UTC()
	switch {
	case t.Perpetual:
		return Perpetual()
	case t.Years != 0:
		end := start.AddDate(t.Years, 0, 0)
		if end.Day() != start.Day() {
			end = end.AddDate(0, 0, -end.Day())
		}
		return end
	default:
		return start.AddDate(0, 0, t.Days) // a Duration ends after 292 years
	}
}
