package vectors_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/vectors"
)

func file(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("../../testdata/vectors/dtlic2.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A suite that tests nothing must not pass.
func TestEmptySetsAreRefused(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"verify":[],"extract":[],"extract_long":[]}`, `[]`, ``,
		`{"trusted_keys":[],"verify":[{}],"extract":[{}],"extract_long":[{}]}`,
	} {
		if _, err := vectors.Parse([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// The runner must be able to fail: with other answers expected it does.
func TestWrongAnswersFail(t *testing.T) {
	data := file(t)
	for _, c := range []struct{ name, old, new string }{
		{"another code", `"want": "expired"`, `"want": "ok"`},
		{"another clock", `"now": "2026-11-21T12:00:00Z"`, `"now": "2036-11-21T12:00:00Z"`},
		{"another payload", `"license_key": "DT1-CORE-5c51878d-95d05567"`, `"license_key": "DT1"`},
		{"a blob for none", `"want": null`, `"want": "DTLIC2:"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := bytes.Replace(data, []byte(c.old), []byte(c.new), 1)
			if bytes.Equal(changed, data) {
				t.Fatalf("%q does not stand in the vectors", c.old)
			}
			s, err := vectors.Parse(changed)
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for r := range s.Run() {
				if !r.Passed {
					failed++
				}
			}
			if failed == 0 {
				t.Error("nothing failed")
			}
		})
	}
}

// The lines are compared between implementations, so their form is fixed.
func TestLine(t *testing.T) {
	ok := "ok"
	for _, c := range []struct {
		result vectors.Result
		want   string
	}{
		{vectors.Result{Set: "verify", Name: "a <b>", Got: &ok}, `{"set":"verify","name":"a <b>","got":"ok"}`},
		{vectors.Result{Set: "extract", Name: "none"}, `{"set":"extract","name":"none","got":null}`},
	} {
		if got := c.result.String(); got != c.want || strings.Contains(got, "\n") {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
