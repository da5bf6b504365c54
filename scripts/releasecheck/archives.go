package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// platforms are those that a release is made for.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// archive returns the name of a platform's archive.
func (r *release) archive(platform string) string {
	goos, goarch, _ := strings.Cut(platform, "/")
	ext := ".tar.gz"
	if goos == "windows" {
		ext = ".zip"
	}
	return fmt.Sprintf("dtlic_%s_%s_%s%s", r.version, goos, goarch, ext)
}

// entry is a file in an archive.
type entry struct {
	path   string
	mode   fs.FileMode
	time   time.Time
	owner  string // "" in a zip archive
	digest string
	data   []byte
}

// parts are what every archive holds beside the program: the folder in the
// archive, and the files in the clone.
var parts = []struct{ folder, pattern string }{
	{"", "LICENSE"},
	{"", "README.md"},
	{"docs", "docs/*.md"},
	{"docs/pictures", "docs/pictures/*.svg"},
	{"man", "docs/man/*.1"},
	{"completions", "docs/completions/*"},
	{"templates", "dist/parts/templates/*"},
}

// expected returns the path in an archive of each file beside the program, and
// the file in the clone that it is.
func (r *release) expected() (map[string]string, error) {
	want := map[string]string{}
	for _, p := range parts {
		found, err := filepath.Glob(filepath.Join(r.root, p.pattern))
		if err != nil || len(found) == 0 {
			return nil, fmt.Errorf("%s: no such file in the clone", p.pattern)
		}
		for _, f := range found {
			want[path.Join(p.folder, filepath.Base(f))] = f
		}
	}
	// A platform that has no template is a seller's buyer without a program.
	if n := len(platforms) + len([]string{"templates.json"}); countBelow(want, "templates/") != n {
		return nil, fmt.Errorf("dist/parts/templates has %d files, not %d", countBelow(want, "templates/"), n)
	}
	return want, nil
}

func countBelow(want map[string]string, folder string) (n int) {
	for p := range want {
		if strings.HasPrefix(p, folder) {
			n++
		}
	}
	return n
}

func checkArchives(r *release, _ string) (wrong []string, err error) {
	want, err := r.expected()
	if err != nil {
		return nil, err
	}
	for _, platform := range platforms {
		name := r.archive(platform)
		entries, err := readArchive(filepath.Join(r.dist, name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found, err := r.checkEntries(entries, want, program(platform))
		if err != nil {
			return nil, err
		}
		for _, w := range found {
			wrong = append(wrong, name+": "+w)
		}
	}
	return wrong, nil
}

// program is the name of dtlic on a platform.
func program(platform string) string {
	if strings.HasPrefix(platform, "windows/") {
		return "dtlic.exe"
	}
	return "dtlic"
}

// checkEntries says what differs between an archive and what it should hold.
func (r *release) checkEntries(entries []entry, want map[string]string, program string) (wrong []string, err error) {
	seen := map[string]bool{}
	for _, e := range entries {
		if seen[e.path] {
			wrong = append(wrong, e.path+" stands twice")
		}
		seen[e.path] = true
		mode := fs.FileMode(0o644)
		if e.path == program {
			mode = 0o755
		} else if source, ok := want[e.path]; !ok {
			wrong = append(wrong, e.path+" does not belong there")
		} else if _, digest, err := hash(source); err != nil {
			return nil, err
		} else if digest != e.digest {
			wrong = append(wrong, e.path+" is not the file of the clone")
		}
		if e.mode != mode {
			wrong = append(wrong, fmt.Sprintf("%s has mode %o, not %o", e.path, e.mode, mode))
		}
		// A zip archive counts in steps of two seconds where it has no finer time.
		if e.time.Unix()/2 != r.time.Unix()/2 {
			wrong = append(wrong, fmt.Sprintf("%s has time %s, not the commit's %s", e.path, e.time.UTC(), r.time.UTC()))
		}
		if e.owner != "" && e.owner != "root:root" {
			wrong = append(wrong, e.path+" belongs to "+e.owner)
		}
	}
	for p := range want {
		if !seen[p] {
			wrong = append(wrong, p+" is missing")
		}
	}
	if !seen[program] {
		wrong = append(wrong, program+" is missing")
	}
	slices.Sort(wrong)
	return wrong, nil
}

// readArchive reads a tar.gz or a zip archive whole.
func readArchive(path string) ([]entry, error) {
	if strings.HasSuffix(path, ".zip") {
		return readZip(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{h.Name, h.FileInfo().Mode(), h.ModTime, h.Uname + ":" + h.Gname, digestOf(data), data})
	}
}

func readZip(path string) (entries []entry, err error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(in)
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, err
		}
		entries = append(entries, entry{path: f.Name, mode: f.Mode(), time: f.Modified, digest: digestOf(data), data: data})
	}
	return entries, nil
}

func digestOf(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// checkToolkit compares this platform's archive with what make toolkit lays
// out, and goes a seller's first hour with what was unpacked.
func checkToolkit(r *release, scratch string) ([]string, error) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	if !slices.Contains(platforms, platform) {
		return nil, skipped("there is no archive for " + platform)
	}
	entries, err := readArchive(filepath.Join(r.dist, r.archive(platform)))
	if err != nil {
		return nil, err
	}
	unpacked := filepath.Join(scratch, "archive")
	for _, e := range entries {
		to := filepath.Join(unpacked, filepath.FromSlash(e.path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(to, e.data, e.mode); err != nil {
			return nil, err
		}
	}
	if err := command(r.root, clean(os.Environ()), "make", "toolkit", "VERSION=v"+r.version, "COMMIT="+r.commit); err != nil {
		return nil, err
	}
	archived, err := tree(unpacked)
	if err != nil {
		return nil, err
	}
	laid, err := tree(filepath.Join(r.root, "dist", "toolkit"))
	if err != nil {
		return nil, err
	}
	wrong := difference(archived, laid)
	said, err := r.use(filepath.Join(unpacked, program(platform)), filepath.Join(scratch, "home-archive"))
	if err != nil {
		return nil, err
	}
	wrong = append(wrong, said...)
	// The stories of the toolkit, told with this archive instead of a build.
	env := clean(os.Environ(), "DTLIC_TEST_TOOLKIT="+unpacked)
	if err := command(r.root, env, "go", "test", "-count=1", "-run", "TestScripts/^build_(first_hour|stamped|bad_templates)$", "./internal/cli/clitest"); err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong, nil
}
