package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// place is a folder and the surroundings that a release is built in.
type place struct {
	dir, zone, locale, umask string
	prefers                  []string // variables by which a builder changes what Go makes
	cache                    string   // its own build cache; "" stands for the usual one
}

func (p place) String() string {
	return fmt.Sprintf("a folder of %d characters, TZ=%s, LC_ALL=%s, umask %s", len(p.dir), p.zone, p.locale, p.umask)
}

// release is what one build left behind.
type release struct {
	root    string // of the clone
	dist    string // root/dist/release
	version string // without a v
	commit  string
	time    time.Time // of the commit
	sums    sums
}

// secrets are variables that would sign, publish or rename. A check builds
// without them, for what they add cannot be made again by others.
var secrets = []string{"GITHUB_", "GITLAB_", "GITEA_", "DTLIC_", "WINDOWS_SIGN", "MACOS_", "GPG", "GORELEASER"}

// clean returns the environment without secrets and with more.
func clean(environ []string, more ...string) []string {
	return append(slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		return slices.ContainsFunc(secrets, func(s string) bool { return strings.HasPrefix(v, s) })
	}), more...)
}

// command runs a program in a folder, and shows what it said only where it failed.
func command(dir string, env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// output runs a program and returns its standard output without the last newline.
func output(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var said bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = dir, env, &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &said)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

func findGoreleaser() (string, error) {
	cmd := exec.Command("sh", "scripts/packages/goreleaser.sh")
	cmd.Stderr = os.Stderr // it tells when it has to build
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("scripts/packages/goreleaser.sh: %w (run this in the project's folder)", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// build clones a commit into the place and builds the release there.
func (p place) build(goreleaser, commit string) (*release, error) {
	repository, err := output("", nil, "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	env := clean(os.Environ(), "TZ="+p.zone, "LC_ALL="+p.locale, "GORELEASER="+goreleaser)
	env = append(env, p.prefers...)
	if p.cache != "" {
		env = append(env, "GOCACHE="+p.cache)
	}
	if err := os.MkdirAll(filepath.Dir(p.dir), 0o755); err != nil {
		return nil, err
	}
	const script = `umask "$1" && git clone --quiet --no-hardlinks --no-checkout "$2" "$3" && cd "$3" && git checkout --quiet --detach "$4" && sh scripts/packages/build.sh`
	said, err := output("", env, "sh", "-c", script, "sh", p.umask, repository, p.dir, commit)
	if err != nil {
		return nil, err
	}
	for _, word := range []string{"checksums.txt is not signed", "Windows programs are not signed", "macOS programs are not signed"} {
		if !strings.Contains(said, word) {
			return nil, fmt.Errorf("scripts/packages/build.sh had no secrets and did not say: %s", word)
		}
	}
	return open(p.dir)
}

// open reads what a build says of itself.
func open(root string) (*release, error) {
	r := &release{root: root, dist: filepath.Join(root, "dist", "release")}
	data, err := os.ReadFile(filepath.Join(r.dist, "metadata.json"))
	if err != nil {
		return nil, err
	}
	var about struct{ Version, Commit string }
	if err := json.Unmarshal(data, &about); err != nil {
		return nil, fmt.Errorf("metadata.json: %w", err)
	}
	r.version, r.commit = about.Version, about.Commit
	stamp, err := output(root, nil, "git", "show", "--no-patch", "--format=%ct", r.commit)
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return nil, err
	}
	r.time = time.Unix(seconds, 0)
	r.sums, err = readSums(filepath.Join(r.dist, "checksums.txt"))
	return r, err
}

// file is a file of a tree, its path with slashes.
type file struct {
	path   string
	size   int64
	digest string
}

// tree returns the files below a folder, by path.
func tree(root string) (files []file, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		size, digest, err := hash(path)
		files = append(files, file{filepath.ToSlash(name), size, digest})
		return err
	})
	return files, err
}

func hash(path string) (size int64, digest string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, fmt.Sprintf("%x", h.Sum(nil)), err
}

// about are the files that goreleaser writes about its run, with the time and
// the folder in them. They are not published.
var about = []string{"artifacts.json", "config.yaml", "metadata.json"}

// published returns the files of the release itself, with their sizes.
func (r *release) published() (files []file, err error) {
	entries, err := os.ReadDir(r.dist)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() || slices.Contains(about, e.Name()) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		files = append(files, file{path: e.Name(), size: info.Size()})
	}
	return files, nil
}

// compare demands that two builds left the same files with the same bytes.
func compare(first, second *release) error {
	a, err := builtFiles(first.dist)
	if err != nil {
		return err
	}
	b, err := builtFiles(second.dist)
	if err != nil {
		return err
	}
	if wrong := difference(a, b); len(wrong) > 0 {
		return fmt.Errorf("the two builds differ:\n  %s", strings.Join(wrong, "\n  "))
	}
	return nil
}

func builtFiles(dist string) ([]file, error) {
	files, err := tree(dist)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f file) bool { return slices.Contains(about, f.path) })
	for i, f := range files {
		if strings.HasSuffix(f.path, ".installer.yaml") {
			if files[i].digest, err = undated(filepath.Join(dist, f.path)); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// undated is the hash of a winget manifest without its ReleaseDate, which is
// the day of the build in the zone of the machine.
func undated(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for line := range bytes.Lines(data) {
		if !bytes.HasPrefix(line, []byte("ReleaseDate: ")) {
			h.Write(line)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// difference says in which files two trees differ; both are sorted by path.
func difference(a, b []file) (wrong []string) {
	other := map[string]file{}
	for _, f := range b {
		other[f.path] = f
	}
	for _, f := range a {
		g, there := other[f.path]
		switch {
		case !there:
			wrong = append(wrong, f.path+": only in the first")
		case g.digest != f.digest:
			wrong = append(wrong, fmt.Sprintf("%s: %d bytes and %d bytes, and not the same", f.path, f.size, g.size))
		}
		delete(other, f.path)
	}
	for _, f := range b {
		if _, left := other[f.path]; left {
			wrong = append(wrong, f.path+": only in the second")
		}
	}
	return wrong
}

// removeAll removes a folder, that of a build cache with its read-only files too.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if errors.Is(err, fs.ErrPermission) {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				return os.Chmod(path, 0o700)
			}
			return nil
		})
		err = os.RemoveAll(dir)
	}
	return err
}
