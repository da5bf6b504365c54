package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/stamp"
)

// killed is the exit code of a program that was killed, and stopped of one that
// took an interruption's signal.
const (
	killed  = 137
	stopped = 130
)

// run is one run of a scenario with a fault, and what is checked about it.
type run struct {
	dir    string
	stem   string // the state before
	killed bool
	mute   bool // its messages may be lost
	after  bool // it is the run after the fault
	// interrupted says that it ended because of a signal that it may take.
	interrupted bool
	// replaces says that the command may put another log in the place of the former.
	replaces bool
	outcome
}

var (
	blobs = regexp.MustCompile(`DTLIC2:[A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}`)
	seeds = regexp.MustCompile(`PRIVKEY=([0-9a-f]{64})\n`)
)

// checkAlways holds for every command.
func (r *run) checkAlways() (broken []string) {
	if r.code != 0 && r.code != 1 && r.code != killed {
		broken = append(broken, fmt.Sprintf("exit code %d: %s", r.code, r.stderr))
	}
	if r.code == killed && !r.killed {
		broken = append(broken, "it died of its own")
	}
	// What the answer tells already is not told again.
	if r.code == 1 && !r.mute && !strings.Contains(r.stderr, ": error: ") && !strings.Contains(r.stdout, "\nerror.code: ") {
		broken = append(broken, "it failed without an error: "+r.stderr)
	}
	for _, seed := range r.seeds() {
		if strings.Contains(r.stdout+r.stderr, seed) {
			broken = append(broken, "a private key was printed")
		}
	}
	return append(broken, r.checkLog()...)
}

// interrupt says what does not hold of a run that got an interruption's signal. It
// may come to its end all the same; else it says that it was interrupted, and tidies
// up; to the other checks it is one that failed. Before it listens to signals it has
// begun nothing, and the first ends it. A second one, which comes where several of
// its threads make the call, is a kill.
func (r *run) interrupt(signals int) (broken []string) {
	r.interrupted = r.code != 0
	switch r.code {
	case 0:
	case stopped:
		if !strings.HasSuffix(r.stderr, "dtlic: error: interrupted\n") {
			broken = append(broken, "it was interrupted and says: "+r.stderr)
		}
		r.code = 1
		broken = append(broken, r.temporary()...)
	case killed:
		if signals > 1 {
			break
		}
		for _, path := range changedFiles(r.stem, r.dir) {
			broken = append(broken, "it was interrupted at its begin, and changed "+path)
		}
	default:
		broken = append(broken, fmt.Sprintf("it was interrupted, and its exit code is %d: %s", r.code, r.stderr))
	}
	return broken
}

// temporary are the files that are only there while a command is under way.
func (r *run) temporary() (list []string) {
	for _, path := range changedFiles(r.stem, r.dir) {
		if name := filepath.Base(path); strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".replaced") {
			list = append(list, "left behind: "+path)
		}
	}
	return list
}

// changedFiles are the files below a directory that are not as they are below
// another, but for empty ones such as locks, and the trace.
func changedFiles(before, now string) (list []string) {
	_ = filepath.WalkDir(now, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // a directory without files has nothing to say
		}
		name := strings.TrimPrefix(path, now)
		data, _ := os.ReadFile(path)
		was, _ := os.ReadFile(before + name)
		if name != "/trace" && !bytes.Equal(data, was) {
			list = append(list, name)
		}
		return nil
	})
	return list
}

// seeds are the private keys in this home.
func (r *run) seeds() (list []string) {
	_ = filepath.WalkDir(r.dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".env") {
			for _, m := range seeds.FindAllStringSubmatch(read(path), -1) {
				list = append(list, m[1])
			}
		}
		return nil
	})
	return list
}

// read returns a file's text, "" where there is none.
func read(path string) string {
	data, _ := os.ReadFile(path)
	return string(data)
}

// checkLog: what was there is there, every line is whole, and every license that
// was shown is in it, once. An unfinished line that was there before is there, or
// whole in a file beside. A log that was replaced has every license of the former.
func (r *run) checkLog() (broken []string) {
	before, tail := r.logBefore()
	text := read(r.path(logFile))
	if !strings.HasPrefix(text, before) {
		if !r.replaces {
			return []string{"the log's earlier bytes changed"}
		}
		for _, blob := range blobs.FindAllString(before, -1) {
			if strings.Count(text, blob) != 1 {
				broken = append(broken, fmt.Sprintf("a former license stands %d times in the log", strings.Count(text, blob)))
			}
		}
	}
	end := strings.LastIndexByte(text, '\n') + 1
	torn := text[end:]
	if torn != "" && !r.killed && (torn != tail || r.after) {
		broken = append(broken, "the log ends in an unfinished line: "+torn)
	}
	if torn != tail && !r.isAside(tail) {
		broken = append(broken, "the unfinished line is in no file beside the log")
	}
	for line := range strings.Lines(text[:end]) {
		if strings.Contains(before, line) {
			continue // it is as it was, whatever it is
		}
		if !json.Valid([]byte(line)) || !blobs.MatchString(line) {
			broken = append(broken, "a line of the log is no record: "+line)
		}
	}
	for _, blob := range blobs.FindAllString(r.stdout, -1) {
		if strings.Count(text[:end], blob) != 1 {
			broken = append(broken, fmt.Sprintf("a license was shown that stands %d times in the log", strings.Count(text, blob)))
		}
	}
	return broken
}

// logBefore is the log before the run: its whole lines, and what stood behind them.
func (r *run) logBefore() (whole, tail string) {
	text := read(filepath.Join(r.stem, filepath.FromSlash(logFile)))
	end := strings.LastIndexByte(text, '\n') + 1
	return text[:end], text[end:]
}

// isAside tells whether an unfinished line is whole in a file beside the log.
func (r *run) isAside(tail string) bool {
	paths, _ := filepath.Glob(r.path(logFile) + ".torn-*") // the pattern is a good one
	return tail == "" || slices.ContainsFunc(paths, func(path string) bool { return read(path) == tail })
}

// checkMint: a mint that fails leaves the log as it was, or says which license
// is in it and how to get it.
func checkMint(r *run) (broken []string) {
	before, _ := r.logBefore()
	text := read(r.path(logFile))
	isNew := strings.Count(text, "\n") > strings.Count(before, "\n")
	named := strings.Contains(r.stderr, "log resend") || strings.Contains(r.stderr, "could not be cut back")
	if r.code == 1 && !r.mute && isNew && !named {
		broken = append(broken, "it failed, and left a record that it does not name: "+r.stderr)
	}
	if r.code == 0 && !isNew {
		broken = append(broken, "it succeeded without a record")
	}
	out := read(r.path("out.dtlic"))
	if out != "" && !blobs.MatchString(out) {
		broken = append(broken, "the license's file is not whole")
	}
	if blob := strings.TrimSpace(out); blob != "" && strings.Count(text, blob) != 1 {
		broken = append(broken, "the license's file is not in the log")
	}
	return broken
}

// checkLines: a file of lines, such as that of the revocations, has its former
// lines, and whole ones behind them; and once the command succeeded more of them.
func checkLines(name string) func(*run) []string {
	return func(r *run) (broken []string) {
		before, text := read(filepath.Join(r.stem, filepath.FromSlash(name))), read(r.path(name))
		added, isLonger := strings.CutPrefix(text, before)
		if !isLonger {
			return []string{name + " lost former lines"}
		}
		end := strings.LastIndexByte(added, '\n') + 1
		if added[end:] != "" && !r.killed {
			broken = append(broken, name+" ends in an unfinished line")
		}
		for line := range strings.Lines(added[:end]) {
			if !json.Valid([]byte(line)) {
				broken = append(broken, "a line of "+name+" is not whole: "+line)
			}
		}
		if r.code == 0 && end == 0 {
			broken = append(broken, "it succeeded without a line in "+name)
		}
		return broken
	}
}

// checkKeygen: a key file is whole and its owner's alone, or not there.
func checkKeygen(r *run) (broken []string) { return r.wholeKey(keyFile) }

func (r *run) wholeKey(name string) (broken []string) {
	info, err := os.Stat(r.path(name))
	if err != nil {
		if r.code == 0 {
			broken = append(broken, "it succeeded without "+name)
		}
		return broken
	}
	if info.Mode().Perm() != 0o600 {
		broken = append(broken, fmt.Sprintf("%s has mode %o", name, info.Mode().Perm()))
	}
	if text := read(r.path(name)); strings.Count(text, "\n") != 4 || len(seeds.FindAllString(text, -1)) != 1 {
		broken = append(broken, name+" is not whole")
	}
	return broken
}

// checkInit: the product file, where it is there, is whole and names both keys.
func checkInit(r *run) (broken []string) {
	data, err := os.ReadFile(r.path(productFile))
	if err != nil {
		if r.code == 0 {
			broken = append(broken, "it succeeded without a product file")
		}
		return broken
	}
	if !json.Valid(data) || bytes.Count(data, []byte(`"public_key"`)) != 2 {
		broken = append(broken, "the product file is not whole")
	}
	broken = append(broken, r.wholeKey("home/.notes-creator/key.env")...)
	return append(broken, r.wholeKey("home/.notes-creator/spare.env")...)
}

// checkLicense: license.json is the old one or a new one, whole, or not there;
// and once the command succeeded it holds the license of that file, or is gone
// where no file is named.
func checkLicense(file string) func(*run) []string {
	return func(r *run) (broken []string) {
		before := read(filepath.Join(r.stem, filepath.FromSlash(licenseFile)))
		text := read(r.path(licenseFile))
		blob := strings.TrimSpace(read(r.path(file)))
		switch {
		case r.code != 0:
		case file == "" && text != "":
			broken = append(broken, "it succeeded, and license.json is there")
		case file != "" && (blob == "" || !strings.Contains(text, blob)):
			broken = append(broken, "it succeeded, and license.json does not hold the license: "+text)
		}
		if text == before || text == "" {
			return broken
		}
		var record struct {
			Version int
			Blob    string
		}
		if err := json.Unmarshal([]byte(text), &record); err != nil || record.Version != 1 || !blobs.MatchString(record.Blob) {
			broken = append(broken, "license.json is neither old nor new: "+text)
		}
		return broken
	}
}

// checkEdit: the product file is the former or the new one, whole.
func checkEdit(r *run) (broken []string) {
	const file = "home/.datatools-creator/product.json"
	before, now := read(filepath.Join(r.stem, filepath.FromSlash(file))), read(r.path(file))
	var p struct{ Title string }
	switch err := json.Unmarshal([]byte(now), &p); {
	case err != nil:
		broken = append(broken, "the product file is not whole: "+now)
	case now != before && p.Title != newTitle, r.code == 0 && p.Title != newTitle:
		broken = append(broken, "the title is "+p.Title)
	}
	return broken
}

// checkPrograms: each program is the former or the new one, whole; after an error
// all are the former ones, after success all are new.
func checkPrograms(r *run) (broken []string) {
	changed := 0
	for _, name := range programs {
		before, now := read(filepath.Join(r.stem, filepath.FromSlash(name))), read(r.path(name))
		carried, err := stamp.Peek(fsys.OS, r.path(name))
		switch {
		case now == before:
		case len(now) != len(before) || err != nil || !bytes.Contains(carried.Product, []byte(newTitle)):
			broken = append(broken, fmt.Sprintf("%s is neither old nor new: %d bytes, %v", name, len(now), err))
		default:
			changed++
		}
	}
	// Programs that are there, and an answer that could not be printed, are no mix.
	told := r.mute || strings.Contains(r.stderr, "standard output") || strings.Contains(r.stderr, "could not be taken back")
	if (r.code == 0 || r.after) && changed != len(programs) || r.code == 1 && !r.after && changed != 0 && !told {
		broken = append(broken, fmt.Sprintf("exit code %d, and %d of %d programs are new: %s", r.code, changed, len(programs), r.stderr))
	}
	return broken
}

// programs are what buyer build makes of the two templates.
var programs = []string{"programs/linux_amd64/datatools-license", "programs/windows_amd64/datatools-license.exe"}

// leftovers are temporary files that a next run should have removed. An empty
// one has nothing to say, and a file named out is not written a second time.
func (r *run) leftovers() (list []string) {
	_ = filepath.WalkDir(r.dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".tmp") && read(path) != "" && !strings.HasPrefix(filepath.Base(path), ".out.") {
			list = append(list, "left behind: "+strings.TrimPrefix(path, r.dir))
		}
		return nil
	})
	return list
}

// checkRepaired: what is no record is in the log, or whole in a file beside; and
// once the command succeeded not in the log.
func checkRepaired(r *run) []string {
	inLog := strings.Contains(read(r.path(logFile)), "spoiled\n")
	paths, _ := filepath.Glob(r.path(logFile) + ".set-aside-*") // the pattern is a good one
	aside := slices.ContainsFunc(paths, func(path string) bool { return read(path) == "spoiled\n" })
	switch {
	case !inLog && !aside:
		return []string{"a line is lost"}
	case inLog && (r.code == 0 || r.after):
		return []string{"the log was not repaired"}
	}
	return nil
}

// checkWhole: a file is whole, up to its last line, or not there.
func checkWhole(name, last string) func(*run) []string {
	return func(r *run) []string {
		if text := read(r.path(name)); text != "" && !strings.HasSuffix(text, last+"\n") {
			return []string{name + " is not whole"}
		}
		return nil
	}
}

// checkAdded: the licenses in a file are all in the log, or none that was not there
// before; and all once the command succeeded.
func checkAdded(file string) func(*run) []string {
	return func(r *run) []string {
		before, _ := r.logBefore()
		text := read(r.path(logFile))
		fresh, there := 0, 0
		for _, blob := range blobs.FindAllString(read(r.path(file)), -1) {
			if !strings.Contains(before, blob) {
				fresh++
				there += strings.Count(text, blob)
			}
		}
		if there != fresh && (there != 0 && !r.killed || r.code == 0 || r.after) {
			return []string{fmt.Sprintf("%d of %d licenses were added", there, fresh)}
		}
		return nil
	}
}

// checkBackup: what stands under the backup's name is one. That it is whole, backup
// itself makes sure of.
func checkBackup(r *run) []string {
	if text := read(r.path("out.age")); text != "" && !strings.HasPrefix(text, "age-encryption.org/v1\n") {
		return []string{"the backup is not whole"}
	}
	return nil
}
