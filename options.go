package dtlic

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/wording"
)

// Options are all that this package takes from outside; it reads no clock, no
// environment and no home directory on its own. A program usually passes
//
//	home, _ := os.UserHomeDir()
//	dtlic.Options{Now: time.Now, Getenv: os.Getenv, Home: home}
//
// and a test passes its own. No option adds a trusted key.
type Options struct {
	// Now is the clock; required.
	Now func() time.Time
	// Getenv reads PREFIX_LICENSE and PREFIX_LICENSE_FILE, PREFIX being the
	// product's EnvPrefix. Nil: there is no environment. An empty variable
	// counts as unset.
	Getenv func(name string) string
	// Home is the buyer's home directory. It may be empty where one of the
	// variables names a place.
	Home string
	// Development lets the product trust the development key, with which
	// anybody can sign. Never set it in a program that is shipped.
	Development bool

	files fsys.FS // the real ones where nil
}

func (o *Options) fs() fsys.FS {
	if o.files == nil {
		return fsys.OS
	}
	return o.files
}

func (o *Options) getenv(p *Product, suffix string) (name, value string) {
	name = p.EnvPrefix + suffix
	if o.Getenv != nil {
		value = o.Getenv(name)
	}
	return name, value
}

// Source says where a license was read.
type Source struct {
	// Variable is the environment variable that holds it or names its file; ""
	// for the file in the buyer's directory.
	Variable string
	// Path is the file; "" where the variable holds the license itself.
	Path string
}

// place is where this machine's license is read and written.
type place struct {
	text   string // the license itself, from the environment
	source Source // where it is read
	own    string // the license.json that is written, "" where no home is known
	hidden string // the variable that hides own, "" where it is read
}

// place finds the license. PREFIX_LICENSE wins over everything; a
// PREFIX_LICENSE_FILE that holds a plain text is read only, and one that is a
// license.json, or is not there yet, is used instead of the buyer's directory.
func (o *Options) place(p *Product) place {
	var at place
	if o.Home != "" {
		at.own = filepath.Join(o.Home, p.Directory, "license.json")
	}
	at.source.Path = at.own
	if name, file := o.getenv(p, "_LICENSE_FILE"); file != "" {
		at.source = Source{Variable: name, Path: file}
		// A file of another kind is not ours to replace.
		if text, err := o.read(file); err != nil || isOurs(text) {
			at.own = file
		} else {
			at.hidden = name
		}
	}
	if name, text := o.getenv(p, "_LICENSE"); text != "" {
		at.text, at.source, at.hidden = text, Source{Variable: name}, name
	}
	return at
}

// isOurs tells whether a text is a license.json, of this version or another.
func isOurs(text string) bool {
	_, err := parseRecord(text)
	return err == nil || CodeOf(err) == CodeUnsupported
}

// isRecord tells a license.json from a text that holds a license.
func isRecord(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "{") }

var errNoHome = errors.New(wording.NoHome)
