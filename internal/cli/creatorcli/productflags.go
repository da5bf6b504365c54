package creatorcli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/envelope"
)

// editFlags are what product edit was asked for.
type editFlags struct {
	title, support, program, tiers, defaultTier, defaultTerm, trialTier string

	limits         []string
	trialDays      int
	trialDaysGiven bool
	from           string
	yes            bool
}

// anyMember tells whether a flag names a member of the product file.
func (f *editFlags) anyMember() bool {
	return f.title+f.support+f.program+f.tiers+f.defaultTier+f.defaultTerm+f.trialTier != "" || len(f.limits) > 0 || f.trialDaysGiven
}

// apply returns the product with what the flags change, which need not follow
// the rules then.
func (f *editFlags) apply(p dtlic.Product) (dtlic.Product, error) {
	for _, member := range []struct {
		text *string
		flag string
	}{
		{&p.Title, f.title},
		{&p.Support, f.support},
		{&p.Program, f.program},
		{&p.DefaultTier, f.defaultTier},
		{&p.DefaultTerm, f.defaultTerm},
	} {
		if member.flag != "" {
			*member.text = member.flag
		}
	}
	p.Tiers = maps.Clone(p.Tiers)
	if f.tiers != "" {
		tiers, _, err := parseTiers(f.tiers)
		if err != nil {
			return p, cli.Usage("--tiers: %s", err)
		}
		for name, t := range tiers {
			t.Limits = p.Tiers[name].Limits
			tiers[name] = t
		}
		p.Tiers = tiers
	}
	for _, text := range f.limits {
		if err := setLimit(p.Tiers, text); err != nil {
			return p, err
		}
	}
	return p, f.applyTrial(&p)
}

func (f *editFlags) applyTrial(p *dtlic.Product) error {
	if !f.trialDaysGiven && f.trialTier == "" {
		return nil
	}
	if f.trialDaysGiven && f.trialDays == 0 {
		if f.trialTier != "" {
			return cli.Usage("--trial-days 0 means no trial; leave --trial-tier out")
		}
		p.Trial = nil
		return nil
	}
	trial := dtlic.Trial{Tier: p.DefaultTier}
	if p.Trial != nil {
		trial = *p.Trial
	} else if !f.trialDaysGiven {
		return cli.Usage("there is no trial yet; give --trial-days too")
	}
	if f.trialDaysGiven {
		trial.Days = f.trialDays
	}
	if f.trialTier != "" {
		trial.Tier = f.trialTier
	}
	p.Trial = &trial
	return nil
}

// setLimit puts TIER.NAME=NUMBER into the tiers, or takes TIER.NAME=none out. Both
// names may have dots in them, so the tiers say where the first one ends.
func setLimit(tiers map[string]dtlic.Tier, text string) error {
	path, number, _ := strings.Cut(text, "=")
	tier, name := "", ""
	for i, r := range path {
		if _, known := tiers[path[:i]]; r == '.' && known {
			if tier != "" {
				return cli.Usage("--limit %s can mean tier %q or tier %q", path, tier, path[:i])
			}
			tier, name = path[:i], path[i+1:]
		}
	}
	if tier == "" {
		return cli.Usage("--limit must be TIER.NAME=NUMBER, with a tier of the product, not %q", text)
	}
	t := tiers[tier]
	limits := maps.Clone(t.Limits)
	if number == "none" {
		delete(limits, name)
	} else {
		one, err := parseLimits([]string{name + "=" + number})
		if err != nil {
			return cli.Usage("--limit must be TIER.NAME=NUMBER or TIER.NAME=none, not %q", text)
		}
		if limits == nil {
			limits = one
		}
		limits[name] = one[name]
	}
	if t.Limits = limits; len(limits) == 0 {
		t.Limits = nil
	}
	tiers[tier] = t
	return nil
}

// merge makes the product file's new text of the one that is there.
func (f *editFlags) merge(now []byte, path string) ([]byte, error) {
	p, err := parseProduct(now)
	if err != nil {
		return nil, cli.Fail(cli.CodeBadRecord, "flags change a good product file only", fmt.Sprintf("%q: %s", path, err),
			"mend it first: dtlic product edit")
	}
	changed, err := f.apply(p)
	if err != nil {
		return nil, err
	}
	if reflect.DeepEqual(p, changed) {
		return now, nil // as it is written, too
	}
	text, err := mergeProduct(now, &p, &changed)
	if err != nil {
		return nil, cli.UsageHint("dtlic product edit --help", "%s", err)
	}
	return text, nil
}

// mergeProduct writes a changed product over the text that it was read from, so
// that what this version does not know, a newer one's members, stays in the file.
func mergeProduct(text []byte, former, changed *dtlic.Product) ([]byte, error) {
	// As this version writes both: a member of text that is not in the former one
	// is not known here.
	var trees [3]envelope.Value
	for i, read := range []func() ([]byte, error){func() ([]byte, error) { return text, nil }, former.File, changed.File} {
		file, err := read()
		if err != nil {
			return nil, err
		}
		if trees[i], err = envelope.ParseJSON(string(file)); err != nil {
			return nil, err
		}
	}
	merged := appendMerged(nil, &trees[0], &trees[1], &trees[2])
	var b bytes.Buffer
	err := json.Indent(&b, merged, "", "  ")
	if err == nil && b.Len() >= dtlic.MaxProductFile {
		b.Reset()
		err = json.Compact(&b, merged)
	}
	if err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	_, err = parseProduct(b.Bytes())
	return b.Bytes(), err
}

// appendMerged writes text with what differs between former and changed.
func appendMerged(dst []byte, text, former, changed *envelope.Value) []byte {
	switch {
	case former.Raw == changed.Raw:
		return append(dst, text.Raw...)
	case text.Type != envelope.Object || former.Type != envelope.Object || changed.Type != envelope.Object:
		return append(dst, changed.Raw...)
	}
	dst = append(dst, '{')
	start := len(dst)
	member := func(name string, write func([]byte) []byte) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = write(append(envelope.AppendString(dst, name), ':'))
	}
	raw := func(v *envelope.Value) func([]byte) []byte {
		return func(dst []byte) []byte { return append(dst, v.Raw...) }
	}
	for i := range text.Members {
		m := &text.Members[i]
		before, known := former.Member(m.Name)
		after, stays := changed.Member(m.Name)
		switch {
		case known && stays:
			member(m.Name, func(dst []byte) []byte { return appendMerged(dst, &m.Value, before, after) })
		case stays:
			member(m.Name, raw(after))
		case !known:
			member(m.Name, raw(&m.Value))
		}
	}
	for i := range changed.Members {
		m := &changed.Members[i]
		if _, there := text.Member(m.Name); !there {
			member(m.Name, raw(&m.Value))
		}
	}
	return append(dst, '}')
}
