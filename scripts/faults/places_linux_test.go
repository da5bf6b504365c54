package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nobody is a user who is not root, to whom modes apply.
var nobody = []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}

// needNobody skips where no such user can run our programs.
func needNobody(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can run a program as another user")
	}
	// The way to the programs is for everybody, unless the temporary folder is not.
	for _, path := range []string{bench1.root, bench1.bin} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	needCommand(t, append(nobody, "test", "-x", bench1.program("dtlic"))...)
}

// asNobody runs one of our programs as another user.
func asNobody(t *testing.T, dir string, line ...string) outcome {
	t.Helper()
	return try(t, dir, append(append([]string{}, nobody...), line...)...)
}

// TestReadOnlyHome: another user's home, or one that may only be read, is a
// clear error, and nothing is shown or changed.
func TestReadOnlyHome(t *testing.T) {
	needNobody(t)
	dir := prepared(t, "keygen")
	for _, path := range []string{dir, filepath.Join(dir, "home")} {
		if err := os.Chmod(path, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	good := prepared(t, "activate")
	data, err := os.ReadFile(filepath.Join(good, "first.dtlic"))
	if err != nil {
		t.Fatal(err)
	}
	blob := strings.TrimSpace(string(data))
	for _, line := range [][]string{
		words("dtlic", "mint"),
		{"dtlic", "keygen"},
		{"dtlic", "keygen", "-o", "k.env"},
		{"dtlic", "init", "--product", "notes", "--support", "a@b", "--yes"},
	} {
		o := asNobody(t, dir, line...)
		if o.code != 1 || o.stdout != "" || !strings.Contains(o.stderr, "permission denied") {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", line, o.code, o.stdout, o.stderr)
		}
	}
	if o := asNobody(t, dir, words("dtlic", "activate", blob)...); o.code == 0 {
		t.Errorf("activate into a read-only home: %s", o.stdout)
	}
	if o := asNobody(t, dir, "dtlic", "status"); o.code != 5 {
		t.Errorf("status in a read-only home: exit code %d: %s", o.code, o.stderr)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "home"))
	if err != nil || len(entries) != 0 {
		t.Errorf("%d files in the read-only home, %v", len(entries), err)
	}
}

// TestForeignFiles: a log and a key of another user are refused.
func TestForeignFiles(t *testing.T) {
	needNobody(t)
	dir := prepared(t, "mint")
	if err := os.Chmod(filepath.Join(dir, "home"), 0o777); err != nil {
		t.Fatal(err)
	}
	o := asNobody(t, dir, words("dtlic", "mint")...)
	if o.code != 1 || o.stdout != "" || !strings.Contains(o.stderr, "error: ") {
		t.Errorf("exit code %d, stdout %q, stderr %q", o.code, o.stdout, o.stderr)
	}
	if seeds := (&run{dir: dir}).seeds(); len(seeds) != 2 || strings.Contains(o.stderr, seeds[0]) {
		t.Errorf("%d keys, stderr %q", len(seeds), o.stderr)
	}
}

// TestReadOnlyRoot: a container without anything to write to, its license in the
// environment, runs.
func TestReadOnlyRoot(t *testing.T) {
	needNobody(t)
	dir := prepared(t, "mint")
	// Under the development key, which the buyer's program of a checkout trusts.
	fresh, err := bench1.dir()
	if err != nil {
		t.Fatal(err)
	}
	minted, err := bench1.mustRun(fresh, words("dtlic", "mint")...)
	if err != nil {
		t.Fatal(err)
	}
	blob := strings.TrimSpace(minted.stdout)
	script := `mount --rbind / / && mount -o remount,bind,ro / && ` +
		`cd / && exec env -i DATATOOLS_LICENSE="$1" ` + strings.Join(nobody, " ") + ` "$2" status`
	needCommand(t, "unshare", "-m", "sh", "-c", "mount --rbind / / && mount -o remount,bind,ro /")
	o := try(t, dir, "unshare", "-m", "sh", "-c", script, "sh", blob, filepath.Join(bench1.bin, "dtlic-buyer"))
	if o.code != 0 || !strings.Contains(o.stdout, "state: active\n") || !strings.Contains(o.stdout, "variable: DATATOOLS_LICENSE\n") {
		t.Errorf("exit code %d: %s%s", o.code, o.stdout, o.stderr)
	}
}

// TestReaderWentAway: a license that nobody read is in the log, and the program
// says so.
func TestReaderWentAway(t *testing.T) {
	dir := prepared(t, "mint")
	// The pipe's reader is gone for certain before the program begins.
	script := `mkfifo pipe && { exec 3<>pipe 4>pipe 3<&-; dtlic mint --name A --email a@b --license-key GONE-1 >&4; echo $?; }`
	o := try(t, dir, "sh", "-c", script)
	if strings.TrimSpace(o.stdout) != "1" || !strings.Contains(o.stderr, "hint: dtlic log resend GONE-1") ||
		!strings.Contains(o.stderr, "broken pipe") {
		t.Errorf("stdout %q, stderr %q", o.stdout, o.stderr)
	}
	if o := try(t, dir, "dtlic", "log", "resend", "GONE-1"); !blobs.MatchString(o.stdout) {
		t.Errorf("resend: exit code %d: %s", o.code, o.stderr)
	}
}
