package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"filippo.io/age"
)

var (
	// ErrNotAge is matched by the error about a file that age did not write.
	ErrNotAge = errors.New("it is no age file")
	// ErrNoMatch is matched by the error about a wrong passphrase, or identities
	// to which the file is not encrypted.
	ErrNoMatch = errors.New("it cannot be opened with this")
	// ErrDamaged is matched by the error about a file that is cut short or changed.
	ErrDamaged = errors.New("it is damaged or cut short")
	// ErrForeign is matched by the error about an age file that holds no backup.
	ErrForeign = errors.New("it is no backup that dtlic made")
	// ErrNewer is matched by the error about a backup of a later format.
	ErrNewer = errors.New("a newer dtlic made it")
)

// buffer is how much is decrypted ahead.
const buffer = 256 << 10

// Archive is a backup that was opened: read once as a whole, and found genuine
// and complete. Its files are decrypted as they are read.
type Archive struct {
	Manifest
	data   io.ReaderAt
	places []int64 // where the files begin, in the order of the manifest
}

// Open opens the backup that r holds in size bytes, and reads it to its end:
// every byte is authentic and what the manifest says. r is read again later, and
// must stay open. Memory stays constant, but for the passphrase's own 256 MiB.
//
// Errors match one of [ErrNotAge], [ErrNoMatch], [ErrDamaged], [ErrForeign] and
// [ErrNewer], that of ctx, or are those of r.
func Open(ctx context.Context, r io.ReaderAt, size int64, ids Identities) (*Archive, error) {
	watched := &watchedReaderAt{r: r}
	if _, err := NeedsPassphrase(io.NewSectionReader(watched, 0, size)); err != nil {
		return nil, err
	}
	data, clear, err := age.DecryptReaderAt(watched, size, ids.list...)
	if noMatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &noMatch) {
		return nil, fmt.Errorf("%w: %w", ErrNoMatch, err)
	}
	if err != nil {
		return nil, watched.reason(err)
	}
	text := &clearText{ctx: ctx, r: io.NewSectionReader(data, 0, clear)}
	a := &Archive{data: data}
	a.Manifest, a.places, err = index(text)
	if text.err != nil {
		return nil, watched.reason(text.err)
	}
	return a, err
}

// Open returns the content of a file, nil where there is none of that name. What
// cannot be read any more is an error of the file below, or a damage that came
// after [Open].
func (a *Archive) Open(name string) *io.SectionReader {
	for i, f := range a.Files {
		if f.Name == name {
			return io.NewSectionReader(a.data, a.places[i], f.Size)
		}
	}
	return nil
}

// index reads an archive in the clear: its manifest, and where each file begins.
func index(r io.Reader) (m Manifest, places []int64, err error) {
	c := &counter{r: bufio.NewReaderSize(r, buffer)}
	archive := tar.NewReader(c)
	first, err := archive.Next()
	if err != nil || first.Name != ManifestName || first.Typeflag != tar.TypeReg || first.Size > maxManifest {
		return Manifest{}, nil, foreign("it does not begin with %s", ManifestName)
	}
	text, err := io.ReadAll(archive)
	if err != nil {
		return Manifest{}, nil, foreign("its %s ends early", ManifestName)
	}
	if m, err = parseManifest(text); err != nil {
		return Manifest{}, nil, err
	}
	for _, f := range m.Files {
		place, err := entry(archive, c, f)
		if err != nil {
			return Manifest{}, nil, err
		}
		places = append(places, place)
	}
	if _, err := archive.Next(); !errors.Is(err, io.EOF) {
		return Manifest{}, nil, foreign("it has more than its %s lists", ManifestName)
	}
	// To the very end, whose being there says that nothing was cut off.
	if _, err := io.Copy(io.Discard, c); err != nil {
		return Manifest{}, nil, foreign("it has no end")
	}
	return m, places, nil
}

func parseManifest(text []byte) (m Manifest, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, foreign("its %s cannot be read", ManifestName)
	}
	switch {
	case m.Format > Format:
		return Manifest{}, fmt.Errorf("%w: it has format %d, and this program reads %d", ErrNewer, m.Format, Format)
	case m.Format != Format:
		return Manifest{}, foreign("its %s names no format", ManifestName)
	}
	if err := m.check(); err != nil {
		return Manifest{}, foreign("%w", err)
	}
	return m, nil
}

// entry reads the next file to its end, and returns where it begins. It must be
// the one that the manifest has there: a plain one, which stands in the archive
// byte for byte.
func entry(archive *tar.Reader, c *counter, want File) (int64, error) {
	h, err := archive.Next()
	if err != nil || h.Name != want.Name || h.Typeflag != tar.TypeReg || h.Size != want.Size {
		return 0, foreign("where its %s has %q there is something else", ManifestName, want.Name)
	}
	for name := range h.PAXRecords {
		// Such a file claims a size for which no bytes have to follow.
		if strings.HasPrefix(name, "GNU.sparse.") {
			return 0, foreign("%q has holes", want.Name)
		}
	}
	place := c.n
	if n, err := io.Copy(io.Discard, archive); err != nil || n != want.Size || c.n-place != n {
		return 0, foreign("%q is not as its %s says", want.Name, ManifestName)
	}
	return place, nil
}

func foreign(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrForeign, fmt.Errorf(format, args...))
}

// counter counts what was read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// clearText reads the decrypted text until ctx ends, and remembers what failed,
// which is damage or worse and never the archive's form.
type clearText struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (t *clearText) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		t.err = err
		return 0, err
	}
	n, err := t.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}

// watchedReaderAt remembers what failed below. It is read on all cores.
type watchedReaderAt struct {
	r   io.ReaderAt
	err atomic.Pointer[error]
}

func (w *watchedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.r.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err.Store(&err)
	}
	return n, err
}

// reason is why reading failed: something below, the context, or damage.
func (w *watchedReaderAt) reason(err error) error {
	failed := w.err.Load()
	switch {
	case failed != nil:
		return *failed
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if strings.Contains(err.Error(), "work factor too large") {
		return fmt.Errorf("%w: its passphrase would take more than a gigabyte of memory to try", ErrForeign)
	}
	return ErrDamaged // age says which of its parts, in words of its own
}
