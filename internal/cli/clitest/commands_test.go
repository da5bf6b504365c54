package clitest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"
)

// exits runs a program and wants an exact exit code:
//
//	exits CODE PROGRAM ARGS…
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

type snapshotKey struct{}

// snapshot remembers all files below the work directory, the home among them:
// names, modes and content.
func snapshot(ts *testscript.TestScript, _ bool, _ []string) {
	kept, ok := ts.Value(snapshotKey{}).(*string)
	if !ok {
		ts.Fatalf("no place for a snapshot")
	}
	*kept = listing(ts)
}

// unchanged wants the files to be as they were at the last snapshot.
func unchanged(ts *testscript.TestScript, neg bool, _ []string) {
	kept, ok := ts.Value(snapshotKey{}).(*string)
	if neg || !ok || *kept == "" {
		ts.Fatalf("unchanged needs a snapshot before it")
	}
	if now := listing(ts); now != *kept {
		ts.Fatalf("files changed:\nbefore:\n%s\nnow:\n%s", *kept, now)
	}
}

func listing(ts *testscript.TestScript) string {
	var b strings.Builder
	root := ts.Getenv("WORK")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == ".tmp" {
			return fs.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		var sum [sha256.Size]byte
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum = sha256.Sum256(data)
		}
		fmt.Fprintf(&b, "%s %s %x\n", info.Mode(), strings.TrimPrefix(path, root), sum[:6])
		return nil
	})
	ts.Check(err)
	return b.String()
}

// jsonCommand wants standard output to be one JSON document; with one argument, a
// value in it that says something: json a.b[0]; with two, this value: json
// a.b[0] VALUE. Texts are compared without quotes. "! json a.b" wants no such
// member, not even an empty one.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	value := document(ts)
	switch len(args) {
	case 0:
		return
	case 1:
		got, ok := lookup(value, args[0])
		if ok == neg {
			ts.Fatalf("%s: present %v", args[0], ok)
		}
		if ok && isEmpty(got) {
			ts.Fatalf("%s is empty", args[0])
		}
		return
	}
	got, ok := lookup(value, args[0])
	if !ok {
		ts.Fatalf("no %s in the document", args[0])
	}
	text, isText := got.(string)
	if !isText {
		raw, err := json.Marshal(got)
		ts.Check(err)
		text = string(raw)
	}
	if (text == args[1]) == neg {
		ts.Fatalf("%s is %s, want %s", args[0], text, args[1])
	}
}

// isEmpty tells whether a value says nothing: null, "", [] and {}.
func isEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false // a number or a bool
}

func document(ts *testscript.TestScript) any {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		ts.Fatalf("standard output is no JSON: %v", err)
	}
	if d.More() {
		ts.Fatalf("standard output holds more than one JSON document")
	}
	return value
}

// lookup finds a.b[0].c in a document.
func lookup(value any, path string) (any, bool) {
	path = strings.NewReplacer("[", ".", "]", "").Replace(path)
	for step := range strings.SplitSeq(strings.TrimPrefix(path, "."), ".") {
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[step]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// plain wants a line "KEY: VALUE" on standard output, exactly.
func plain(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: plain KEY VALUE")
	}
	line := strings.TrimRight(args[0]+": "+args[1], " ")
	found := false
	for got := range strings.Lines(ts.ReadFile("stdout")) {
		found = found || strings.TrimSuffix(got, "\n") == line
	}
	if found == neg {
		ts.Fatalf("line %q: found %v", line, found)
	}
}

// set makes an environment variable of the last output: set NAME, or of a value
// in it: set NAME JSON-PATH.
func set(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.TrimSuffix(ts.ReadFile("stdout"), "\n")
	if len(args) == 2 {
		value, ok := lookup(document(ts), args[1])
		if !ok {
			ts.Fatalf("no %s in the document", args[1])
		}
		text = fmt.Sprint(value)
	}
	if text == "" {
		ts.Fatalf("there is no output")
	}
	ts.Setenv(args[0], text)
}

// replace replaces a text in a file, which must hold it: replace FILE OLD NEW.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q:\n%s", args[0], args[1], text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}

// cut writes the first N bytes of a file, or all but the last N: cut FILE N OUT.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n < 0 {
		n += len(text)
	}
	if n < 0 || n > len(text) {
		ts.Fatalf("%s has %d bytes", args[0], len(text))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text[:n]), 0o600))
}

// utf16Command writes a file as Windows PowerShell does: utf16 FILE OUT.
func utf16Command(ts *testscript.TestScript, _ bool, args []string) {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(ts.ReadFile(args[0]))) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}

// join writes files one behind another: join OUT FILES….
func join(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	for _, name := range args[1:] {
		b.WriteString(ts.ReadFile(name))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// mode wants the permissions of a file: mode 600 FILE.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}
