package clitest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/cli/creatorcli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/vectors"
)

// exitCodes are those of docs/exit-codes.md.
var exitCodes = map[string]int{
	"valid": 0, "expired": 3, "not_yet_valid": 3,
	"malformed": 4, "unsupported": 4, "unknown_key": 4, "bad_signature": 4, "unsupported_critical": 4, "wrong_product": 4,
}

// extracted are the verify vectors that hold a good license beside what makes
// them malformed for Verify, which takes the exact text alone. A person may
// paste such a text: the command line finds the license in it.
var extracted = map[string]string{
	"NUL inside":     "valid",
	"newline inside": "valid",
	"padding kept":   "valid",
	"five parts":     "valid",
	"leading space":  "valid",
}

// several are the extract vectors with two different licenses. Extract refuses
// them; the command line takes the one that is genuine for its product, and of
// two such the one issued later.
var several = []string{"two different blobs", "two different blobs with nothing between"}

// bench runs the creator's program in this process.
type bench struct {
	home string
	now  time.Time
}

func newBench(t *testing.T, suite *vectors.Suite) bench {
	t.Helper()
	p, err := suite.Trusting()
	if err != nil {
		t.Fatal(err)
	}
	file, err := p.File()
	if err != nil {
		t.Fatal(err)
	}
	b := bench{home: t.TempDir(), now: suite.Now}
	dir := filepath.Join(b.home, "."+suite.Product+"-creator")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "product.json"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// inspect asks about a text, at the suite's time; the clock says another, so
// that it is --at that counts.
func (b bench) inspect(t *testing.T, text string) (state, document string, code int) {
	t.Helper()
	var stdout bytes.Buffer
	code = cli.Program(creatorcli.New).Run(cli.Env{
		Args:   []string{"inspect", "-", "--at", b.now.Format(time.RFC3339), "--json"},
		Stdin:  strings.NewReader(text),
		Stdout: &stdout, Stderr: io.Discard, Width: 80,
		Getenv:   func(string) string { return "" },
		Home:     b.home,
		Now:      func() time.Time { return time.Unix(0, 0) },
		Location: zone, Random: rand.Reader, Disk: fsys.OS, Context: context.Background,
	})
	var answer struct {
		State    string `json:"state"`
		Verified bool   `json:"verified"`
		Error    *struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, stdout.String())
	}
	want, known := exitCodes[answer.State]
	failed := answer.State != "valid"
	genuine := want != 4
	switch {
	case !known || code != want:
		t.Errorf("state %q with exit code %d, want %d", answer.State, code, want)
	case failed != (answer.Error != nil) || failed && answer.Error.Code != answer.State:
		t.Errorf("state %q with error %+v", answer.State, answer.Error)
	case answer.Verified != genuine:
		t.Errorf("state %q with verified %v", answer.State, answer.Verified)
	}
	return answer.State, stdout.String(), code
}

func suite(t *testing.T) *vectors.Suite {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/vectors/dtlic2.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := vectors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVerifyVectors(t *testing.T) {
	s := suite(t)
	b := newBench(t, s)
	found := 0
	for _, c := range s.Verify {
		t.Run(c.Name, func(t *testing.T) {
			want := slices.Clone([]string(c.Want))
			if text, err := dtlic.Extract(c.Blob); err == nil && text != c.Blob {
				found++
				if want = []string{extracted[c.Name]}; want[0] == "" {
					t.Fatal("Extract changes this text; the table does not say what comes of it")
				}
			}
			for i, code := range want {
				if code == "ok" {
					want[i] = "valid"
				}
			}
			if state, _, _ := b.inspect(t, c.Blob); !slices.Contains(want, state) {
				t.Errorf("state %q, want %q", state, want)
			}
		})
	}
	if found != len(extracted) {
		t.Errorf("Extract changes %d texts, and the table has %d", found, len(extracted))
	}
}

// TestExtractVectors: a text is answered exactly as the license in it.
func TestExtractVectors(t *testing.T) {
	s := suite(t)
	b := newBench(t, s)
	for _, c := range s.Extract {
		t.Run(c.Name, func(t *testing.T) { b.sameAsLicense(t, c.Name, c.Text, c.Want) })
	}
	for _, c := range s.ExtractLong {
		t.Run(c.Name, func(t *testing.T) {
			head, _ := c.Text[0].(string)
			unit, _ := c.Text[1].(string)
			count, _ := c.Text[2].(float64)
			b.sameAsLicense(t, c.Name, head+strings.Repeat(unit, int(count)), c.Want)
		})
	}
}

func (b bench) sameAsLicense(t *testing.T, name, text string, want *string) {
	t.Helper()
	state, document, _ := b.inspect(t, text)
	switch {
	case want != nil:
		if _, alone, _ := b.inspect(t, *want); document != alone {
			t.Errorf("the text gives\n%s\nand the license alone\n%s", document, alone)
		}
	case slices.Contains(several, name):
		all, err := dtlic.ExtractAll(text)
		if err != nil || len(all) != 2 {
			t.Fatalf("%d licenses, %v", len(all), err)
		}
		_, first, _ := b.inspect(t, all[0])
		_, second, _ := b.inspect(t, all[1])
		if first == second || document != later(t, first, second) {
			t.Errorf("the text gives\n%s\nof\n%s\nand\n%s", document, first, second)
		}
	case state != "malformed":
		t.Errorf("state %q, want malformed", state)
	}
}

// later is the answer of two that tells of the license issued later; of the
// same time, the first.
func later(t *testing.T, first, second string) string {
	t.Helper()
	var times [2]struct {
		IssuedAt string `json:"issued_at"`
		State    string `json:"state"`
	}
	for i, document := range []string{first, second} {
		if err := json.Unmarshal([]byte(document), &times[i]); err != nil || times[i].State != "valid" {
			t.Fatalf("%v: %s", err, document)
		}
	}
	if times[1].IssuedAt > times[0].IssuedAt {
		return second
	}
	return first
}
