package stamp_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/codesign"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/slot"
	"github.com/dtlic/dtlic/internal/stamp"
)

const version = "v1.2.3"

var product = []byte("{\"format\": 1, \"title\": \"Ö\"}\n")

// here is the platform that the tests run on.
var here = runtime.GOOS + "/" + runtime.GOARCH

// self is this test's own program, with a slot behind it: a Go program of this
// platform that takes a stamp.
func self(t *testing.T) []byte {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The package under test has the marks of a slot in it.
	image = bytes.ReplaceAll(image, slot.Empty()[:24], make([]byte, 24))
	return append(image, slot.Empty()...)
}

// folder writes templates and their list, and returns the folder's path.
func folder(t *testing.T, change func(*stamp.List), images map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	list := stamp.List{Format: 1, Version: version, Commit: "abc"}
	for platform, image := range images {
		template := stamp.NewTemplate(platform, image)
		list.Templates = append(list.Templates, template)
		write(t, filepath.Join(dir, template.File), image)
	}
	if change != nil {
		change(&list)
	}
	data, err := list.Encode()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, stamp.ListFile), data)
	return dir
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *stamp.Folder {
	t.Helper()
	f, err := stamp.Open(fsys.OS, dir, stamp.Release{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestStampAndRead(t *testing.T) {
	dir := folder(t, nil, map[string][]byte{here: self(t)})
	f := open(t, dir)
	if got := f.Platforms(); !slices.Equal(got, []string{here}) {
		t.Errorf("platforms %q", got)
	}
	image, err := f.Stamp(here, product)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Stamp(here, product)
	if err != nil || !bytes.Equal(image, again) {
		t.Errorf("the second stamp differs, %v", err)
	}
	path := filepath.Join(dir, "program")
	write(t, path, image)
	p, err := stamp.Read(fsys.OS, path)
	if err != nil || !bytes.Equal(p.Product, product) || p.Version != version || p.Platform != here {
		t.Errorf("read back %q, %q, %q, %v", p.Product, p.Version, p.Platform, err)
	}
	if peeked, err := stamp.Peek(fsys.OS, path); err != nil || !bytes.Equal(peeked.Product, product) || peeked.Version != version || peeked.Platform != here {
		t.Errorf("peeked at: %q, %q, %q, %v", peeked.Product, peeked.Version, peeked.Platform, err)
	}
	if _, err := f.Stamp("plan9/amd64", product); !errors.Is(err, stamp.ErrPlatform) {
		t.Errorf("another platform: %v", err)
	}
	if _, err := f.Stamp(here, bytes.Repeat([]byte{' '}, slot.MaxProduct+1)); !errors.Is(err, stamp.ErrUnfit) {
		t.Errorf("a long product file: %v", err)
	}
}

// The list says which release and which bytes; nothing else is taken.
func TestOpenRefuses(t *testing.T) {
	sum := strings.Repeat("0", 2*sha256.Size)
	two := func(change func(*stamp.Template)) stamp.List {
		l := stamp.List{Format: 1, Version: version}
		for _, platform := range []string{"linux/amd64", "windows/amd64"} {
			l.Templates = append(l.Templates, stamp.Template{Platform: platform, File: platform[:5], SHA256: sum, Size: 1})
		}
		change(&l.Templates[1])
		return l
	}
	for name, c := range map[string]struct {
		list stamp.List
		want string
	}{
		"another version": {stamp.List{Format: 1, Version: "v9"}, `is of version "v9", and this is "v1.2.3"`},
		"another format":  {stamp.List{Format: 2, Version: version}, "format must be 1"},
		"a path":          {two(func(t *stamp.Template) { t.File = "../x" }), "must be a plain name"},
		"a Windows path":  {two(func(t *stamp.Template) { t.File = "c:x" }), "must be a plain name"},
		"an empty name":   {two(func(t *stamp.Template) { t.File = "" }), "must be a plain name"},
		"no platform":     {two(func(t *stamp.Template) { t.Platform = "linux" }), "platform must be like"},
		"no sum":          {two(func(t *stamp.Template) { t.SHA256 = "00" }), "must have 64 hex digits"},
		"twice":           {two(func(t *stamp.Template) { t.Platform = "linux/amd64" }), "stands twice"},
	} {
		data, err := c.list.Encode()
		if err != nil {
			t.Fatal(err)
		}
		wantUnfit(t, name, data, c.want)
	}
	data, err := (&stamp.List{Format: 1, Version: version}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	for name, text := range map[string]string{
		"no JSON":        "format",
		"nothing":        "",
		"more behind":    good + "{}",
		"a new member":   strings.Replace(good, "{", `{"url": "x",`, 1),
		"a member twice": strings.Replace(good, `"version"`, `"version": "v0", "version"`, 1),
		"another case":   strings.Replace(good, `"version"`, `"Version"`, 1),
		"other blanks":   strings.ReplaceAll(good, "  ", " "),
	} {
		wantUnfit(t, name, []byte(text), "is no list of templates")
	}
	dir := folder(t, nil, nil)
	data, err = os.ReadFile(filepath.Join(dir, stamp.ListFile))
	if err != nil {
		t.Fatal(err)
	}
	listSum := sha256.Sum256(data)
	if _, err := stamp.Open(fsys.OS, dir, stamp.Release{Version: version, ListSum: hex.EncodeToString(listSum[:])}); err != nil {
		t.Errorf("the list of this release: %v", err)
	}
	listSum[0]++
	if _, err := stamp.Open(fsys.OS, dir, stamp.Release{Version: version, ListSum: hex.EncodeToString(listSum[:])}); !errors.Is(err, stamp.ErrUnfit) {
		t.Errorf("another list: %v", err)
	}
	if _, err := stamp.Open(fsys.OS, filepath.Join(dir, "nowhere"), stamp.Release{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no list: %v", err)
	}
}

// wantUnfit requires that a list is refused.
func wantUnfit(t *testing.T, name string, list []byte, want string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, stamp.ListFile), list)
	if _, err := stamp.Open(fsys.OS, dir, stamp.Release{Version: version}); !errors.Is(err, stamp.ErrUnfit) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v", name, err)
	}
}

func TestStampRefuses(t *testing.T) {
	whole := self(t)
	filled := bytes.Clone(whole)
	if err := slot.Fill(filled[len(filled)-slot.Size:], slot.Content{Product: product, Version: version}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		image  []byte
		change func(*stamp.List)
		want   string
	}{
		"a changed byte":         {whole, func(l *stamp.List) { l.Templates[0].SHA256 = strings.Repeat("0", 64) }, "was changed: its SHA-256 begins with"},
		"truncated":              {whole, func(l *stamp.List) { l.Templates[0].Size++ }, " bytes, not "},
		"for another platform":   {whole, func(l *stamp.List) { l.Templates[0].Platform = "plan9/amd64" }, `is a program for "` + here + `", not for "plan9/amd64"`},
		"no program":             {slot.Empty(), nil, `is a program for "", not for`},
		"without a slot":         {whole[:len(whole)-slot.Size], nil, "it has no slot"},
		"with half a slot":       {whole[:len(whole)-100], nil, "its slot is not whole"},
		"with two slots":         {append(bytes.Clone(whole), slot.Empty()...), nil, "more than one slot"},
		"filled":                 {filled, nil, "its slot is filled already"},
		"filled, and one behind": {append(bytes.Clone(filled), slot.Empty()...), nil, "more than one slot"},
	} {
		f := open(t, folder(t, c.change, map[string][]byte{here: c.image}))
		_, err := f.Stamp(f.Platforms()[0], product)
		if !errors.Is(err, stamp.ErrUnfit) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := folder(t, nil, map[string][]byte{here: whole})
	f := open(t, dir)
	if err := os.Remove(filepath.Join(dir, stamp.NewTemplate(here, nil).File)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Stamp(here, product); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, stamp.ErrUnfit) {
		t.Errorf("a template that is not there: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"an empty file":  {nil, "it has no slot"},
		"a text":         {[]byte("hello"), "it has no slot"},
		"a template":     {self(t), "its slot is empty"},
		"half a slot":    {slot.Empty()[:5000], "its slot is not whole"},
		"a damaged slot": {damaged(t), "its slot is damaged"},
	} {
		path := filepath.Join(dir, "file")
		write(t, path, c.data)
		p, err := stamp.Read(fsys.OS, path)
		if !errors.Is(err, stamp.ErrUnfit) || !strings.Contains(err.Error(), c.want) || p.Product != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, peeked := stamp.Peek(fsys.OS, path); !errors.Is(peeked, stamp.ErrUnfit) || !strings.Contains(peeked.Error(), c.want) {
			t.Errorf("%s, peeked at: %v", name, peeked)
		}
		if empty := errors.Is(err, slot.ErrEmpty); empty != (name == "a template") {
			t.Errorf("%s: empty %v", name, empty)
		}
	}
	if _, err := stamp.Read(fsys.OS, dir); err == nil || errors.Is(err, stamp.ErrUnfit) {
		t.Errorf("a directory: %v", err)
	}
}

func damaged(t *testing.T) []byte {
	t.Helper()
	s := slot.Empty()
	if err := slot.Fill(s, slot.Content{Product: product}); err != nil {
		t.Fatal(err)
	}
	s[5000] = 'x'
	return s
}

// TestStampingIsBuilding: a stamped program is, byte for byte, the one that Go
// builds with the filled slot in its place, Apple's page hashes included. The
// programs have no build ID, which tells what they were built from.
func TestStampingIsBuilding(t *testing.T) {
	filled := slot.Empty()
	if err := slot.Fill(filled, slot.Content{Product: product, Version: version}); err != nil {
		t.Fatal(err)
	}
	for _, platform := range []string{here, "darwin/arm64"} {
		dir := t.TempDir()
		template := build(t, dir, platform, slot.Empty())
		want := build(t, dir, platform, filled)
		f := open(t, folder(t, nil, map[string][]byte{platform: template}))
		got, err := f.Stamp(platform, product)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(template, want) || !bytes.Equal(got, want) {
			t.Errorf("%s: the stamped program is another one than the built", platform)
		}
		path := filepath.Join(dir, "program")
		write(t, path, got)
		if p, err := stamp.Read(fsys.OS, path); err != nil || (p.Signature.Kind == codesign.AdHoc) != (platform == "darwin/arm64") {
			t.Errorf("%s: %+v, %v", platform, p.Signature, err)
		}
		if platform != "darwin/arm64" {
			continue
		}
		got[len(got)/2] ^= 1
		write(t, path, got)
		p, err := stamp.Read(fsys.OS, path)
		if !errors.Is(err, codesign.ErrBroken) || p.Product == nil {
			t.Errorf("%s with a changed byte: %v", platform, err)
		}
	}
}

// build builds the buyer's program with this slot.
func build(t *testing.T, dir, platform string, s []byte) []byte {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	system, machine, _ := strings.Cut(platform, "/")
	replaced, overlay, out := filepath.Join(dir, "slot"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "out")
	write(t, replaced, s)
	write(t, overlay, []byte(`{"Replace": {`+quote(filepath.Join(root, "keys", "stamped", "empty.slot"))+`: `+quote(replaced)+`}}`))
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "dtlic_product", "-overlay", overlay,
		"-ldflags", "-s -w -buildid=", "-o", out, "./cmd/dtlic-buyer")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+machine, "GOFLAGS=")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	image, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"` }
