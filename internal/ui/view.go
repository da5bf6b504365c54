package ui

import (
	"errors"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/wording"
)

// Level is how a state is to be taken: it decides the symbol and the color
// that go with the state's word.
type Level int

// The levels.
const (
	// LevelNone: neither good nor bad, nothing is activated.
	LevelNone Level = iota
	// LevelGood: it runs.
	LevelGood
	// LevelWarning: it runs, and not for long; or it will run.
	LevelWarning
	// LevelBad: it does not run.
	LevelBad
)

// CardView is what a license card shows. Empty fields are left out. All texts
// are as they came; the card escapes them.
type CardView struct {
	Title string // the product's, for people
	Level Level
	State string // in words

	Error string // what is wrong, in words, with the detail
	Hint  string // what can be done about it

	Name, Email string // the holder
	Tier        string
	Trial       bool
	Features    []string
	Limits      map[string]int64

	Starts       time.Time
	Ends         time.Time
	Location     *time.Location // the zone of the local times, UTC where nil
	Perpetual    bool           // Ends is not shown
	Ended        bool
	Left         string  // the time left, in words
	Fraction     float64 // of the term that is left, 0 to 1
	UpdatesUntil time.Time

	LicenseKey  string
	KeyID       string
	ActivatedAt time.Time
	Path        string // where it was read
	Variable    string // the variable that holds it or names Path

	Support string

	// More are sections below all of this.
	More [][]SheetRow
}

// CardFromStatus returns the card of a status at a time. A status that is of
// no stored license, as inspecting one gives, has just no Source.
func CardFromStatus(p dtlic.Product, s dtlic.StoredStatus, now time.Time, loc *time.Location) CardView {
	v := CardView{
		Title:       p.Title,
		Level:       level(s.Status),
		State:       wording.StateWords(string(s.State)),
		Location:    loc,
		ActivatedAt: s.ActivatedAt,
		Path:        s.Source.Path,
		Variable:    s.Source.Variable,
		Support:     p.Support,
	}
	if s.Err != nil {
		v.Error = s.Err.Error()
	} else if s.Expiring {
		v.State += ", " + wording.EndsSoon
	}
	var e *dtlic.Error
	if errors.As(s.Err, &e) {
		v.Hint = e.Hint
	}
	if l := s.License; l.LicenseKey != "" {
		v.SetLicense(l, now)
		v.Fraction = s.Fraction
	}
	return v
}

func level(s dtlic.Status) Level {
	switch {
	case dtlic.CodeOf(s.Err) == dtlic.CodeNotActivated:
		return LevelNone
	case s.Err == nil && s.Expiring, dtlic.CodeOf(s.Err) == dtlic.CodeNotYetValid:
		return LevelWarning
	case s.Err != nil:
		return LevelBad
	}
	return LevelGood
}

// SetLicense fills in what a license says, as of a time.
func (v *CardView) SetLicense(l dtlic.License, now time.Time) {
	v.Name, v.Email = l.Name, l.Email
	v.Tier, v.Trial = l.Tier, l.Trial
	v.Features, v.Limits = l.Granted(), l.Limited()
	v.Starts, v.Ends, v.UpdatesUntil = l.StartsAt, l.ExpiresAt, l.UpdatesUntil
	v.LicenseKey, v.KeyID = l.LicenseKey, l.KeyID()
	v.Perpetual = l.IsPerpetual()
	v.Ended = !now.Before(l.ExpiresAt)
	switch {
	case v.Perpetual:
		v.Left = wording.NeverEnds
	case now.Before(l.StartsAt):
		v.Left = wording.TimeUntil(now, l.StartsAt)
	default:
		v.Left = wording.TimeLeft(now, l.ExpiresAt, v.Location)
	}
}
