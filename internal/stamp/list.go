package stamp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// ListFile is the name of the list in a folder of templates.
const ListFile = "templates.json"

// List says which templates belong together. A toolkit knows the SHA-256 of the
// list it was released with, and the list that of every template.
type List struct {
	Format    int        `json:"format"` // 1
	Version   string     `json:"version"`
	Commit    string     `json:"commit"`
	Templates []Template `json:"templates"`
}

// Template is one unstamped program.
type Template struct {
	Platform string `json:"platform"` // "linux/amd64"
	File     string `json:"file"`     // a plain name in the list's folder
	SHA256   string `json:"sha256"`   // 64 hex digits
	Size     int64  `json:"size"`     // in bytes
}

// NewTemplate describes a program for a platform.
func NewTemplate(platform string, image []byte) Template {
	sum := sha256.Sum256(image)
	return Template{Platform: platform, File: fileName(platform), SHA256: hex.EncodeToString(sum[:]), Size: int64(len(image))}
}

// fileName is the name of a platform's template: dtlic-buyer_linux_amd64.
func fileName(platform string) string {
	return ProgramFile("dtlic-buyer_"+strings.ReplaceAll(platform, "/", "_"), platform)
}

// ProgramFile is the name of a program's file on a platform.
func ProgramFile(program, platform string) string {
	if strings.HasPrefix(platform, "windows/") {
		return program + ".exe"
	}
	return program
}

// Encode writes the list's file.
func (l *List) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(l, "", "  ")
	return append(data, '\n'), err
}

// parseList reads a list's file, which has to be as [List.Encode] writes it: so
// nothing in it can be read in two ways.
func parseList(data []byte) (l List, err error) {
	if err := json.Unmarshal(data, &l); err != nil {
		return l, err
	}
	if l.Format != 1 {
		return l, fmt.Errorf("format must be 1, not %d", l.Format)
	}
	for i, t := range l.Templates {
		system, machine, found := strings.Cut(t.Platform, "/")
		switch {
		case !found || system == "" || machine == "" || strings.Contains(machine, "/"):
			return l, fmt.Errorf("templates[%d]: platform must be like linux/amd64, not %q", i, t.Platform)
		case !filepath.IsLocal(t.File) || strings.ContainsAny(t.File, `/\:`):
			return l, fmt.Errorf("templates[%d]: file must be a plain name, not %q", i, t.File)
		case len(t.SHA256) != 2*sha256.Size:
			return l, fmt.Errorf("templates[%d]: sha256 must have 64 hex digits", i)
		case slices.ContainsFunc(l.Templates[:i], func(o Template) bool { return o.Platform == t.Platform }):
			return l, fmt.Errorf("templates[%d]: platform %q stands twice", i, t.Platform)
		}
	}
	if again, err := l.Encode(); err != nil || !bytes.Equal(data, again) {
		return l, errors.New("it is not written as the list of a release is")
	}
	return l, nil
}
