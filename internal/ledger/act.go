package ledger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Action is what a line of revoked.jsonl does to a license key.
type Action string

// The actions.
const (
	Revoke   Action = "revoke"
	Unrevoke Action = "unrevoke"
)

// Act is one line of revoked.jsonl: a license key was revoked, or no longer is.
type Act struct {
	LicenseKey string
	Action     Action
	// At is when, RFC 3339, UTC.
	At string
	// Reason is the creator's, and may be empty in an unrevoke.
	Reason string
	// Product, Name and Email are as the issuance log had them then; empty where
	// it did not know the license key.
	Product, Name, Email string
	// Blobs has the SHA-256 of each blob that was issued under the license key
	// by then, 64 lower-case hex digits, in the log's order.
	Blobs []string
}

// actText is a member of an act's JSON object that is a text.
type actText struct {
	name     string
	required bool
	value    func(*Act) *string
}

// actTexts lists them, in the order of format.md §6; blobs follows.
var actTexts = [...]actText{
	{"license_key", true, func(a *Act) *string { return &a.LicenseKey }},
	{"action", true, func(a *Act) *string { return (*string)(&a.Action) }},
	{"at", true, func(a *Act) *string { return &a.At }},
	{"reason", false, func(a *Act) *string { return &a.Reason }},
	{"product", false, func(a *Act) *string { return &a.Product }},
	{"name", false, func(a *Act) *string { return &a.Name }},
	{"email", false, func(a *Act) *string { return &a.Email }},
}

const blobsMember = "blobs"

// Append appends the act to dst as one line of JSON, without the line feed, as
// [Record.Append] writes one.
func (a *Act) Append(dst []byte) []byte {
	sep := byte('{')
	for _, m := range actTexts {
		dst = append(dst, sep, '"')
		dst = append(dst, m.name...)
		dst = append(dst, '"', ':')
		dst = appendString(dst, *m.value(a))
		sep = ','
	}
	dst = append(dst, `,"`+blobsMember+`":[`...)
	for i, sum := range a.Blobs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, sum)
	}
	return append(dst, ']', '}')
}

// ParseAct reads one line of revoked.jsonl: any JSON spacing, any order of the
// members, unknown ones passed over. Its errors never quote the line.
func ParseAct(line []byte) (Act, error) {
	object, err := parseObject(line)
	if err != nil {
		return Act{}, err
	}
	var a Act
	seen := make(map[string]bool)
	object.ForEach(func(key, value gjson.Result) bool {
		if seen[key.Str] {
			err = errors.New("it has one member twice")
		} else {
			err = a.set(key.Str, value)
		}
		seen[key.Str] = true
		return err == nil
	})
	if err != nil {
		return Act{}, err
	}
	for _, m := range actTexts {
		if m.required && !seen[m.name] {
			return Act{}, fmt.Errorf("it has no member %q", m.name)
		}
	}
	if err := a.check(); err != nil {
		return Act{}, err
	}
	return a, nil
}

// set takes one member.
func (a *Act) set(name string, value gjson.Result) error {
	if name == blobsMember {
		return a.setBlobs(value)
	}
	for _, m := range actTexts {
		if m.name != name {
			continue
		}
		if value.Type != gjson.String {
			return fmt.Errorf("its member %q is not a text", name)
		}
		*m.value(a) = value.Str
	}
	return nil
}

func (a *Act) setBlobs(value gjson.Result) error {
	if !value.IsArray() {
		return fmt.Errorf("its member %q is not a list", blobsMember)
	}
	for _, item := range value.Array() {
		if item.Type != gjson.String || !isSum(item.Str) {
			return fmt.Errorf("its member %q has something else than SHA-256 sums", blobsMember)
		}
		a.Blobs = append(a.Blobs, item.Str)
	}
	return nil
}

// check makes sure that an act can be obeyed.
func (a *Act) check() error {
	switch {
	case a.LicenseKey == "":
		return errors.New("its license key is empty")
	case a.Action != Revoke && a.Action != Unrevoke:
		return fmt.Errorf("its action is neither %q nor %q", Revoke, Unrevoke)
	}
	if _, err := time.Parse(time.RFC3339, a.At); err != nil {
		return errors.New("its time is not one like 2026-11-21T12:00:00Z")
	}
	return nil
}

// isSum tells whether a text is a SHA-256 in lower-case hex digits.
func isSum(s string) bool { return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }
