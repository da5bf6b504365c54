package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// helpers are what the stories below are told with. A mint's license goes to
// standard output, where the test finds it; what it says goes to the file err.
const helpers = `set -u
log=$HOME/.datatools-creator/issued.jsonl
mint() { dtlic mint --name A --email a@b 2>err; }
works() { mint || { cat err; exit 90; }; }
fails() { # with these words, leaving the log as it is
	cp $log kept 2>/dev/null || : >kept
	if mint; then echo "it worked: $1" >&2; exit 91; fi
	grep -q "$1" err || { cat err >&2; exit 92; }
	if [ -e $log ]; then cmp $log kept || exit 93; else cmp kept /dev/null || exit 94; fi
}
`

// onDisk has a small disk of its own, with the home on it; dir is where it began.
const onDisk = `dir=$PWD
mount -t tmpfs -o $options,mode=700 none disk || exit 99
cp -r home/. disk/ || exit 98
HOME=$PWD/disk
export HOME
`

// TestNoRoom: where there is no room for a record no license is shown, and the
// log stays as it is; when there is room again all is well.
func TestNoRoom(t *testing.T) {
	for _, story := range []struct {
		name, options string
		mints         int // how many succeed
		script        string
	}{
		{"a full disk", "size=64k", 2, `works
head -c 100000 /dev/zero >$HOME/filler 2>/dev/null
until (fails 'no space left') 2>/dev/null; do :; done
fails 'no space left'
rm $HOME/filler
works`},
		{"no file can be made", "nr_inodes=3", 1, `fails 'no space left'
mount -o remount,nr_inodes=100 disk || exit 97
works`},
		{"a file, and not a second one", "nr_inodes=4", 1, `fails 'no space left'
mount -o remount,nr_inodes=100 disk || exit 97
works`},
		{"read-only", "size=1m", 2, `works
mount -o remount,ro disk || exit 97
fails 'read-only file system'
mount -o remount,rw disk || exit 97
works`},
		{"read-only from the start", "size=1m", 1, `mount -o remount,ro disk || exit 97
fails 'read-only file system'
mount -o remount,rw disk || exit 97
works`},
		{"no file may be longer", "", 3, `works
works
(ulimit -f 3; fails 'file too large') || exit
works`},
		{"no file may hold a byte", "", 1, `(ulimit -f 0; exec 2>/dev/null; mint && exit 91; [ ! -s $log ]) || exit 95
works`},
	} {
		t.Run(story.name, func(t *testing.T) {
			script := helpers + story.script
			line := []string{"sh", "-c"}
			if story.options != "" {
				needCommand(t, "unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt")
				script = "options=" + story.options + "\n" + onDisk + script
				line = append([]string{"unshare", "-m"}, line...)
			}
			dir := prepared(t, "mint, new log")
			if err := os.Mkdir(filepath.Join(dir, "disk"), 0o700); err != nil {
				t.Fatal(err)
			}
			o := try(t, dir, append(line, script+"\ncp $log log")...)
			if o.code != 0 {
				t.Fatalf("exit code %d: %s%s", o.code, o.stdout, o.stderr)
			}
			shownIsLogged(t, o.stdout, filepath.Join(dir, "log"), story.mints)
		})
	}
}

// shownIsLogged: the log has what was shown, and nothing else.
func shownIsLogged(t *testing.T, stdout, log string, least int) {
	t.Helper()
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(data), "\n") {
		t.Error("the log ends in an unfinished line")
	}
	logged, err := recordsOf(string(data))
	if err != nil {
		t.Fatal(err)
	}
	shown := blobs.FindAllString(stdout, -1)
	if len(shown) < least || len(logged) != len(shown) {
		t.Errorf("%d licenses shown, %d in the log", len(shown), len(logged))
	}
	for _, blob := range shown {
		if logged[blob] != 1 {
			t.Errorf("a license was shown that stands %d times in the log", logged[blob])
		}
	}
}

// TestNoRoomForALicense: an activation without room leaves the former license.
func TestNoRoomForALicense(t *testing.T) {
	needCommand(t, "unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt")
	dir := prepared(t, "activate over another")
	if err := os.Mkdir(filepath.Join(dir, "disk"), 0o700); err != nil {
		t.Fatal(err)
	}
	o := try(t, dir, "unshare", "-m", "sh", "-c", "options=size=64k\n"+onDisk+`set -u
head -c 100000 /dev/zero >$HOME/filler 2>/dev/null
cp $HOME/.datatools/license.json former
for i in 1 2 3; do
	dtlic activate longer.dtlic --name 'Ada Buyer' --email ada@example.com >out 2>err && exit 91
	grep -q 'no space left' out err || { cat out err; exit 92; }
	cmp $HOME/.datatools/license.json former || exit 93
done
rm $HOME/filler
dtlic activate longer.dtlic --name 'Ada Buyer' --email ada@example.com >out 2>err || { cat out err; exit 94; }
ls -A $HOME/.datatools`)
	if o.code != 0 || o.stdout != "license.json\n" {
		t.Errorf("exit code %d: %s%s", o.code, o.stdout, o.stderr)
	}
}

// TestNobodyToShowItTo: a license that could not be shown is in the log, the
// program says so, and it can be had again.
func TestNobodyToShowItTo(t *testing.T) {
	for name, to := range map[string]string{"a full device": ">/dev/full", "closed": ">&-"} {
		t.Run(name, func(t *testing.T) {
			dir := prepared(t, "mint")
			o := try(t, dir, "sh", "-c", "dtlic mint --name A --email a@b --license-key GONE-1 "+to)
			if o.code != 1 || o.stdout != "" {
				t.Errorf("exit code %d: %s", o.code, o.stderr)
			}
			inLog := strings.Contains(read(filepath.Join(dir, filepath.FromSlash(logFile))), `"GONE-1"`)
			switch {
			case inLog && !strings.Contains(o.stderr, "hint: dtlic log resend GONE-1"):
				t.Errorf("it does not say that the license is in the log: %s", o.stderr)
			case inLog && !blobs.MatchString(try(t, dir, "dtlic", "log", "resend", "GONE-1").stdout):
				t.Error("it cannot be sent again")
			}
			// Closed from the start is seen before anything is made.
			if o := try(t, dir, words("dtlic", "mint")...); o.code != 0 || !blobs.MatchString(o.stdout) {
				t.Errorf("the next mint: exit code %d: %s", o.code, o.stderr)
			}
		})
	}
}
