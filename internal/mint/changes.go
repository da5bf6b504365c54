package mint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dtlic/dtlic"
)

// Changes says in words what a renewal changed, and until when the license runs.
func Changes(running, next *dtlic.License) string {
	list := []string{tierChange(running, next)}
	switch end := timeOf(next.ExpiresAt); {
	case next.IsPerpetual() && running.IsPerpetual():
		list = append(list, "never ends")
	case next.IsPerpetual():
		list = append(list, "ends "+timeOf(running.ExpiresAt)+" → never")
	case next.ExpiresAt.Equal(running.ExpiresAt):
		list = append(list, "ends "+end+" as before")
	default:
		list = append(list, "ends "+timeOf(running.ExpiresAt)+" → "+end)
	}
	switch until := timeOf(next.UpdatesUntil); {
	case next.UpdatesUntil.IsZero():
	case running.UpdatesUntil.IsZero():
		list = append(list, "updates until "+until)
	case next.UpdatesUntil.Equal(running.UpdatesUntil):
		list = append(list, "updates until "+until+" as before")
	default:
		list = append(list, "updates until "+timeOf(running.UpdatesUntil)+" → "+until)
	}
	for _, feature := range next.Features {
		if !slices.Contains(running.Features, feature) {
			list = append(list, "with "+feature)
		}
	}
	return strings.Join(append(list, limitChanges(running, next)...), ", ")
}

func tierChange(running, next *dtlic.License) string {
	text := next.Tier
	if next.Tier != running.Tier {
		text = running.Tier + " → " + next.Tier
	}
	switch {
	case next.Trial:
		return text + ", still a trial"
	case running.Trial:
		return text + ", trial → full license"
	}
	return text
}

// limitChanges tells of each limit that changed; and, where the tier did, of each
// that stayed, for it counts in place of the new tier's.
func limitChanges(running, next *dtlic.License) (list []string) {
	names := maps.Clone(running.Limits)
	if names == nil {
		names = make(map[string]int64)
	}
	maps.Copy(names, next.Limits)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, had := running.Limits[name]
		now, has := next.Limits[name]
		switch {
		case !has:
			list = append(list, fmt.Sprintf("without the limit %s=%d", name, before))
		case !had:
			list = append(list, fmt.Sprintf("limit %s=%d", name, now))
		case now != before:
			list = append(list, fmt.Sprintf("limit %s=%d → %d", name, before, now))
		case next.Tier != running.Tier:
			list = append(list, fmt.Sprintf("limit %s=%d as before", name, now))
		}
	}
	return list
}

func timeOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }
