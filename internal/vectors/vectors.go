// Package vectors runs the conformance vectors through package dtlic, for the
// tests and for scripts/conformance.
package vectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/dtlic/dtlic"
)

// Suite is a file of vectors.
type Suite struct {
	Now         time.Time `json:"now"`
	Product     string    `json:"product"`
	TrustedKeys []string  `json:"trusted_keys"`
	Verify      []Verify  `json:"verify"`
	Extract     []Extract `json:"extract"`
	ExtractLong []Long    `json:"extract_long"`

	verifier *dtlic.Verifier
}

// Verify is a case for the strict check.
type Verify struct {
	Name  string  `json:"name"`
	Level string  `json:"level"`
	Blob  string  `json:"blob"`
	Want  Answers `json:"want"`
	// Payload is what a license says that holds, nil where the file does not say.
	Payload map[string]any `json:"payload"`
}

// Answers are the allowed ones: a string or an array of strings.
type Answers []string

// UnmarshalJSON reads either form.
func (a *Answers) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = Answers{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

// Extract is a case for the lenient search; Want is nil for an error.
type Extract struct {
	Name string  `json:"name"`
	Text string  `json:"text"`
	Want *string `json:"want"`
}

// Long is an Extract whose text is a head and so many times a unit.
type Long struct {
	Name string  `json:"name"`
	Text [3]any  `json:"text"`
	Want *string `json:"want"`
}

// Result is what package dtlic answered to one case.
type Result struct {
	Set    string  `json:"set"`
	Name   string  `json:"name"`
	Got    *string `json:"got"`
	Want   string  `json:"-"`
	Passed bool    `json:"-"`
}

// String returns the case as one line of JSON.
func (r Result) String() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return err.Error() // strings alone: cannot be
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Parse reads a file of vectors. A file without cases is an error: a suite
// that tests nothing must not pass.
func Parse(data []byte) (*Suite, error) {
	s := new(Suite)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	if len(s.Verify) == 0 || len(s.Extract) == 0 || len(s.ExtractLong) == 0 {
		return nil, errors.New("vectors: a set of cases is empty")
	}
	p, err := s.Trusting()
	if err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	s.verifier, err = dtlic.NewVerifier(p, dtlic.Options{Now: func() time.Time { return s.Now }})
	return s, err
}

// Trusting returns a product that trusts exactly the suite's keys.
func (s *Suite) Trusting() (dtlic.Product, error) {
	p := dtlic.Product{
		Name: s.Product, Title: "Vectors", Program: "vectors", Support: "support@example.com",
		LicenseKeyPrefix: "DT1", EnvPrefix: "VECTORS", Directory: ".vectors",
		Tiers:       map[string]dtlic.Tier{"core": {Features: []string{"all"}}},
		DefaultTier: "core", DefaultTerm: "1y",
	}
	for _, text := range s.TrustedKeys {
		key, err := dtlic.ParsePublicKey(text)
		if err != nil {
			return p, err
		}
		p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: key, Role: dtlic.RoleIssuing})
	}
	return p, nil
}

// Run yields the answer to each case, in the file's order.
func (s *Suite) Run() iter.Seq[Result] {
	return func(yield func(Result) bool) {
		for _, c := range s.Verify {
			if !yield(s.verify(&c)) {
				return
			}
		}
		for _, c := range s.Extract {
			if !yield(extract("extract", c.Name, c.Text, c.Want)) {
				return
			}
		}
		for _, c := range s.ExtractLong {
			head, _ := c.Text[0].(string)
			unit, _ := c.Text[1].(string)
			count, _ := c.Text[2].(float64)
			if !yield(extract("extract_long", c.Name, head+strings.Repeat(unit, int(count)), c.Want)) {
				return
			}
		}
	}
}

func (s *Suite) verify(c *Verify) Result {
	got := "ok"
	l, err := s.verifier.Verify(c.Blob)
	if err != nil {
		got = string(dtlic.CodeOf(err))
	}
	r := Result{"verify", c.Name, &got, strings.Join(c.Want, " or "), slices.Contains(c.Want, got)}
	if c.Payload != nil && err == nil {
		var says map[string]any
		if err := json.Unmarshal(l.AppendPayload(nil), &says); err != nil || !reflect.DeepEqual(says, c.Payload) {
			r.Want, r.Passed = fmt.Sprintf("ok, saying %v", c.Payload), false
		}
	}
	return r
}

func extract(set, name, text string, want *string) Result {
	r := Result{Set: set, Name: name, Want: "an error"}
	if got, err := dtlic.Extract(text); err == nil {
		r.Got = &got
	}
	r.Passed = r.Got == nil && want == nil
	if want != nil {
		r.Want = *want
		r.Passed = r.Got != nil && *r.Got == *want
	}
	return r
}
