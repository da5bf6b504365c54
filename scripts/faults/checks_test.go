package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// blob is the text of a license for checks that do not verify it.
func blob(n byte) string {
	return "DTLIC2:AAAAAAAAAAA.e30." + strings.Repeat(string('A'+n), 86)
}

func line(n byte) string { return `{"blob":"` + blob(n) + "\"}\n" }

// logsOf is a run before which one log stood, and after which another.
func logsOf(t *testing.T, before, after string) *run {
	t.Helper()
	r := &run{stem: t.TempDir(), dir: t.TempDir()}
	for dir, text := range map[string]string{r.stem: before, r.dir: after} {
		path := filepath.Join(dir, filepath.FromSlash(logFile))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// TestCheckLog: a check that never finds anything would pass every campaign.
func TestCheckLog(t *testing.T) {
	for _, c := range []struct {
		name, before, after, shown string
		replaces, killed           bool
		want                       string // in what it says, "" where all is well
	}{
		{name: "a record more", before: line(0), after: line(0) + line(1), shown: blob(1)},
		{name: "shown and not there", before: line(0), after: line(0), shown: blob(1), want: "0 times"},
		{name: "shown and there twice", before: line(0), after: line(0) + line(1) + line(1), shown: blob(1), want: "2 times"},
		{name: "a line lost", before: line(0) + line(1), after: line(0), want: "earlier bytes"},
		{name: "a line that is no record", before: line(0), after: line(0) + "no\n", want: "no record"},
		{name: "half a line", before: line(0), after: line(0) + `{"b`, want: "unfinished"},
		{name: "half a line, killed", before: line(0), after: line(0) + `{"b`, killed: true},
		{name: "half a line from before", before: line(0) + `{"b`, after: line(0) + `{"b`},
		{name: "half a line from before, lost", before: line(0) + `{"b`, after: line(0), want: "in no file"},
		{name: "replaced", before: line(0) + "no\n" + line(1), after: line(1) + line(0), replaces: true},
		{name: "replaced, though it must not be", before: line(0) + line(1), after: line(1) + line(0), want: "earlier bytes"},
		{name: "replaced, one lost", before: line(0) + line(1), after: line(1) + line(2), replaces: true, want: "0 times"},
		{name: "replaced, a former line that is no record", before: line(0) + "no\n", after: "no\n" + line(0), replaces: true},
		{name: "replaced, a new line that is no record", before: line(0), after: "no\n" + line(0), replaces: true, want: "no record"},
	} {
		r := logsOf(t, c.before, c.after)
		r.stdout, r.replaces, r.killed = c.shown, c.replaces, c.killed
		got := strings.Join(r.checkLog(), "; ")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCheckLines(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		code                int
		killed              bool
		want                string
	}{
		{name: "a line more", before: "{}\n", after: "{}\n{}\n"},
		{name: "none, though it succeeded", before: "{}\n", after: "{}\n", want: "without a line"},
		{name: "none, failed", before: "{}\n", after: "{}\n", code: 1},
		{name: "lost", before: "{}\n", after: "", code: 1, want: "lost"},
		{name: "half", before: "", after: "{", code: 1, want: "unfinished"},
		{name: "half, killed", before: "", after: "{", code: killed, killed: true},
		{name: "no JSON", before: "", after: "{\n", want: "not whole"},
	} {
		r := logsOf(t, c.before, c.after)
		r.code, r.killed = c.code, c.killed
		got := strings.Join(checkLines(logFile)(r), "; ")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestInterrupt(t *testing.T) {
	const said = "dtlic: error: interrupted\n"
	for _, c := range []struct {
		name, after, stderr, beside string
		code, signals               int
		want                        string
	}{
		{name: "came to its end", after: line(1)},
		{name: "said so", after: line(0), stderr: said, code: stopped},
		{name: "said something else", after: line(0), stderr: "dtlic: error: cannot read\n", code: stopped, want: "and says"},
		{name: "another failure", after: line(0), stderr: "dtlic: error: cannot read\n", code: 1, want: "exit code is 1"},
		{name: "left something", after: line(0), stderr: said, beside: ".issued.jsonl.dtlic-new", code: stopped, want: "left behind"},
		{name: "ended by the first signal", after: line(0), code: killed, signals: 1},
		{name: "ended by the first signal midway", after: line(1), code: killed, signals: 1, want: "changed"},
		{name: "ended by the second", after: line(1), code: killed, signals: 2},
	} {
		r := logsOf(t, line(0), c.after)
		if c.beside != "" {
			if err := os.WriteFile(r.path(c.beside), []byte(line(1)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r.code, r.stderr = c.code, c.stderr
		got := strings.Join(r.interrupt(c.signals), "; ")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) || r.interrupted != (c.code != 0) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
