package dtlic_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dtlic/dtlic"
)

// The reference: the rules of the format once more, written for reading and
// not for speed. UTF-16 is not in it.

const dropped = "\\x{00}-\\x{20}\\x{7f}-\\x{a0}\\x{ad}\\x{34f}\\x{61c}\\x{1680}\\x{180e}\\x{2000}-\\x{200f}" +
	"\\x{2028}-\\x{202f}\\x{205f}-\\x{206f}\\x{3000}\\x{fe00}-\\x{fe0f}\\x{feff}"

var (
	lineEnds   = regexp.MustCompile(`[\n\r\x{2028}\x{2029}]`)
	lineHead   = regexp.MustCompile(`^(?:[` + dropped + `]|=20|[>|])*`)
	softBreak  = regexp.MustCompile(`[=!][ \t]*$`)
	escape     = regexp.MustCompile("=(?:20|2E|3A|2D|5F)")
	noise      = regexp.MustCompile("[" + dropped + "]")
	tag        = regexp.MustCompile("DTLIC([0-9]+):")
	plainBody  = regexp.MustCompile(`^[\w-]{11}\.[\w-]+\.[\w-]{86}`)
	chainBody  = regexp.MustCompile(`^[\w-]{11}\.[\w-]+\.RFRDRVJUMT[\w-]*\.[\w-]{86}`)
	hasChain   = regexp.MustCompile(`^[\w-]{11}\.[\w-]+\.RFRDRVJUMT`)
	cutOffBody = regexp.MustCompile(`^[\w-]{11}\.eyJ`)
	otherBody  = regexp.MustCompile(`^[\w.-]{40,}`)
)

func referenceClean(text string) string {
	// Bytes that are not UTF-8 are foreign characters, each one.
	text = strings.ToValidUTF8(spread(text), "\ufffd")
	var b strings.Builder
	for _, line := range lineEnds.Split(text, -1) {
		line = softBreak.ReplaceAllString(line, "")
		line = lineHead.ReplaceAllString(line, "")
		line = escape.ReplaceAllStringFunc(line, func(s string) string {
			return map[string]string{"=20": "", "=2E": ".", "=3A": ":", "=2D": "-", "=5F": "_"}[s]
		})
		b.WriteString(noise.ReplaceAllString(line, ""))
	}
	return b.String()
}

// spread parts bytes that are not UTF-8, of which ToValidUTF8 would make one
// character, by a character that is dropped later.
func spread(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		b.WriteString(text[:size])
		if r == utf8.RuneError && size == 1 {
			b.WriteString("\x00")
		}
		text = text[size:]
	}
	return b.String()
}

func reference(text string) (all []string, problem string) {
	if len(text) > dtlic.MaxText {
		return nil, "too long"
	}
	text = referenceClean(text)
	cutOff, other := false, ""
	for {
		at := tag.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		body, end := text[at[1]:], 0
		if version := text[at[2]:at[3]]; version != "2" {
			if run := otherBody.FindString(body); other == "" && run != "" {
				other = text[at[0]:at[1]] + run
			}
		} else {
			shape := plainBody
			if hasChain.MatchString(body) {
				shape = chainBody
			}
			if found := shape.FindString(body); found != "" && len("DTLIC2:"+found) <= 16384 {
				end = len(found)
				if license := text[at[0]:at[1]] + found; !slices.Contains(all, license) {
					all = append(all, license)
				}
			} else {
				cutOff = cutOff || cutOffBody.MatchString(body)
			}
		}
		text = body[end:]
	}
	switch {
	case len(all) > 0:
		return all, ""
	case cutOff:
		return nil, "cut off"
	case other != "":
		return []string{other}, ""
	}
	return nil, "there is no license"
}

// agrees compares ExtractAll with the reference.
func agrees(t *testing.T, text string) {
	t.Helper()
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return
	}
	got, err := dtlic.ExtractAll(text)
	want, problem := reference(text)
	if !slices.Equal(got, want) || (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
		t.Errorf("%.300q\ngives %q, %v\nby the reference %q, %s", text, got, err, want, problem)
	}
}

func TestExtractAgreesWithTheReference(t *testing.T) {
	for _, c := range suite(t).Extract {
		agrees(t, c.Text)
	}
	for i, choices := range mailSeeds() {
		m := postman{choices: choices}
		m.out.WriteString([]string{"", "!", "= ", "=20> ", "\xff"}[i%5])
		agrees(t, m.send(signed(t, nil)))
	}
}

func TestExtractTable(t *testing.T) {
	one, other := signed(t, nil), signed(t, members{"license_key": "X"})
	id := one[:len("DTLIC2:xxxxxxxxxxx.")]
	for _, c := range []struct {
		name, text string
		want       []string
		problem    string
	}{
		{"a letter follows", one + "x", []string{one}, ""},
		{"a dot follows", one + ".x", []string{one}, ""},
		{"a letter before", "x" + one, []string{one}, ""},
		{"a tag before", "DTLIC2:" + one, []string{one}, ""},
		{"half a tag before", "DTLIC" + one, []string{one}, ""},
		{"twice", one + one, []string{one}, ""},
		{"two", one + " " + other, []string{one, other}, ""},
		{"two at once", one + other + one, []string{one, other}, ""},
		{"a whole one and a cut-off one", one + "\n" + other[:90], []string{one}, ""},
		{"cut in the signature", one[:len(one)-1], nil, "cut off"},
		{"cut behind the head of the payload", id + "eyJ", nil, "cut off"},
		{"cut before it", id + "ey", nil, "there is no license"},
		{"a chain, and no signature", id + "eyJ9.RFRDRVJUMT" + strings.Repeat("A", 86), nil, "cut off"},
		{"an empty payload", id + "." + strings.Repeat("A", 86), nil, "there is no license"},
		{"a payload of anything", id + "A." + strings.Repeat("A", 86), []string{id + "A." + strings.Repeat("A", 86)}, ""},
		{"another version, 40 characters", "DTLIC3:" + strings.Repeat("a", 40) + "=", []string{"DTLIC3:" + strings.Repeat("a", 40)}, ""},
		{"another version, 39 characters", "DTLIC3:" + strings.Repeat("a", 39), nil, "there is no license"},
		{"another version and a cut-off one", "DTLIC3:" + strings.Repeat("a", 40) + " " + one[:90], nil, "cut off"},
		{"another version and a whole one", "DTLIC3:" + strings.Repeat("a", 40) + " " + one, []string{one}, ""},
		{"version 02", "DTLIC02:" + one[7:], []string{"DTLIC02:" + one[7:]}, ""},
		{"the longest", id + strings.Repeat("A", 16384-len(id)-87) + "." + strings.Repeat("B", 86), []string{id + strings.Repeat("A", 16384-len(id)-87) + "." + strings.Repeat("B", 86)}, ""},
		{"too long a one", id + strings.Repeat("A", 16385-len(id)-87) + "." + strings.Repeat("B", 86), nil, "there is no license"},
		{"too long a text", one + strings.Repeat(" ", dtlic.MaxText), nil, "too long"},
		{"not UTF-8 inside", one[:50] + "\xff" + one[50:], nil, "cut off"},
		{"a foreign letter inside", one[:50] + "é" + one[50:], nil, "cut off"},
		{"= inside a line", one[:50] + "=" + one[50:], nil, "cut off"},
		{"two = at a line's end", one[:50] + "==\n" + one[50:], nil, "cut off"},
		{"=3D at a line's end", one[:50] + "=3D\n" + one[50:], nil, "cut off"},
		{"lower-case escapes are none", strings.ReplaceAll(one, ".", "=2e"), nil, "there is no license"},
		{"> inside a line", one[:50] + ">" + one[50:], nil, "cut off"},
		{"= at the text's end", one + "=", []string{one}, ""},
		{"empty", "", nil, "there is no license"},
		{"UTF-16 with half a character", "\xff\xfe" + "D\x00T", nil, "there is no license"},
		{"UTF-16, an unpaired surrogate", "\xfe\xff\xd8\x00", nil, "there is no license"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := dtlic.ExtractAll(c.text)
			if !slices.Equal(got, c.want) || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
				t.Errorf("got %.200q, %v", got, err)
			}
			if err != nil && !errors.Is(err, dtlic.ErrMalformed) {
				t.Errorf("class %q", dtlic.CodeOf(err))
			}
			if _, err := dtlic.Extract(c.text); (err == nil) != (len(c.want) == 1) || len(c.want) > 1 && !strings.Contains(err.Error(), "several") {
				t.Errorf("Extract: %v", err)
			}
			agrees(t, c.text)
		})
	}
}

// Each range that is dropped, at both ends, and what stands beside it.
func TestExtractDrops(t *testing.T) {
	one := signed(t, nil)
	drops := regexp.MustCompile("[" + dropped + "]")
	checked := 0
	for r := rune(0); r < 0x10000; r++ {
		beside := drops.MatchString(string(r-1)) || drops.MatchString(string(r+1))
		is := drops.MatchString(string(r))
		if !is && !beside || strings.ContainsRune("!", r) {
			continue
		}
		checked++
		got, err := dtlic.Extract(one[:30] + string(r) + one[30:])
		if (err == nil && got == one) != is {
			t.Errorf("U+%04X: %v", r, err)
		}
		agrees(t, one[:30]+string(r)+one[30:])
	}
	if checked < 100 {
		t.Errorf("%d characters checked", checked)
	}
}

// Texts that would take a careless search hours.
func TestExtractIsLinear(t *testing.T) {
	for _, unit := range []string{
		"DTLIC2:", "DTLIC", "DTLIC2:AAAAAAAAAAA.", "DTLIC2:AAAAAAAAAAA.A.", "DTLIC2:AAAAAAAAAAA.A.RFRDRVJUMT.", "DTLIC3:AAAA",
		"DTLIC9999999999", "= ", "=", "=\t", "> ", ">", "=2", "=20", "\xff", "A", "A.", "\u2028", "DTLIC2:AAAAAAAAAAA.eyJ",
	} {
		text := strings.Repeat(unit, dtlic.MaxText/len(unit))
		if _, err := dtlic.ExtractAll(text); err != nil && !errors.Is(err, dtlic.ErrMalformed) {
			t.Errorf("%q: %v", unit, err)
		}
	}
}

func TestExtractCutOff(t *testing.T) {
	one := signed(t, nil)
	for n := len("DTLIC2:xxxxxxxxxxx.eyJ"); n < len(one); n += 7 {
		quoted := "> " + one[:40] + "\n> " + one[40:max(n, 40)]
		got, ok := dtlic.ExtractCutOff(quoted)
		if !ok || got != one[:max(n, 40)] {
			t.Errorf("%d characters: %q, %v", n, got, ok)
		}
	}
	for _, text := range []string{"", one, one[:20], one + " " + one[:100], strings.Repeat(" ", dtlic.MaxText) + one[:100]} {
		if got, ok := dtlic.ExtractCutOff(text); ok {
			t.Errorf("%.30q: %q", text, got)
		}
	}
	if got, ok := dtlic.ExtractCutOff(one[:100] + "<br>" + one[100:]); !ok || got != one[:100] {
		t.Errorf("damaged: %q", got)
	}
}

func TestEachProblemHasItsWords(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{"", signed(t, nil)[:90], signed(t, nil) + signed(t, members{"license_key": "X"}), strings.Repeat(" ", dtlic.MaxText+1)} {
		_, err := dtlic.Extract(text)
		e, ok := errors.AsType[*dtlic.Error](err)
		if !ok || e.Hint == "" {
			t.Fatalf("%.20q: %v", text, err)
		}
		if before, twice := seen[e.What]; twice {
			t.Errorf("%.20q says the same as %.20q", text, before)
		}
		seen[e.What] = text
	}
	if len(seen) != 4 {
		t.Error(fmt.Sprint(seen))
	}
}
