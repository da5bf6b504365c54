package ui

import (
	"time"

	"github.com/dtlic/dtlic/internal/wording"
)

// localTime writes a time for people, in their zone.
func localTime(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("2 January 2006, 15:04 MST")
}

// utcTime writes a time exactly, as licenses do.
func utcTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func characters(n int) string { return "· " + wording.Count(int64(n), "character") }
