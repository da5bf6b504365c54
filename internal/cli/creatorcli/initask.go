package creatorcli

import (
	"fmt"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/keys"
)

// question is one that init asks, where a flag does not answer it.
type question struct {
	answer     *string
	flag, text string
	suggest    func() string // nil, or an answer of "", for no suggestion
	check      func(answer string) error
}

// questions are in an order in which each suggestion and check has the answers
// that it looks at.
func (a *app) questions(f *initFlags) []question {
	return []question{
		{&f.product, "product", "Product, in lower case (it names files and variables)", nil, a.checkNewProduct},
		{&f.title, "title", "Title, as buyers read it", func() string { return titleOf(f.product) }, checkIn(func(p *dtlic.Product, s string) { p.Title = s })},
		{&f.support, "support", "Support: a mail or https address for buyers", nil, checkIn(func(p *dtlic.Product, s string) { p.Support = s })},
		{&f.program, "program", "The buyer's program", func() string { return f.product + "-license" }, checkIn(func(p *dtlic.Product, s string) { p.Program = s })},
		{&f.tiers, "tiers", "Tiers and their features, like basic=export,studio=export+batch", func() string { return "standard=app" }, f.checkTiers},
		{&f.defaultTier, "default-tier", "Tier that is minted where none is named", f.firstTier, f.checkDefaultTier},
		{&f.defaultTerm, "default-term", "Term that is minted where none is named (1y, 90d, perpetual)", func() string { return "1y" }, checkTerm},
	}
}

// askInit completes the answers, at a terminal by asking, else by suggestions;
// what has none is a usage error. All flags are checked before the first question,
// and each answer before the next one.
func (a *app) askInit(f *initFlags) error {
	questions := a.questions(f)
	for _, q := range questions {
		if *q.answer == "" {
			continue
		}
		if err := q.checked(); err != nil {
			return err
		}
	}
	for _, q := range questions {
		suggestion := ""
		if q.suggest != nil {
			suggestion = q.suggest()
		}
		switch {
		case *q.answer != "":
		case !f.yes && a.Interactive():
			answer, err := a.Ask(q.text, suggestion, q.check)
			if err != nil {
				return err
			}
			*q.answer = answer
			continue
		case suggestion == "":
			return cli.UsageHint("dtlic init --help", "--%s is needed", q.flag)
		default:
			*q.answer = suggestion
		}
		if err := q.checked(); err != nil { // a flag again: there are more answers now
			return err
		}
	}
	return nil
}

// checked checks an answer that nobody can be asked for again.
func (q *question) checked() error {
	err := q.check(*q.answer)
	if err != nil && dtlic.CodeOf(err) == "" {
		return cli.UsageHint("dtlic init --help", "--%s: %s", q.flag, err)
	}
	return err
}

// checkNewProduct checks a product's name, what is made of it, and that it takes
// nothing from the products there are.
func (a *app) checkNewProduct(name string) error {
	if err := checkProduct(name); err != nil {
		return err
	}
	place := a.home.Place(name)
	if there, err := place.Exists(place.ProductFile()); err != nil {
		return cli.IO("cannot look at the creator's directory", err)
	} else if there {
		return isThere(place, name)
	}
	what, why, err := a.clash(&dtlic.Product{Name: name, EnvPrefix: envPrefix(name), Directory: directory(name)})
	if err == nil && what != "" {
		err = cli.UsageHint("choose another --product", "%s: %s", what, why)
	}
	return err
}

func isThere(place creator.Place, name string) error {
	return cli.Fail(dtlic.CodeIO, "this product is there already", fmt.Sprintf("%q", place.ProductFile()),
		"dtlic product use "+name+", or choose another --product")
}

// checkIn checks an answer by the rules of the product file: in one that is
// otherwise good.
func checkIn(set func(*dtlic.Product, string)) func(string) error {
	return func(answer string) error {
		p, err := (&initFlags{
			product: "example", title: "Example", program: "example", support: "help@example.com",
			tiers: "standard=app", defaultTier: "standard", defaultTerm: "1y",
		}).toProduct()
		if err == nil {
			p.Keys, err = keys.ParseList(dtlic.DevelopmentKey) // any key will do
		}
		if err != nil {
			return err
		}
		set(&p, answer)
		return p.Validate()
	}
}

func checkName(s string) error {
	if !dtlic.IsName(s) {
		return fmt.Errorf("it must be 1 to 64 of a-z 0-9 . _ - and begin with a letter or digit")
	}
	return nil
}

// checkProduct checks a product's name, and the directory that is named after it.
func checkProduct(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	err := checkIn(func(p *dtlic.Product, name string) { p.Directory = directory(name) })(name)
	if err != nil {
		why := strings.TrimPrefix(err.Error(), "directory ")
		return fmt.Errorf("%q cannot be used: the buyers' directory would be %q, which %s", name, directory(name), why)
	}
	return nil
}

func (f *initFlags) checkTiers(s string) error {
	tiers, first, err := parseTiers(s)
	if err == nil {
		err = checkIn(func(p *dtlic.Product, _ string) { p.Tiers, p.DefaultTier = tiers, first })(s)
	}
	if err == nil && f.tiers == "" && f.defaultTier != "" { // asked for, with the default given
		err = hasTier(tiers, f.defaultTier)
	}
	return err
}

// checkDefaultTier looks among the tiers, once these are known.
func (f *initFlags) checkDefaultTier(s string) error {
	if f.tiers == "" {
		return nil
	}
	tiers, _, err := parseTiers(f.tiers)
	if err == nil {
		err = hasTier(tiers, s)
	}
	return err
}

func hasTier(tiers map[string]dtlic.Tier, name string) error {
	if _, ok := tiers[name]; ok {
		return nil
	}
	p := dtlic.Product{Tiers: tiers}
	return fmt.Errorf("there is no tier %q; there are: %s", name, strings.Join(p.TierNames(), ", "))
}

func checkTerm(s string) error {
	_, err := dtlic.ParseTerm(s)
	return err
}

func titleOf(product string) string {
	if product == "" {
		return ""
	}
	return strings.ToUpper(product[:1]) + product[1:]
}

func (f *initFlags) firstTier() string {
	_, first, _ := parseTiers(f.tiers) // checked before
	return first
}
