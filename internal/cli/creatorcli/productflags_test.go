package creatorcli

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/keys"
)

// notes is a product with two keys and two tiers.
func notes(t *testing.T) dtlic.Product {
	t.Helper()
	trusted, err := keys.ParseList("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a," +
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c") // RFC 8032, section 7.1
	if err != nil {
		t.Fatal(err)
	}
	return dtlic.Product{
		Name: "notes", Title: "Notes", Program: "notes", Support: "help@example.com", LicenseKeyPrefix: "NOTES",
		EnvPrefix: "NOTES", Directory: ".notes", Keys: trusted, DefaultTier: "basic", DefaultTerm: "1y",
		Tiers: map[string]dtlic.Tier{
			"basic":  {Features: []string{"export"}, Limits: map[string]int64{"seats": 1}},
			"studio": {Features: []string{"export", "batch"}},
		},
	}
}

func TestEditFlags(t *testing.T) {
	for _, c := range []struct {
		flags  editFlags
		change func(p *dtlic.Product)
		failed string // in the error, "" where there is none
	}{
		{flags: editFlags{}, change: func(*dtlic.Product) {}},
		{
			flags: editFlags{title: "T", support: "https://example.com", program: "p", defaultTier: "studio", defaultTerm: "90d"},
			change: func(p *dtlic.Product) {
				p.Title, p.Support, p.Program, p.DefaultTier, p.DefaultTerm = "T", "https://example.com", "p", "studio", "90d"
			},
		},
		{flags: editFlags{tiers: "basic=export+print,pro=all"}, change: func(p *dtlic.Product) {
			p.Tiers = map[string]dtlic.Tier{
				"basic": {Features: []string{"export", "print"}, Limits: map[string]int64{"seats": 1}},
				"pro":   {Features: []string{"all"}},
			}
		}},
		{flags: editFlags{tiers: "basic"}, failed: "--tiers: tiers are written like"},
		{flags: editFlags{limits: []string{"basic.seats=3", "studio.seats=0", "studio.rows=9007199254740991"}}, change: func(p *dtlic.Product) {
			p.Tiers["basic"] = dtlic.Tier{Features: []string{"export"}, Limits: map[string]int64{"seats": 3}}
			p.Tiers["studio"] = dtlic.Tier{Features: []string{"export", "batch"}, Limits: map[string]int64{"seats": 0, "rows": 9007199254740991}}
		}},
		{flags: editFlags{limits: []string{"basic.seats=none", "studio.seats=none"}}, change: func(p *dtlic.Product) {
			p.Tiers["basic"] = dtlic.Tier{Features: []string{"export"}}
		}},
		{flags: editFlags{tiers: "a=x,a.b=y", limits: []string{"a.b.c=1"}}, failed: `--limit a.b.c can mean tier "a" or tier "a.b"`},
		{flags: editFlags{limits: []string{"gold.seats=3"}}, failed: "with a tier of the product"},
		{flags: editFlags{limits: []string{"seats=3"}}, failed: "TIER.NAME=NUMBER"},
		{flags: editFlags{limits: []string{"basic.seats"}}, failed: "TIER.NAME=NUMBER"},
		{flags: editFlags{limits: []string{"basic.seats=03"}}, failed: "TIER.NAME=NUMBER"},
		{flags: editFlags{limits: []string{"basic.seats=few"}}, failed: "TIER.NAME=NUMBER"},
		{flags: editFlags{trialDays: 14, trialDaysGiven: true}, change: func(p *dtlic.Product) { p.Trial = &dtlic.Trial{Days: 14, Tier: "basic"} }},
		{flags: editFlags{trialDays: 14, trialDaysGiven: true, trialTier: "studio"}, change: func(p *dtlic.Product) { p.Trial = &dtlic.Trial{Days: 14, Tier: "studio"} }},
		{flags: editFlags{trialDaysGiven: true}, change: func(*dtlic.Product) {}},
		{flags: editFlags{trialTier: "studio"}, failed: "give --trial-days too"},
		{flags: editFlags{trialDaysGiven: true, trialTier: "studio"}, failed: "leave --trial-tier out"},
	} {
		p, want, untouched := notes(t), notes(t), notes(t)
		got, err := c.flags.apply(p)
		if c.failed != "" {
			if err == nil || !strings.Contains(err.Error(), c.failed) {
				t.Errorf("%+v: %v", c.flags, err)
			}
			continue
		}
		c.change(&want)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: %v, %+v", c.flags, err, got)
		}
		if !reflect.DeepEqual(p, untouched) {
			t.Errorf("%+v changes the former product too: %+v", c.flags, p)
		}
	}
}

func TestEditFlagsOnTrial(t *testing.T) {
	p := notes(t)
	p.Trial = &dtlic.Trial{Days: 14, Tier: "studio", Limits: map[string]int64{"seats": 1}}
	for _, c := range []struct {
		flags editFlags
		want  *dtlic.Trial
	}{
		{editFlags{trialTier: "basic"}, &dtlic.Trial{Days: 14, Tier: "basic", Limits: map[string]int64{"seats": 1}}},
		{editFlags{trialDays: 30, trialDaysGiven: true}, &dtlic.Trial{Days: 30, Tier: "studio", Limits: map[string]int64{"seats": 1}}},
		{editFlags{trialDaysGiven: true}, nil},
	} {
		got, err := c.flags.apply(p)
		if err != nil || !reflect.DeepEqual(got.Trial, c.want) || p.Trial.Days != 14 || p.Trial.Tier != "studio" {
			t.Errorf("%+v: %v, %+v", c.flags, err, got.Trial)
		}
	}
}

// What a newer version wrote stays, wherever it stands; so does the order.
func TestMergeKeepsWhatIsNotKnown(t *testing.T) {
	former := notes(t)
	file, err := former.File()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		`"format": 1,`, `"x_first": {"a": [1, 1.50e2, null]}, "format": 1,`,
		`"title": "Notes"`, `"title": "\u004eotes"`,
		`"seats": 1`, `"seats": 1 `,
		`"basic": {`, `"basic": {"color": "blue", "limits2": {}, `,
		`"studio": {`, `"studio": {"color": "red", "limits": {}, `,
	).Replace(string(file))
	if p, err := dtlic.ParseProduct([]byte(text)); err != nil || !reflect.DeepEqual(p, former) {
		t.Fatalf("%v: %s", err, text)
	}
	changed := notes(t)
	changed.Support = "https://example.com/<help>"
	changed.Tiers = map[string]dtlic.Tier{
		"basic": {Features: []string{"export", "print"}},
		"pro":   {Features: []string{"all"}, Limits: map[string]int64{"rows": 2}},
	}
	changed.Trial = &dtlic.Trial{Days: 3, Tier: "pro"}
	merged, err := mergeProduct([]byte(text), &former, &changed)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := dtlic.ParseProduct(merged); err != nil || !reflect.DeepEqual(p, changed) {
		t.Errorf("%v: %+v", err, p)
	}
	for _, want := range []string{`1.50e2`, `"title": "\u004eotes"`, `"color": "blue"`, `"limits2": {}`, `"https://example.com/<help>"`} {
		if !strings.Contains(string(merged), want) {
			t.Errorf("%s is lost: %s", want, merged)
		}
	}
	if strings.Contains(string(merged), "red") || !strings.HasPrefix(string(merged), "{\n  \"x_first\"") || !strings.HasSuffix(string(merged), "}\n") {
		t.Errorf("got %s", merged)
	}
}

// A file that is short enough only without indentation is written without; one
// that is not short enough is refused.
func TestMergeOfLongFiles(t *testing.T) {
	former, changed := notes(t), notes(t)
	file, err := former.File()
	if err != nil {
		t.Fatal(err)
	}
	var features []string
	for i := range 250 {
		features = append(features, fmt.Sprintf("feature-number-%03d", i))
	}
	changed.Tiers = maps.Clone(former.Tiers)
	changed.Tiers["studio"] = dtlic.Tier{Features: features}
	merged, err := mergeProduct(file, &former, &changed)
	if err != nil || len(merged) > dtlic.MaxProductFile || strings.Contains(string(merged), "  ") {
		t.Errorf("%d bytes, %v", len(merged), err)
	}
	unknown, err := json.Marshal(strings.Repeat("x", 3000))
	if err != nil {
		t.Fatal(err)
	}
	long := []byte(strings.Replace(string(file), "{", `{"x_note":`+string(unknown)+",", 1))
	if _, err := mergeProduct(long, &former, &changed); err == nil || !strings.Contains(err.Error(), "bytes, more than 7168") {
		t.Errorf("over the limit: %v", err)
	}
}

func TestLosses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(p *dtlic.Product)
		want   string // what the one loss begins with, "" for none
	}{
		{"nothing", func(*dtlic.Product) {}, ""},
		{"names", func(p *dtlic.Product) {
			p.Title, p.Program, p.Support, p.LicenseKeyPrefix, p.DefaultTier, p.DefaultTerm = "", "", "", "", "", ""
		}, ""},
		{"a key dropped", func(p *dtlic.Product) { p.Keys = p.Keys[1:] }, "the issuing key " + notes(t).Keys[0].PublicKey.ID() + " is dropped"},
		{"a key turned", func(p *dtlic.Product) { p.Keys[1].Role = dtlic.RoleRoot }, "the issuing key " + notes(t).Keys[1].PublicKey.ID() + " is dropped"},
		{"keys in another order", func(p *dtlic.Product) { p.Keys[0], p.Keys[1] = p.Keys[1], p.Keys[0] }, ""},
		{"a tier removed", func(p *dtlic.Product) { delete(p.Tiers, "studio") }, `tier "studio" is removed: those who update the app lose what it granted`},
		{"a tier added", func(p *dtlic.Product) { p.Tiers["pro"] = dtlic.Tier{} }, ""},
		{"a feature added", func(p *dtlic.Product) { p.Tiers["studio"] = dtlic.Tier{Features: []string{"x", "batch", "export"}} }, ""},
		{"a feature removed", func(p *dtlic.Product) { p.Tiers["studio"] = dtlic.Tier{Features: []string{"export"}} }, `tier "studio" loses batch: `},
		{"a limit lowered", func(p *dtlic.Product) { p.Tiers["basic"].Limits["seats"] = 0 }, `tier "basic" is limited to seats 0: `},
		{"a limit raised", func(p *dtlic.Product) { p.Tiers["basic"].Limits["seats"] = 2 }, ""},
		{"a limit removed", func(p *dtlic.Product) { delete(p.Tiers["basic"].Limits, "seats") }, ""},
		{"a limit added", func(p *dtlic.Product) { p.Tiers["basic"].Limits["rows"] = 9 }, `tier "basic" is limited to rows 9: `},
		{"the variables", func(p *dtlic.Product) { p.EnvPrefix = "N" }, "env_prefix changes from NOTES to N: an app with the new file does not read $NOTES_LICENSE any more; here, rename the lines of your key files to N_LICENSE_PRIVKEY=… and N_LICENSE_PUBKEY=…"},
		{"the directory", func(p *dtlic.Product) { p.Directory = ".n" }, `directory changes from ".notes" to ".n": `},
	} {
		former, changed := notes(t), notes(t)
		c.change(&changed)
		got := losses(&former, &changed)
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], c.want)) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestLostRootKey(t *testing.T) {
	former, changed := notes(t), notes(t)
	former.Keys[1].Role = dtlic.RoleRoot
	changed.Keys = changed.Keys[:1]
	if got := losses(&former, &changed); len(got) != 1 || !strings.HasPrefix(got[0], "the root key ") {
		t.Errorf("%q", got)
	}
}

func TestSplitWords(t *testing.T) {
	for line, want := range map[string][]string{
		"vi":                         {"vi"},
		" code  --wait\t-n ":         {"code", "--wait", "-n"},
		`"/opt/my editor/bin" -f`:    {"/opt/my editor/bin", "-f"},
		`'it''s' "a 'b' c"`:          {"its", "a 'b' c"},
		`my\ editor "say \"x\" \\n"`: {"my editor", `say "x" \n`},
		`'single \" stays'`:          {`single \" stays`},
		`C:\tools\vim.exe -f`:        {`C:\tools\vim.exe`, "-f"},
		`"C:\Program Files\n.exe" x`: {`C:\Program Files\n.exe`, "x"},
		`ed ""`:                      {"ed", ""},
		`é\`:                         {`é\`},
	} {
		if got, err := splitWords(line); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v, want %q", line, got, err, want)
		}
	}
	for _, line := range []string{`"vi`, `vi 'x`, `"" x`, `''`, `"x\"`} {
		if got, err := splitWords(line); err == nil {
			t.Errorf("%s is taken as %q", line, got)
		}
	}
}
