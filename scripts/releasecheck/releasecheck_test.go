package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// commitTime is the time of the commit in these tests. It is odd, as a zip
// archive's is not.
var commitTime = time.Date(2026, 11, 21, 12, 0, 1, 0, time.UTC)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// testRelease lays out the files of a clone that archives are made of.
func testRelease(t *testing.T) *release {
	root := t.TempDir()
	for _, path := range []string{
		"LICENSE", "README.md", "docs/issuing.md", "docs/pictures/mint.svg", "docs/pages_test.go", "docs/man/dtlic.1", "docs/man/dtlic-mint.1",
		"docs/completions/dtlic.bash", "docs/completions/_dtlic", "docs/completions/dtlic.fish", "docs/completions/dtlic.ps1",
		"dist/parts/templates/templates.json",
	} {
		write(t, filepath.Join(root, path), "this is "+path)
	}
	for _, platform := range platforms {
		write(t, filepath.Join(root, "dist/parts/templates/dtlic-buyer_"+strings.Replace(platform, "/", "_", 1)), platform)
	}
	return &release{root: root, dist: filepath.Join(root, "dist", "release"), version: "1.2.3", commit: "abc", time: commitTime, sums: sums{of: map[string]string{}}}
}

// testEntries are the files of a good archive.
func testEntries(t *testing.T, r *release) (entries []entry, want map[string]string) {
	want, err := r.expected()
	if err != nil {
		t.Fatal(err)
	}
	entries = []entry{{"dtlic", 0o755, commitTime, "root:root", digestOf([]byte("program")), []byte("program")}}
	for path, source := range want {
		data, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{path, 0o644, commitTime, "root:root", digestOf(data), data})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return entries, want
}

func TestExpected(t *testing.T) {
	r := testRelease(t)
	want, err := r.expected()
	if err != nil {
		t.Fatal(err)
	}
	if want["man/dtlic.1"] == "" || want["templates/dtlic-buyer_linux_amd64"] == "" || want["docs/pages_test.go"] != "" || len(want) != 17 {
		t.Errorf("%d parts: %v", len(want), want)
	}
	if err := os.Remove(filepath.Join(r.root, "dist/parts/templates/dtlic-buyer_darwin_arm64")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.expected(); err == nil || !strings.Contains(err.Error(), "dist/parts/templates has 6 files, not 7") {
		t.Errorf("without a template: %v", err)
	}
}

func TestArchiveEntries(t *testing.T) {
	r := testRelease(t)
	at := func(entries []entry, path string) *entry {
		return &entries[slices.IndexFunc(entries, func(e entry) bool { return e.path == path })]
	}
	for _, c := range []struct {
		name   string
		change func([]entry) []entry
		want   string
	}{
		{"as it should be", func(e []entry) []entry { return e }, ""},
		{"a file too few", func(e []entry) []entry {
			return slices.DeleteFunc(e, func(e entry) bool { return e.path == "LICENSE" })
		}, "LICENSE is missing"},
		{"no program", func(e []entry) []entry {
			return slices.DeleteFunc(e, func(e entry) bool { return e.path == "dtlic" })
		}, "dtlic is missing"},
		{"a file too many", func(e []entry) []entry {
			return append(e, entry{"key.env", 0o644, commitTime, "root:root", "", nil})
		}, "key.env does not belong there"},
		{"a file twice", func(e []entry) []entry { return append(e, *at(e, "README.md")) }, "README.md stands twice"},
		{"another file", func(e []entry) []entry { at(e, "README.md").digest = digestOf(nil); return e }, "README.md is not the file of the clone"},
		{"the builder's umask", func(e []entry) []entry { at(e, "README.md").mode = 0o600; return e }, "README.md has mode 600, not 644"},
		{"a program that cannot run", func(e []entry) []entry { at(e, "dtlic").mode = 0o644; return e }, "dtlic has mode 644, not 755"},
		{"the builder's name", func(e []entry) []entry { at(e, "dtlic").owner = "ada:ada"; return e }, "dtlic belongs to ada:ada"},
		{"the time of the build", func(e []entry) []entry {
			at(e, "LICENSE").time = commitTime.Add(time.Hour)
			return e
		}, "LICENSE has time 2026-11-21 13:00:01 +0000 UTC, not the commit's 2026-11-21 12:00:01 +0000 UTC"},
		{"the even second of a zip archive", func(e []entry) []entry {
			at(e, "LICENSE").time = commitTime.Add(-time.Second)
			return e
		}, ""},
	} {
		entries, want := testEntries(t, r)
		wrong, err := r.checkEntries(c.change(entries), want, "dtlic")
		if err != nil || strings.Join(wrong, "\n") != c.want {
			t.Errorf("%s: %q, %v", c.name, wrong, err)
		}
	}
}

// Both forms of archive are read back as they were written.
func TestReadArchive(t *testing.T) {
	r := testRelease(t)
	entries, want := testEntries(t, r)
	var packed, zipped bytes.Buffer
	gz := gzip.NewWriter(&packed)
	tw, zw := tar.NewWriter(gz), zip.NewWriter(&zipped)
	for _, e := range entries {
		h := &tar.Header{Name: e.path, Mode: int64(e.mode), Size: int64(len(e.data)), ModTime: e.time, Uname: "root", Gname: "root"}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		zh := &zip.FileHeader{Name: e.path, Modified: e.time}
		zh.SetMode(e.mode)
		w, err := zw.CreateHeader(zh)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(e.data); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []interface{ Close() error }{tw, gz, zw} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range map[string][]byte{"a.tar.gz": packed.Bytes(), "a.zip": zipped.Bytes()} {
		path := filepath.Join(t.TempDir(), name)
		write(t, path, string(data))
		read, err := readArchive(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if wrong, err := r.checkEntries(read, want, "dtlic"); len(wrong) > 0 || err != nil {
			t.Errorf("%s: %q, %v", name, wrong, err)
		}
		write(t, path, string(data[:len(data)/2]))
		if _, err := readArchive(path); err == nil {
			t.Errorf("half of %s was read", name)
		}
	}
}

func TestDifference(t *testing.T) {
	a := []file{{"a", 1, "x"}, {"b", 2, "y"}}
	for _, c := range []struct {
		b    []file
		want string
	}{
		{a, ""},
		{a[:1], "b: only in the first"},
		{append(a[:2:2], file{"c", 1, "z"}), "c: only in the second"},
		{[]file{a[0], {"b", 3, "z"}}, "b: 2 bytes and 3 bytes, and not the same"},
		{nil, "a: only in the first\nb: only in the first"},
	} {
		if got := strings.Join(difference(a, c.b), "\n"); got != c.want {
			t.Errorf("%v: %q", c.b, got)
		}
	}
}

// Two builds may differ in what tells of the run, and in winget's date, alone.
func TestCompare(t *testing.T) {
	build := func(date, url, about string) *release {
		r := &release{dist: t.TempDir()}
		write(t, filepath.Join(r.dist, "metadata.json"), about)
		write(t, filepath.Join(r.dist, "checksums.txt"), "sums")
		write(t, filepath.Join(r.dist, "winget", "dtlic.dtlic.installer.yaml"), "InstallerUrl: "+url+"\nReleaseDate: "+date+"\nManifestVersion: 1\n")
		return r
	}
	first := build("2026-11-21", "u", "a")
	if err := compare(first, build("2026-11-22", "u", "b")); err != nil {
		t.Error(err)
	}
	if err := compare(first, build("2026-11-21", "v", "a")); err == nil || !strings.Contains(err.Error(), "installer.yaml") {
		t.Errorf("another URL: %v", err)
	}
}

func TestSums(t *testing.T) {
	r := testRelease(t)
	var text strings.Builder
	for _, name := range r.names() {
		write(t, filepath.Join(r.dist, name), name)
		fmt.Fprintf(&text, "%s  %s\n", digestOf([]byte(name)), name)
	}
	if n := len(r.names()); n != 22 {
		t.Errorf("a release has %d files", n)
	}
	path := filepath.Join(r.dist, "checksums.txt")
	check := func(text string) string {
		t.Helper()
		write(t, path, text)
		var err error
		if r.sums, err = readSums(path); err != nil {
			return err.Error()
		}
		wrong, err := checkSums(r, "")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(wrong, "\n")
	}
	all := text.String()
	first, rest, _ := strings.Cut(all, "\n")
	name := first[66:]
	if got := check(all); got != "" {
		t.Errorf("good sums: %s", got)
	}
	if got := check(rest); got != name+" is not named\n"+name+" is there, and not named" {
		t.Errorf("a name too few: %s", got)
	}
	if got := check(strings.Repeat("0", 64) + first[64:] + "\n" + rest); got != name+" has another hash" {
		t.Errorf("another hash: %s", got)
	}
	write(t, filepath.Join(r.dist, "secret.pem"), "x")
	if got := check(all); got != "secret.pem is there, and not named" {
		t.Errorf("a file too many: %s", got)
	}
	for _, bad := range []string{"short  a\n", strings.Repeat("0", 64) + " a\n", first + "\n" + all} {
		if got := check(bad); !strings.Contains(got, "has the line") {
			t.Errorf("%q: %s", bad, got)
		}
	}
}

// A check builds without what would sign or publish.
func TestCleanEnvironment(t *testing.T) {
	got := clean([]string{"PATH=/bin", "GITHUB_TOKEN=x", "DTLIC_PUBLISH=draft", "DTLIC_GPG_KEY=x", "WINDOWS_SIGN_P12=x", "MACOS_SIGN_P12=x", "GORELEASER=x"}, "TZ=UTC")
	if strings.Join(got, " ") != "PATH=/bin TZ=UTC" {
		t.Errorf("%q", got)
	}
}

func TestInstalled(t *testing.T) {
	r := testRelease(t)
	deb, err := r.installed("deb")
	if err != nil {
		t.Fatal(err)
	}
	rpm, err := r.installed("rpm")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"usr/bin/dtlic", "usr/lib/dtlic/templates/templates.json", "usr/share/man/man1/dtlic.1", "usr/share/doc/dtlic/docs/issuing.md"} {
		if _, ok := deb[p]; !ok {
			t.Errorf("deb has no %s", p)
		}
		if _, ok := rpm[p]; !ok {
			t.Errorf("rpm has no %s", p)
		}
	}
	if deb["usr/share/zsh/vendor-completions/_dtlic"] == "" || rpm["usr/share/zsh/site-functions/_dtlic"] == "" ||
		deb["usr/share/doc/dtlic/copyright"] == "" || rpm["usr/share/licenses/dtlic/LICENSE"] == "" || len(deb) != 17 || len(rpm) != 17 {
		t.Errorf("deb %v, rpm %v", deb, rpm)
	}

	// What was unpacked is compared file by file.
	root := t.TempDir()
	for p, source := range deb {
		data := []byte("program")
		if source != "" {
			if data, err = os.ReadFile(source); err != nil {
				t.Fatal(err)
			}
		}
		write(t, filepath.Join(root, p), string(data))
	}
	if runtime.GOOS == "windows" {
		t.Skip("there are no modes here")
	}
	program := filepath.Join(root, "usr/bin/dtlic")
	if wrong, err := wrongFiles(root, deb); err != nil || strings.Join(wrong, " ") != "/usr/bin/dtlic has mode 644, not 755" {
		t.Errorf("%q, %v", wrong, err)
	}
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "usr/share/man/man1/dtlic.1"), "old")
	write(t, filepath.Join(root, "etc/dtlic"), "x")
	if err := os.Remove(filepath.Join(root, "usr/lib/dtlic/templates/templates.json")); err != nil {
		t.Fatal(err)
	}
	wrong, err := wrongFiles(root, deb)
	want := []string{"/etc/dtlic does not belong there", "/usr/lib/dtlic/templates/templates.json is missing", "/usr/share/man/man1/dtlic.1 is not the file of the clone"}
	if err != nil || !slices.Equal(wrong, want) {
		t.Errorf("%q, %v", wrong, err)
	}
}

func TestRPMFiles(t *testing.T) {
	r := testRelease(t)
	license := filepath.Join(r.root, "LICENSE")
	_, digest, err := hash(license)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"usr/bin/dtlic": "", "usr/share/licenses/dtlic/LICENSE": license}
	good := []string{
		"/usr/bin/dtlic 100755 feed root:root 5",
		"/usr/share/licenses/dtlic 40755  root:root 5",
		"/usr/share/licenses/dtlic/LICENSE 100644 " + digest + " root:root 5",
	}
	for _, c := range []struct{ line, want string }{
		{good[2], ""},
		{"", "/usr/share/licenses/dtlic/LICENSE is missing"},
		{"/usr/share/licenses/dtlic/LICENSE 100600 " + digest + " root:root 5", "/usr/share/licenses/dtlic/LICENSE has mode 100600, not 100644"},
		{"/usr/share/licenses/dtlic/LICENSE 100644 feed root:root 5", "/usr/share/licenses/dtlic/LICENSE is not the file of the clone"},
		{"/usr/share/licenses/dtlic/LICENSE 100644 " + digest + " ada:ada 6", "/usr/share/licenses/dtlic/LICENSE belongs to ada:ada and has time 6"},
		{good[2] + "\n/etc/passwd 100644 feed root:root 5", "/etc/passwd does not belong there"},
		{good[2] + "\n/usr/bin 40755  root:root 5", "folder /usr/bin with mode 40755 does not belong there"},
	} {
		wrong, err := wrongRPMFiles(strings.TrimSpace(good[0]+"\n"+good[1]+"\n"+c.line), want, 5)
		if err != nil || strings.Join(wrong, "\n") != c.want {
			t.Errorf("%s: %q, %v", c.line, wrong, err)
		}
	}
	if _, err := wrongRPMFiles("/usr/bin/dtlic", want, 5); err == nil {
		t.Error("half a line was read")
	}
}

func TestControl(t *testing.T) {
	control := "Package: dtlic\nVersion: 0.0.1~dev.gabc\nDescription: Licenses\n Maintainer: not a field\n"
	want := map[string]string{"Package": "dtlic", "Version": packageVersion("0.0.1-dev.gabc"), "Description": ""}
	if wrong := wrongControl(control, want); len(wrong) > 0 {
		t.Errorf("%q", wrong)
	}
	want["Maintainer"], want["Package"] = "", "other"
	if wrong := wrongControl(control, want); strings.Join(wrong, "; ") != `field Maintainer is ""; field Package is "dtlic"` {
		t.Errorf("%q", wrong)
	}
}
