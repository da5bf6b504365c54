package dtlic_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
)

// productMembers is a product file that can be changed member by member.
func productMembers(tb testing.TB, changes members) members {
	tb.Helper()
	m := members{
		"format": 1, "product": "datatools", "title": "DataTools", "program": "dtlic-buyer", "support": "support@example.com",
		"license_key_prefix": "DT1", "env_prefix": "DATATOOLS", "directory": ".datatools",
		"keys":         []any{map[string]any{"public_key": publicKey(tb, privateKey(1)).String(), "role": "issuing"}},
		"tiers":        map[string]any{"core": map[string]any{"features": []string{"clean"}}},
		"default_tier": "core", "default_term": "1y",
	}
	for name, value := range changes {
		if m[name] = value; value == absent {
			delete(m, name)
		}
	}
	return m
}

const absent = raw("")

// productCase is a change of a product file.
type productCase struct {
	member  string // what the error has to name, "" where the file is taken
	changes members
}

func textCases() []productCase {
	return []productCase{
		{"", nil},
		{"", members{"unknown": []int{1}, "x_note": nil}},
		{"format", members{"format": 2}},
		{"format", members{"format": "1"}},
		{"format", members{"format": raw("1.0")}},
		{"product", members{"product": "DataTools"}},
		{"title", members{"title": ""}},
		{"title", members{"title": strings.Repeat("T", 65)}},
		{"", members{"title": strings.Repeat("é", 64)}},
		{"title", members{"title": "Data\u202eTools"}},
		{"title", members{"title": " DataTools"}},
		{"program", members{"program": "a/b"}},
		{"program", members{"program": "-rf"}},
		{"program", members{"program": strings.Repeat("p", 65)}},
		{"", members{"support": "https://example.com/help?a=1"}},
		{"support", members{"support": "http://example.com"}},
		{"support", members{"support": "https://"}},
		{"support", members{"support": "javascript:alert(1)"}},
		{"support", members{"support": "nobody"}},
		{"support", members{"support": "a@b@c"}},
		{"support", members{"support": "@example.com"}},
		{"support", members{"support": "a b@example.com"}},
		{"support", members{"support": "a\u2003b@example.com"}},
		{"license_key_prefix", members{"license_key_prefix": "dt1"}},
		{"license_key_prefix", members{"license_key_prefix": "DT-1"}},
		{"license_key_prefix", members{"license_key_prefix": strings.Repeat("D", 17)}},
		{"", members{"license_key_prefix": strings.Repeat("D", 16)}},
		{"env_prefix", members{"env_prefix": "1DATA"}},
		{"env_prefix", members{"env_prefix": "_DATA"}},
		{"env_prefix", members{"env_prefix": "data"}},
		{"env_prefix", members{"env_prefix": "A=B"}},
		{"env_prefix", members{"env_prefix": strings.Repeat("D", 33)}},
		{"", members{"directory": "datatools"}},
		{"directory", members{"directory": "."}},
		{"directory", members{"directory": ".."}},
		{"directory", members{"directory": "../x"}},
		{"directory", members{"directory": "/etc"}},
		{"directory", members{"directory": `a\b`}},
		{"directory", members{"directory": "." + strings.Repeat("d", 64)}},
	}
}

func keyCases(t *testing.T) []productCase {
	t.Helper()
	key := publicKey(t, privateKey(1)).String()
	trusts := func(keys ...any) members { return members{"keys": keys} }
	entry := func(key, role any) any { return map[string]any{"public_key": key, "role": role} }
	return []productCase{
		{"keys", trusts()},
		{"keys", members{"keys": map[string]any{}}},
		{"keys[0]", trusts(key)},
		{"public_key", trusts(entry(nil, "issuing"))},
		{"public_key", trusts(entry(key[1:], "issuing"))},
		{"role", trusts(entry(key, "Issuing"))},
		{"role", trusts(entry(key, ""))},
		{"role", trusts(map[string]any{"public_key": key})},
		{"issuing", trusts(entry(key, "root"))},
		{"keys[1]", trusts(entry(key, "issuing"), entry(strings.ToUpper(key), "issuing"))},
		{"keys[1]", trusts(entry(key, "issuing"), entry(key, "root"))},
		{"", trusts(entry(" "+strings.ToUpper(key)+" ", "issuing"))},
	}
}

func tierCases() []productCase {
	tiers := func(tier any) members { return members{"tiers": map[string]any{"core": tier}} }
	features := map[string]any{"features": []string{"clean"}}
	return []productCase{
		{"tiers", members{"tiers": []any{}}},
		{"default_tier", members{"tiers": map[string]any{}}},
		{"tiers", tiers(nil)},
		{"features", tiers(map[string]any{})},
		{"features", tiers(map[string]any{"features": []string{}})},
		{"features", tiers(map[string]any{"features": []string{"a", "a"}})},
		{"features", tiers(map[string]any{"features": []string{"A"}})},
		{"features", tiers(map[string]any{"features": []int{1}})},
		{"features", tiers(map[string]any{"features": list(257)})},
		{"limit", tiers(map[string]any{"features": []string{"a"}, "limits": map[string]any{"n": -1}})},
		{"limit", tiers(map[string]any{"features": []string{"a"}, "limits": map[string]any{"N": 1}})},
		{"tiers", members{"tiers": map[string]any{"core": features, "Gold": features}}},
		{"default_tier", members{"default_tier": "gold"}},
		{"default_term", members{"default_term": "1 year"}},
		{"", members{"trial": map[string]any{"days": 14, "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 0, "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 3661, "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 1<<32 + 1, "tier": "core"}}},
		{"trial", members{"trial": map[string]any{"days": 14, "tier": "gold"}}},
		{"trial", members{"trial": map[string]any{"days": 14, "tier": "core", "limits": map[string]any{"n": 0.5}}}},
		{"trial", members{"trial": nil}},
	}
}

func TestProductMembers(t *testing.T) {
	cases := slices.Concat(textCases(), keyCases(t), tierCases())
	for name := range productMembers(t, nil) {
		for _, value := range []any{absent, nil, 3.5} {
			cases = append(cases, productCase{name, members{name: value}})
		}
		cases = append(cases, productCase{name, members{strings.ToUpper(name): 1}})
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%.60v", c.changes), func(t *testing.T) {
			p, err := dtlic.ParseProduct([]byte(productMembers(t, c.changes).json(t)))
			switch {
			case c.member == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.member != "" && err == nil:
				t.Errorf("taken")
			case c.member != "" && (!strings.Contains(err.Error(), c.member) || !reflect.DeepEqual(p, dtlic.Product{})):
				t.Errorf("%v does not name %s, or comes with %+v", err, c.member, p)
			}
		})
	}
}

func TestProductFileAsText(t *testing.T) {
	text := productMembers(t, nil).json(t)
	fill := func(n int) string { return text[:len(text)-1] + strings.Repeat(" ", n-len(text)) + "}" }
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"as it is", text, true},
		{"with space round it", "\n\t" + text + "\r\n", true},
		{"7 KiB", fill(dtlic.MaxProductFile), true},
		{"a byte more", fill(dtlic.MaxProductFile + 1), false},
		{"a member twice", text[:len(text)-1] + `,"title":"DataTools"}`, false},
		{"a member twice, escaped", text[:len(text)-1] + `,"t\u0069tle":"DataTools"}`, false},
		{"a member twice, nested", text[:len(text)-1] + `,"x":{"a":1,"a":1}}`, false},
		{"byte-order mark", "\ufeff" + text, false},
		{"not UTF-8", strings.Replace(text, "DataTools", "Data\xffTools", 1), false},
		{"trailing data", text + "{}", false},
		{"a list", "[" + text + "]", false},
		{"empty", "", false},
		{"null", "null", false},
	} {
		if _, err := dtlic.ParseProduct([]byte(c.text)); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestProductFileRoundTrip(t *testing.T) {
	p := product(t)
	p.Keys = append(p.Keys, dtlic.TrustedKey{PublicKey: publicKey(t, privateKey(2)), Role: dtlic.RoleRoot})
	p.Trial = &dtlic.Trial{Days: 14, Tier: "lite", Limits: map[string]int64{"rows": 10}}
	p.Title = "Dät<a>&Tools"
	file, err := p.File()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := dtlic.ParseProduct(file); err != nil || !reflect.DeepEqual(p, again) {
		t.Errorf("%v\n%+v\n%+v", err, p, again)
	}
	p.Title = "Data\xffTools"
	if _, err := p.File(); err == nil {
		t.Error("a title that is not UTF-8 is written")
	}
}

// A product that fits only without indentation is written without.
func TestLongProductFile(t *testing.T) {
	p := product(t)
	var features []string
	for i := range 250 {
		features = append(features, fmt.Sprintf("feature-number-%03d", i))
	}
	p.Tiers = map[string]dtlic.Tier{"core": {Features: features}}
	file, err := p.File()
	if err != nil || len(file) > dtlic.MaxProductFile || strings.Contains(string(file), "  ") {
		t.Errorf("%d bytes, %v", len(file), err)
	}
	p.Tiers["more"] = dtlic.Tier{Features: features}
	if _, err := p.File(); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("over the limit: %v", err)
	}
}

func TestProductLists(t *testing.T) {
	p := product(t)
	p.Tiers["also"] = dtlic.Tier{Features: []string{"merge"}}
	if got := strings.Join(p.TierNames(), " "); got != "also lite core" {
		t.Errorf("tiers %s", got)
	}
	if got := strings.Join(p.Features(), " "); got != "clean join merge" {
		t.Errorf("features %s", got)
	}
}

func TestTerms(t *testing.T) {
	start := at("2028-02-29T10:20:30Z")
	for _, c := range []struct{ term, start, end string }{
		{"1y", "2026-11-21T12:00:00Z", "2027-11-21T12:00:00Z"},
		{"1y", "2028-02-29T10:20:30Z", "2029-02-28T10:20:30Z"},
		{"4y", "2028-02-29T10:20:30Z", "2032-02-29T10:20:30Z"},
		{"72y", "2028-02-29T10:20:30Z", "2100-02-28T10:20:30Z"},
		{"1y", "2027-02-28T00:00:00Z", "2028-02-28T00:00:00Z"},
		{"1y", "2026-12-31T23:00:00-02:00", "2028-01-01T01:00:00Z"},
		{"1000y", "2026-11-21T12:00:00Z", "3026-11-21T12:00:00Z"},
		{"1d", "2028-02-28T10:20:30Z", "2028-02-29T10:20:30Z"},
		{"90d", "2026-11-21T12:00:00Z", "2027-02-19T12:00:00Z"},
		{"366000d", "2026-11-21T12:00:00Z", "3028-12-18T12:00:00Z"},
		{"perpetual", "2026-11-21T12:00:00Z", "9999-12-31T23:59:59Z"},
	} {
		term, err := dtlic.ParseTerm(c.term)
		if err != nil {
			t.Errorf("%s: %v", c.term, err)
			continue
		}
		if got := term.End(at(c.start)); !got.Equal(at(c.end)) || got.Location() != time.UTC {
			t.Errorf("%s from %s ends %v, want %s", c.term, c.start, got, c.end)
		}
	}
	if days := (dtlic.Term{Days: 366_000}).End(start).Unix() - start.Unix(); days != 366_000*86_400 {
		t.Errorf("366,000 days are %d seconds", days)
	}
	for _, text := range []string{
		"", "y", "d", "1", "0y", "0d", "1001y", "366001d", "-1y", "+1y", "1.5y", "1Y", "1w", " 1y", "1y ", "01y", "1y1d",
		"Perpetual", "1\u0660y", "99999999999999999999d",
	} {
		if term, err := dtlic.ParseTerm(text); err == nil {
			t.Errorf("%q is taken: %+v", text, term)
		}
	}
}
