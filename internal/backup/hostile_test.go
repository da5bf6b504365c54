package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"filippo.io/age"
)

// entryOf is one entry of an archive that somebody else made.
type entryOf struct {
	header tar.Header
	text   string
}

func plainFile(name, text string) entryOf {
	return entryOf{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text)), Mode: 0o600}, text}
}

const manifestHead = `{"format":1,"product":"notes","made_at":"2026-11-21T12:00:00Z","files":`

func manifestOf(files string) entryOf { return plainFile(ManifestName, manifestHead+files+"}") }

func archiveOf(t testing.TB, entries ...entryOf) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if err := w.WriteHeader(&e.header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gnuSparse is an archive with a file that has a hole of a terabyte.
func gnuSparse(t testing.TB) []byte {
	head := archiveOf(t, manifestOf(`[{"name":"a","size":1099511627776}]`))
	head = head[:len(head)-1024]
	pax := entryOf{tar.Header{Typeflag: tar.TypeReg, Name: "a", Size: 512, Mode: 0o600, PAXRecords: map[string]string{
		"COMMENT.x": "1",
	}}, "0\n" + strings.Repeat("\x00", 510)}
	raw := archiveOf(t, pax)
	// The library writes no such records, so they are put in the place of another
	// one; the block that they stand in is filled with zeros anyway.
	const sparse = "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n37 GNU.sparse.realsize=1099511627776\n21 GNU.sparse.name=a\n"
	at := bytes.Index(raw, []byte("COMMENT.x=1\n")) - 3
	if at < 0 {
		t.Fatal("no PAX record of the expected form")
	}
	copy(raw[at:], sparse)
	size := []byte(octal(len(sparse)))
	copy(raw[124:136], size)
	fixChecksum(raw[:512])
	return append(head, raw...)
}

func octal(n int) string {
	const digits = "01234567"
	text := []byte("00000000000\x00")
	for i := 10; n > 0; i, n = i-1, n>>3 {
		text[i] = digits[n&7]
	}
	return string(text)
}

func fixChecksum(header []byte) {
	copy(header[148:156], "        ")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	copy(header[148:156], octal(sum)[4:11]+"\x00")
}

// hugeFile is an archive with a file that is said to have so many bytes, in its header
// and in its manifest, of which there are only a few.
func hugeFile(t testing.TB, size string) []byte {
	head := archiveOf(t, manifestOf(`[{"name":"a","size":`+size+`}]`))
	raw := archiveOf(t, plainFile("a", "1"))
	n, err := strconv.ParseUint(size, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	copy(raw[124:136], []byte{0x80, 0, 0, 0}) // a binary number
	binary.BigEndian.PutUint64(raw[128:136], n)
	fixChecksum(raw[:512])
	return append(head[:len(head)-1024], raw...)
}

// A file that is said to be huge costs nothing.
func TestHugeFiles(t *testing.T) {
	for _, size := range []string{"1099511627776", "9223372036854775807"} {
		if _, _, err := index(bytes.NewReader(hugeFile(t, size))); !errors.Is(err, ErrForeign) {
			t.Errorf("%s bytes: %v", size, err)
		}
	}
}

// endless is an age header with a line that never ends.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	if e.read == 0 {
		n = copy(p, "age-encryption.org/v1\n-> X25519 ")
	}
	for i := range p[n:] {
		p[n+i] = 'a'
	}
	e.read += len(p)
	return len(p), nil
}

// A header is read as far as one can be, and no further.
func TestEndlessHeader(t *testing.T) {
	var header endless
	if _, err := NeedsPassphrase(&header); !errors.Is(err, ErrNotAge) || header.read > 2*maxHeader {
		t.Errorf("%v after %d bytes", err, header.read)
	}
}

func TestForeignArchives(t *testing.T) {
	link := func(kind byte) entryOf {
		return entryOf{tar.Header{Typeflag: kind, Name: "a", Linkname: "/etc/passwd", Mode: 0o777}, ""}
	}
	one := manifestOf(`[{"name":"a","size":1}]`)
	empty := manifestOf(`[{"name":"a","size":0}]`)
	for name, entries := range map[string][]entryOf{
		"nothing":                     {},
		"no manifest":                 {plainFile("a", "1")},
		"the manifest second":         {plainFile("a", "1"), one},
		"a manifest of another kind":  {plainFile(ManifestName, "hello")},
		"a manifest without a format": {plainFile(ManifestName, `{"product":"notes"}`)},
		"a manifest that is an array": {plainFile(ManifestName, `[]`)},
		"no product":                  {plainFile(ManifestName, `{"format":1}`)},
		"a product that is a path":    {plainFile(ManifestName, `{"format":1,"product":"../x"}`)},
		"a long manifest":             {plainFile(ManifestName, manifestHead+"[]}"+strings.Repeat(" ", maxManifest))},
		"a path":                      {manifestOf(`[{"name":"../a","size":1}]`), plainFile("../a", "1")},
		"a path from the root":        {manifestOf(`[{"name":"/etc/x","size":1}]`), plainFile("/etc/x", "1")},
		"a lock":                      {manifestOf(`[{"name":"issued.jsonl.lock","size":1}]`), plainFile("issued.jsonl.lock", "1")},
		"a control character":         {manifestOf(`[{"name":"a\u001b[2J","size":1}]`), plainFile("a\x1b[2J", "1")},
		"one name twice":              {manifestOf(`[{"name":"a","size":1},{"name":"a","size":1}]`), plainFile("a", "1"), plainFile("a", "2")},
		"one name on Windows":         {manifestOf(`[{"name":"a","size":1},{"name":"A","size":1}]`), plainFile("a", "1"), plainFile("A", "2")},
		"a symbolic link":             {empty, link(tar.TypeSymlink)},
		"a hard link":                 {empty, link(tar.TypeLink)},
		"a device":                    {empty, link(tar.TypeChar)},
		"a FIFO":                      {empty, link(tar.TypeFifo)},
		"a directory":                 {empty, link(tar.TypeDir)},
		"another name":                {one, plainFile("b", "1")},
		"another size":                {one, plainFile("a", "12")},
		"a size below zero":           {manifestOf(`[{"name":"a","size":-1}]`), plainFile("a", "1")},
		"a size beyond all":           {manifestOf(`[{"name":"a","size":9223372036854775808}]`), plainFile("a", "1")},
		"a file less":                 {one},
		"a file more":                 {one, plainFile("a", "1"), plainFile("b", "1")},
	} {
		if _, _, err := index(bytes.NewReader(archiveOf(t, entries...))); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := index(bytes.NewReader(gnuSparse(t))); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), `"a" has holes`) {
		t.Errorf("a sparse file: %v", err)
	}
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"name":"a","size":1},`, MaxFiles+1), ",") + "]"
	if _, _, err := index(bytes.NewReader(archiveOf(t, manifestOf(many)))); !errors.Is(err, ErrForeign) {
		t.Errorf("too many: %v", err)
	}
	if _, _, err := index(bytes.NewReader(archiveOf(t, plainFile(ManifestName, `{"format":2,"other":[]}`)))); !errors.Is(err, ErrNewer) {
		t.Errorf("a later format: %v", err)
	}
	good := archiveOf(t, one, plainFile("a", "1"))
	if m, places, err := index(bytes.NewReader(good)); err != nil || len(m.Files) != 1 || good[places[0]] != '1' {
		t.Errorf("a good one: %+v, %v", m, err)
	}
	// What age authenticated and is no archive is somebody else's, not damaged.
	_, with, id := pair(t)
	var data bytes.Buffer
	w, err := age.Encrypt(&data, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, strings.Repeat("a diary\n", 20_000)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), bytes.NewReader(data.Bytes()), int64(data.Len()), with); !errors.Is(err, ErrForeign) {
		t.Errorf("a diary: %v", err)
	}
}

// FuzzIndex: whatever an archive holds, reading it ends, and what is taken has
// plain names, once each, and lies in the archive where it is said to.
func FuzzIndex(f *testing.F) {
	f.Add(archiveOf(f, manifestOf(`[{"name":"a","size":1},{"name":"b","size":600}]`), plainFile("a", "1"), plainFile("b", strings.Repeat("2", 600))))
	f.Add(archiveOf(f, manifestOf(`[{"name":"ä.txt","size":3}]`), plainFile("ä.txt", "123")))
	f.Add(archiveOf(f, manifestOf(`[{"name":"../a","size":1}]`), plainFile("../a", "1")))
	f.Add(gnuSparse(f))
	f.Add(archiveOf(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, places, err := index(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrForeign) && !errors.Is(err, ErrNewer) {
				t.Errorf("error %v", err)
			}
			return
		}
		if len(places) != len(m.Files) {
			t.Fatalf("%d places of %d files", len(places), len(m.Files))
		}
		end := int64(0)
		seen := map[string]bool{}
		for i, file := range m.Files {
			if CheckName(file.Name) != nil || seen[file.Name] {
				t.Errorf("the name %q was taken", file.Name)
			}
			seen[file.Name] = true
			if places[i] < end || file.Size < 0 || places[i]+file.Size > int64(len(data)) {
				t.Errorf("%q is said to be at %d with %d bytes", file.Name, places[i], file.Size)
			}
			end = places[i] + file.Size
		}
	})
}
