// Package backup is the form of a backup: a tar archive, encrypted with age
// (https://age-encryption.org), so that it can be opened without this program:
//
//	age -d notes.age | tar -x
//
// The archive's first entry, manifest.json, says what it is of and which files
// follow, in their order and with their sizes. There are no checksums in it: age
// authenticates every byte, and the end.
package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"filippo.io/age"
)

const (
	// Format is the format that [Write] writes, and the only one that [Open] reads.
	Format = 1
	// ManifestName is the name of the first entry, which no file can have.
	ManifestName = "manifest.json"
	// MaxFiles bounds the files of a backup.
	MaxFiles = 1000

	maxManifest = 1 << 20 // bytes
	filePerm    = 0o600
)

// Manifest says what a backup is of.
type Manifest struct {
	Format  int    `json:"format"`
	Product string `json:"product"`
	// MadeAt is in UTC, whole seconds.
	MadeAt time.Time `json:"made_at"`
	Files  []File    `json:"files"`
}

// File is one file of a backup.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}

// Source is a file that goes into a backup.
type Source struct {
	File
	// Copy writes the file's content, exactly Size bytes.
	Copy func(w io.Writer) error
}

// Write writes a backup to w, encrypted to whom to names, until ctx ends. Memory
// stays constant. Errors of a source, of w and of ctx are returned as they are.
//
// The identities that it returns open this one backup, whomever it is encrypted
// to, so that it can be read back at once. They are to be kept no longer.
func Write(ctx context.Context, w io.Writer, product string, madeAt time.Time, sources []Source, to Recipients) (Identities, error) {
	m := Manifest{Format: Format, Product: product, MadeAt: madeAt.UTC().Truncate(time.Second), Files: []File{}}
	for _, s := range sources {
		m.Files = append(m.Files, s.File)
	}
	if err := m.check(); err != nil {
		return Identities{}, err
	}
	recipients, key := to.remembering()
	sealed, err := age.Encrypt(writerUntil{ctx, w}, recipients...)
	if err != nil {
		return Identities{}, err
	}
	if err := writeArchive(sealed, m, sources); err != nil {
		return Identities{}, err
	}
	if err := sealed.Close(); err != nil {
		return Identities{}, err
	}
	return Identities{[]age.Identity{age.NewInjectedFileKeyIdentity(*key)}}, nil
}

// writeArchive writes the archive, in the clear.
func writeArchive(w io.Writer, m Manifest, sources []Source) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	first := Source{File{ManifestName, int64(len(text))}, func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(text))
		return err
	}}
	archive := tar.NewWriter(w)
	for _, s := range append([]Source{first}, sources...) {
		header := tar.Header{Typeflag: tar.TypeReg, Name: s.Name, Size: s.Size, Mode: filePerm, ModTime: m.MadeAt}
		if err := archive.WriteHeader(&header); err != nil {
			return fmt.Errorf("%q: %w", s.Name, err)
		}
		if err := s.Copy(archive); err != nil {
			return err
		}
		if err := archive.Flush(); err != nil { // bytes are missing
			return fmt.Errorf("%q was changed while it was read: %w", s.Name, err)
		}
	}
	return archive.Close()
}

// writerUntil writes until ctx ends.
type writerUntil struct {
	ctx context.Context
	w   io.Writer
}

func (w writerUntil) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}
