package backup

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dtlic/dtlic"
)

// maxName is the longest name of a file, in bytes. File systems have room for 255;
// what is restored stands for a moment, or beside another file, under a longer one.
const maxName = 200

// The names of the logs in a backup, wherever they lie.
const (
	LogName         = "issued.jsonl"
	RevocationsName = "revoked.jsonl"
)

// OfARun tells the names of what a run that writes a log leaves beside it, or
// needs while it runs: its lock, and the mark of a log that was replaced.
func OfARun(name, log string) bool {
	name, log = strings.ToLower(name), strings.ToLower(log) // one file on Windows and macOS
	if !strings.HasPrefix(name, log) {
		return false
	}
	return strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".replaced")
}

// CheckName tells why a file cannot be in a backup under a name: what is no plain
// name on every system, and what belongs to a run that writes a log.
func CheckName(name string) error {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch {
	case name == "" || len(name) > maxName:
		return fmt.Errorf("a name has 1 to %d bytes", maxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("it has characters that cannot be shown")
	case strings.ContainsAny(name, `/\:*?"<>|`):
		return errors.New(`it has one of / \ : * ? " < > |`)
	case name[0] == '.', name[0] == '-':
		return fmt.Errorf("it begins with %q", name[:1])
	case strings.HasSuffix(name, "."), strings.HasSuffix(name, " "):
		return errors.New("it ends in a dot or a space")
	case isDevice(stem):
		return errors.New("on Windows it is a device")
	case strings.EqualFold(name, ManifestName):
		return errors.New("the backup's own list has that name")
	case OfARun(name, LogName), OfARun(name, RevocationsName):
		return errors.New("it belongs to a run that writes a log")
	}
	return nil
}

// isDevice tells the names that Windows keeps for devices.
func isDevice(stem string) bool {
	switch stem {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && '0' <= stem[3] && stem[3] <= '9'
}

// check tells why a manifest cannot be one of ours.
func (m *Manifest) check() error {
	if !dtlic.IsName(m.Product) {
		return errors.New("its product has no name that a product can have")
	}
	if len(m.Files) > MaxFiles {
		return fmt.Errorf("it has %d files, and %d are the limit", len(m.Files), MaxFiles)
	}
	seen := make(map[string]bool)
	for _, f := range m.Files {
		if err := CheckName(f.Name); err != nil {
			return fmt.Errorf("a file cannot be named %q: %w", f.Name, err)
		}
		folded := strings.ToLower(f.Name) // one file on Windows and macOS
		if seen[folded] {
			return fmt.Errorf("it has %q twice", f.Name)
		}
		seen[folded] = true
		if f.Size < 0 {
			return fmt.Errorf("%q has a size below zero", f.Name)
		}
	}
	return nil
}
