package dtlic

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/envelope"
)

// timeForm is the one form of a time, a digit standing for any: UTC, whole
// seconds, a profile of RFC 3339 section 5.6. Package time is given [time.RFC3339],
// for which it has shortcuts; for times of this form the two are the same.
const timeForm = "2006-01-02T15:04:05Z"

func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// decodePayload reads the payload of a license whose signature holds. The
// reason in the error names the member and never quotes the payload.
func decodePayload(payload []byte) (License, error) {
	root, err := envelope.ParseJSON(string(payload))
	if err != nil {
		return License{}, err
	}
	if root.Type != envelope.Object {
		return License{}, errors.New("the payload is no JSON object")
	}
	var l License
	d := memberReader{root: &root}
	d.noFoldedNames(licenseMembers)
	l.LicenseKey = d.text("license_key", true)
	l.Product = d.text("product", true)
	l.Name = d.text("name", true)
	l.Email = d.text("email", true)
	l.Tier = d.text("tier", true)
	l.IssuedAt = d.time("issued_at", true)
	l.ExpiresAt = d.time("expires_at", true)
	l.StartsAt = d.time("starts_at", false)
	l.UpdatesUntil = d.time("updates_until", false)
	l.Trial = d.bool("trial")
	l.Features, _ = d.texts("features", maxFeatures)
	l.Limits = d.limits("limits")
	machines, bound := d.texts("machines", maxMachines)
	if l.Machines = machines; bound && len(machines) == 0 {
		d.fail("machines", "must not be empty")
	}
	if l.Profile = d.text("profile", false); l.Profile == "" && d.has("profile") {
		d.fail("profile", "must not be empty")
	}
	if n, present := d.integer("valid_days"); present {
		if n < 1 || n > maxValidDays {
			d.fail("valid_days", "must be from 1 to 3660")
		} else {
			l.ValidDays = int(n)
		}
	}
	crit, listed := d.texts("crit", maxCrit)
	if l.Crit = crit; listed && len(crit) == 0 {
		d.fail("crit", "must not be empty")
	}
	for _, m := range root.Members {
		if strings.HasPrefix(m.Name, "x_") {
			if l.Extra == nil {
				l.Extra = make(map[string]json.RawMessage)
			}
			l.Extra[m.Name] = json.RawMessage(m.Value.Raw)
		}
	}
	if d.err != nil {
		return License{}, d.err
	}
	return l, l.Validate()
}

// licenseMembers are the members that the format defines, in its order.
var licenseMembers = []string{
	"license_key", "product", "name", "email", "tier", "issued_at", "expires_at", "starts_at", "updates_until",
	"trial", "features", "limits", "machines", "profile", "valid_days", "crit",
}

// enforcedOnly are members that only a verifier that enforces them
// understands. This one enforces none of them yet.
var enforcedOnly = []string{"machines", "profile", "valid_days"}

// unenforced returns a member of the license that is critical and not
// understood here, "" where there is none.
func (l *License) unenforced() string {
	switch {
	case len(l.Machines) > 0:
		return "machines"
	case l.Profile != "":
		return "profile"
	case l.ValidDays != 0:
		return "valid_days"
	}
	for _, name := range l.Crit {
		if !slices.Contains(licenseMembers, name) || slices.Contains(enforcedOnly, name) {
			return name
		}
	}
	return ""
}

// Validate checks every rule of the format that a license can break by itself:
// lengths, alphabets, counts and the order of its times. What it takes can be
// minted, and what it refuses no verifier accepts.
func (l License) Validate() error {
	switch {
	case !isLicenseKey(l.LicenseKey):
		return errors.New("license_key must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit")
	case !IsName(l.Product):
		return errors.New("product must be " + nameForm)
	case !IsName(l.Tier):
		return errors.New("tier must be " + nameForm)
	case l.Profile != "" && !IsName(l.Profile):
		return errors.New("profile must be " + nameForm)
	case l.ValidDays < 0 || l.ValidDays > maxValidDays:
		return errors.New("valid_days must be from 1 to 3660")
	}
	if err := checkHolderText("name", l.Name, 200); err != nil {
		return err
	}
	if err := checkHolderText("email", l.Email, 254); err != nil {
		return err
	}
	if err := l.validateTimes(); err != nil {
		return err
	}
	if err := checkNames("features", l.Features, maxFeatures); err != nil {
		return err
	}
	if err := checkLimits(l.Limits); err != nil {
		return err
	}
	return l.validateLists()
}

func checkLimits(limits map[string]int64) error {
	if len(limits) > maxLimits {
		return fmt.Errorf("limits must not be more than %d", maxLimits)
	}
	for name, n := range limits {
		if !IsName(name) {
			return errors.New("a name in limits must be " + nameForm)
		}
		if n < 0 || n > maxInteger {
			return errors.New("a limit must be a whole number from 0 to 9007199254740991")
		}
	}
	return nil
}

func (l *License) validateTimes() error {
	for _, t := range []struct {
		name     string
		time     time.Time
		optional bool
	}{
		{"issued_at", l.IssuedAt, false},
		{"expires_at", l.ExpiresAt, false},
		{"starts_at", l.StartsAt, true},
		{"updates_until", l.UpdatesUntil, true},
	} {
		if t.optional && t.time.IsZero() {
			continue
		}
		if s := t.time.Unix(); s < 0 || s > 253402300799 || t.time.Nanosecond() != 0 {
			return fmt.Errorf("%s must be a whole second from 1970 to 9999", t.name)
		}
	}
	if !l.ExpiresAt.After(l.IssuedAt) {
		return errors.New("expires_at must be after issued_at")
	}
	if !l.StartsAt.IsZero() && !l.StartsAt.Before(l.ExpiresAt) {
		return errors.New("starts_at must be before expires_at")
	}
	return nil
}

func (l *License) validateLists() error {
	if err := checkUnique("machines", l.Machines, maxMachines); err != nil {
		return err
	}
	if err := checkUnique("crit", l.Crit, maxCrit); err != nil {
		return err
	}
	for name, raw := range l.Extra {
		if !strings.HasPrefix(name, "x_") || !utf8.ValidString(name) {
			return errors.New("a creator's own member must be named x_…")
		}
		// In a list, as deep as it will be nested, and one value only.
		v, err := envelope.ParseJSON("[" + string(raw) + "]")
		if err != nil || len(v.Items) != 1 {
			return errors.New("a creator's own member must be one JSON value, well-formed and nested at most 7 deep")
		}
	}
	return nil
}

const nameForm = "1 to 64 of a-z 0-9 . _ - and begin with a letter or digit"

func isLicenseKey(s string) bool { return isPlain(s, 64, "._-") }

// IsName tells whether s can name a product, a tier, a feature or a limit: 1 to
// 64 of a–z 0–9 . _ - and beginning with a letter or digit.
func IsName(s string) bool { return isLicenseKey(s) && s == strings.ToLower(s) }

func checkNames(member string, names []string, most int) error {
	for _, name := range names {
		if !IsName(name) {
			return fmt.Errorf("a name in %s must be %s", member, nameForm)
		}
	}
	return checkUnique(member, names, most)
}

func checkUnique(member string, items []string, most int) error {
	if len(items) > most {
		return fmt.Errorf("%s must not be more than %d", member, most)
	}
	for i, item := range items {
		if item == "" || !utf8.ValidString(item) {
			return fmt.Errorf("%s must not hold an empty text or one that is not UTF-8", member)
		}
		if slices.Contains(items[:i], item) {
			return fmt.Errorf("%s must not hold a text twice", member)
		}
	}
	return nil
}
