package dtlic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dtlic/dtlic/internal/envelope"
)

// MaxProductFile is the longest product file, in bytes.
const MaxProductFile = 7 << 10

// Product is everything that makes the toolkit somebody's own: names, places,
// trusted keys and tiers, read from a product file by [ParseProduct]. It is a
// plain value; two products work side by side in one process. Do not change
// its maps and slices once it was handed to a function of this package.
type Product struct {
	// Name is what licenses name: 1 to 64 of a–z 0–9 . _ -
	Name string
	// Title is what people read, 1 to 64 code points.
	Title string
	// Program is how the buyer's program is typed: 1 to 64 of A–Z a–z 0–9 . _ -
	Program string
	// Support is a mail address or an https address, at most 254 code points,
	// shown where help ends.
	Support string
	// LicenseKeyPrefix begins the license keys that are minted, 1 to 16 of A–Z 0–9.
	LicenseKeyPrefix string
	// EnvPrefix begins the names of environment variables: DATATOOLS in
	// DATATOOLS_LICENSE. 1 to 32 of A–Z 0–9 _, the first a letter.
	EnvPrefix string
	// Directory is where the buyer's license lies, one name below the home directory:
	// none that ends in -creator, and none of .dtlic, .ssh, .gnupg, .aws, .kube,
	// .docker, .git, .config, .local and .cache, in capitals or not.
	Directory string
	// Keys is the trust store. It holds an issuing key at least.
	Keys []TrustedKey
	// Tiers are the tiers that can be minted, by name.
	Tiers map[string]Tier
	// DefaultTier is the tier that is minted where nothing else is asked for.
	DefaultTier string
	// DefaultTerm is the term that is minted where nothing else is asked for:
	// "1y", "90d" or "perpetual", see [ParseTerm].
	DefaultTerm string
	// Trial is the product's evaluation license; nil where it has none.
	Trial *Trial
}

// Tier is what a tier grants.
type Tier struct {
	// Features are names, 1 to 256, none twice.
	Features []string
	// Limits are numbers from 0 to 2^53−1 by name, at most 64; a name that is
	// not there is not limited.
	Limits map[string]int64
}

// Trial describes an evaluation license.
type Trial struct {
	// Days is its length, 1 to 3660.
	Days int
	// Tier is the tier it grants.
	Tier string
	// Limits are put into the license, over the tier's.
	Limits map[string]int64
}

// Features returns every feature that the product names, sorted.
func (p *Product) Features() []string {
	all := make(map[string]struct{})
	for _, t := range p.Tiers {
		for _, f := range t.Features {
			all[f] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// TierNames returns the names of the tiers, smallest tier first: by their
// number of features, then by name.
func (p *Product) TierNames() []string {
	return slices.SortedFunc(maps.Keys(p.Tiers), func(a, b string) int {
		if d := len(p.Tiers[a].Features) - len(p.Tiers[b].Features); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// ParseProduct reads a product file: UTF-8 JSON of at most 7 KiB, read as
// strictly as a license (no duplicate members, no byte-order mark, no member
// that differs from a known one only by case; unknown members are ignored).
// Errors name the member and the rule. Whether the keys are fit to be shipped
// is [AssertProductionSafe]'s business; keys that nobody may trust are refused
// here.
func ParseProduct(data []byte) (Product, error) {
	p, err := parseProduct(data)
	if err != nil {
		return Product{}, fmt.Errorf("product file: %w", err)
	}
	return p, nil
}

func parseProduct(data []byte) (Product, error) {
	if len(data) > MaxProductFile {
		return Product{}, fmt.Errorf("it has %d bytes, more than %d", len(data), MaxProductFile)
	}
	root, err := parseProductJSON(string(data))
	if err != nil {
		return Product{}, err
	}
	d := memberReader{root: &root}
	d.noFoldedNames(productMembers)
	if n, _ := d.integer("format"); n != 1 {
		d.fail("format", "must be 1")
	}
	p := Product{
		Name:             d.text("product", true),
		Title:            d.text("title", true),
		Program:          d.text("program", true),
		Support:          d.text("support", true),
		LicenseKeyPrefix: d.text("license_key_prefix", true),
		EnvPrefix:        d.text("env_prefix", true),
		Directory:        d.text("directory", true),
		Keys:             d.keys("keys"),
		Tiers:            d.tiers("tiers"),
		DefaultTier:      d.text("default_tier", true),
		DefaultTerm:      d.text("default_term", true),
		Trial:            d.trial("trial"),
	}
	if d.err != nil {
		return Product{}, d.err
	}
	return p, p.Validate()
}

// parseProductJSON reads the file's JSON. A person wrote it, so an error says
// where in the file it is.
func parseProductJSON(text string) (envelope.Value, error) {
	if strings.HasPrefix(text, "\ufeff") {
		return envelope.Value{}, errors.New("it begins with a byte-order mark: save it as UTF-8 without one")
	}
	root, err := envelope.ParseJSON(text)
	if e, ok := errors.AsType[*envelope.SyntaxError](err); ok {
		before := text[:e.Offset]
		line := 1 + strings.Count(before, "\n")
		column := 1 + utf8.RuneCountInString(before[1+strings.LastIndexByte(before, '\n'):])
		reason := "not well-formed JSON: " + e.Reason
		if e.Twice != "" {
			reason = "member " + strconv.Quote(e.Twice) + " stands twice"
		}
		return root, fmt.Errorf("line %d, column %d: %s", line, column, reason)
	}
	if err == nil && root.Type != envelope.Object {
		err = errors.New("it is no JSON object")
	}
	return root, err
}

// The members of a product file, and of the objects in it.
var (
	productMembers = []string{
		"format", "product", "title", "program", "support", "license_key_prefix", "env_prefix", "directory",
		"keys", "tiers", "default_tier", "default_term", "trial",
	}
	keyMembers   = []string{"public_key", "role"}
	tierMembers  = []string{"features", "limits"}
	trialMembers = []string{"days", "tier", "limits"}
)

func (d *memberReader) keys(name string) (keys []TrustedKey) {
	v := d.value(name, envelope.Array, true)
	if v == nil {
		return nil
	}
	for i := range v.Items {
		at := fmt.Sprintf("%s[%d]", name, i)
		if v.Items[i].Type != envelope.Object {
			d.fail(at, "must be an object")
			return nil
		}
		entry := memberReader{root: &v.Items[i]}
		entry.noFoldedNames(keyMembers)
		key, err := ParsePublicKey(entry.text("public_key", true))
		role := Role(entry.text("role", true))
		switch {
		case entry.err != nil:
			d.fail(at, entry.err.Error())
		case err != nil:
			d.fail(at, "public_key: "+err.Error())
		default:
			keys = append(keys, TrustedKey{key, role})
		}
	}
	return keys
}

func (d *memberReader) tiers(name string) map[string]Tier {
	v := d.value(name, envelope.Object, true)
	if v == nil {
		return nil
	}
	tiers := make(map[string]Tier, len(v.Members))
	for i := range v.Members {
		m := &v.Members[i]
		if m.Value.Type != envelope.Object {
			d.fail(name, "of "+strconv.Quote(m.Name)+": must be an object")
			return nil
		}
		entry := memberReader{root: &m.Value}
		entry.noFoldedNames(tierMembers)
		features, present := entry.texts("features", maxFeatures)
		if !present {
			entry.fail("features", "is missing")
		}
		tiers[m.Name] = Tier{Features: features, Limits: entry.limits("limits")}
		if entry.err != nil {
			d.fail(name, "of "+strconv.Quote(m.Name)+": "+entry.err.Error())
		}
	}
	return tiers
}

func (d *memberReader) trial(name string) *Trial {
	v := d.value(name, envelope.Object, false)
	if v == nil {
		return nil
	}
	entry := memberReader{root: v}
	entry.noFoldedNames(trialMembers)
	days, _ := entry.integer("days")
	if days > maxValidDays {
		entry.fail("days", "must be from 1 to 3660") // before it is made an int
		days = 0
	}
	t := &Trial{Days: int(days), Tier: entry.text("tier", true), Limits: entry.limits("limits")}
	if entry.err != nil {
		d.fail(name, entry.err.Error())
	}
	return t
}
