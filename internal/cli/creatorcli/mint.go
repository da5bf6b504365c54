package creatorcli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/mint"
)

// mintFlags are what mint was asked for.
type mintFlags struct {
	name, email, tier     string
	years, days           int
	yearsGiven, daysGiven bool
	expires               string
	perpetual             bool
	licenseKey, output    string
	noLog, mail, trial    bool
	features, limits      []string
	starts, updates, note string
	renew                 string
}

const mintLong = `Mint one license and print it, alone, on standard output.

The license is written into the issuance log before anybody sees it; the same
text can be had again at any time with: dtlic log resend KEY

A date without a time means the end of that day, UTC (with --starts its
beginning). Tier and term default to the product's. At a terminal, name and
email are asked for where they are missing.

With --renew it is the running license of that license key, or of that mail
address, once more: the same holder, the same license key, and all that it has
unless another flag says otherwise. It runs on from its end, or from now where
that has passed. A change of the tier, of features, limits or updates without a
term keeps the end. A trial becomes a full license, unless --trial is there too.
The buyer gives the new text to renew.`

const mintExample = `  dtlic mint --name 'Ada Buyer' --email ada@example.com
  dtlic mint --name 'Ada Buyer' --email ada@example.com \
      --tier pro --years 2 --output ada.dtlic
  dtlic mint --name 'Ada Buyer' --email ada@example.com \
      --expires 2027-06-30 --mail
  dtlic mint --name 'Ada Buyer' --email ada@example.com \
      --perpetual --updates-until 2027-06-30
  dtlic mint --renew ada@example.com --years 1 --mail
  dtlic mint --renew DT1-CORE-5dd8e1db-d90c4656 --tier pro`

func (a *app) mintCommand() *cobra.Command {
	var f mintFlags
	cmd := &cobra.Command{
		Use: "mint", Short: "Mint a license", Long: mintLong, Example: mintExample,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.yearsGiven, f.daysGiven = cmd.Flags().Changed("years"), cmd.Flags().Changed("days")
			if cmd.Flags().Changed("key") && cmd.Flags().Changed("license-key") {
				return cli.Usage("give one of --license-key and --key, not both: they are the same")
			}
			return a.mint(f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "the holder's `NAME`")
	flags.StringVar(&f.renew, "renew", "", "renew or upgrade the license of `KEY|EMAIL`")
	flags.StringVar(&f.email, "email", "", "the holder's mail `ADDRESS`")
	flags.StringVar(&f.tier, "tier", "", "a `TIER` of the product")
	flags.IntVar(&f.years, "years", 0, "ends `N` years from its start, N from 1 to 1000")
	flags.IntVar(&f.days, "days", 0, "ends `N` days from its start, N from 1 to 366000")
	flags.StringVar(&f.expires, "expires", "", "ends at `DATE`: 2027-06-30 or 2027-06-30T12:00:00Z")
	flags.BoolVar(&f.perpetual, "perpetual", false, "never ends")
	flags.StringVar(&f.licenseKey, "license-key", "", "the license's `ID`, if not a random one")
	flags.StringVar(&f.licenseKey, "key", "", "the same as --license-key")
	flags.StringVarP(&f.output, "output", "o", "", "write the license to a new `FILE` instead")
	flags.BoolVar(&f.noLog, "no-log", false, "keep no record of it")
	flags.BoolVar(&f.mail, "mail", false, "print a text to mail to the buyer")
	flags.BoolVar(&f.trial, "trial", false, "an evaluation license, by the product's trial")
	flags.StringArrayVar(&f.features, "feature", nil, "a `FEATURE` on top of the tier's; may be repeated")
	flags.StringArrayVar(&f.limits, "limit", nil, "set the limit `NAME=NUMBER`; may be repeated")
	flags.StringVar(&f.starts, "starts", "", "not valid before `DATE`: 2027-01-01 or 2027-01-01T12:00:00Z")
	flags.StringVar(&f.updates, "updates-until", "", "covers builds up to `DATE`")
	flags.StringVar(&f.note, "note", "", "keep `TEXT` as a remark in the log; the buyer does not get it")
	_ = flags.MarkHidden("key") // the flag is there
	_ = cmd.RegisterFlagCompletionFunc("tier", a.completeTier)
	_ = cmd.RegisterFlagCompletionFunc("feature", a.completeFeature)
	_ = cmd.RegisterFlagCompletionFunc("renew", a.completeKey)
	return cmd
}

func (a *app) completeTier(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	p, err := a.Product()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.TierNames(), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeFeature(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	p, err := a.Product()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.Features(), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) mint(f mintFlags) error {
	p, development, err := a.Resolve()
	if err != nil {
		return err
	}
	if err := a.checkLicenseKey(f.licenseKey); err != nil {
		return err
	}
	request, err := f.request()
	if err != nil {
		return err
	}
	if request.Trial && p.Trial == nil && request.Term == (dtlic.Term{}) && request.ExpiresAt.IsZero() {
		return cli.UsageHint("dtlic mint --trial --days 14 …", "product %q has no trial, so --trial needs an end, such as --days 14", p.Name)
	}
	for _, feature := range request.Features {
		if !slices.Contains(p.Features(), feature) {
			a.Warn("product %q has no tier with the feature %q; is that its name in the app?", p.Name, feature)
		}
	}
	// What can be refused is refused before anybody is asked.
	if err := a.checkOutput(f.output); err != nil {
		return err
	}
	var mail *mailTemplate
	if f.mail {
		if mail, err = a.mailTemplate(&p); err != nil {
			return err
		}
	}
	if _, known := p.Tiers[request.Tier]; !known && request.Tier != "" {
		return mintFailure(&p, &mint.UnknownTierError{Tier: request.Tier, Known: p.TierNames()})
	}
	key, err := a.signingKey(&p, development)
	if err != nil {
		return err
	}
	l, renewed, err := a.licenseFor(&p, request, f.renew)
	if err != nil {
		return err
	}
	issued, err := a.issue(&p, l, renewed, f, key)
	if err != nil {
		return err
	}
	issued.mail = mail
	return a.deliver(&p, issued, f)
}

// licenseFor decides what the license says; renewed is what it renews, nil for a
// new one.
func (a *app) licenseFor(p *dtlic.Product, r mint.Request, renew string) (l dtlic.License, renewed *former, err error) {
	if renew != "" {
		return a.renewal(p, r, renew)
	}
	if err := a.askHolder(&r); err != nil {
		return l, nil, err
	}
	if l, err = mint.License(p, r, a.Now(), a.Random); err != nil {
		return l, nil, mintFailure(p, err)
	}
	return l, nil, nil
}

// request turns the flags into what package mint decides about.
func (f *mintFlags) request() (r mint.Request, err error) {
	r = mint.Request{Name: f.name, Email: f.email, Tier: f.tier, Trial: f.trial, Features: f.features, LicenseKey: f.licenseKey}
	terms := 0
	for _, given := range []bool{f.yearsGiven, f.daysGiven, f.expires != "", f.perpetual} {
		if given {
			terms++
		}
	}
	switch {
	case terms > 1:
		return r, cli.Usage("give one of --years, --days, --expires and --perpetual, not several")
	case f.yearsGiven && (f.years < 1 || f.years > 1000):
		return r, cli.Usage("--years must be from 1 to 1000, not %d", f.years)
	case f.daysGiven && (f.days < 1 || f.days > 366000):
		return r, cli.Usage("--days must be from 1 to 366000, not %d", f.days)
	case f.noLog && f.note != "":
		return r, cli.Usage("--note goes into the log, and --no-log keeps none")
	case f.renew != "" && (f.name != "" || f.email != "" || f.licenseKey != ""):
		return r, cli.UsageHint("dtlic mint --name NAME --email EMAIL",
			"--renew keeps the holder and the license key, so that --name, --email and --license-key do not go with it; for another holder mint a new license")
	case f.renew != "" && f.noLog:
		return r, cli.Usage("--renew looks into the log, which must know the renewal too, so that --no-log does not go with it")
	}
	r.Term = dtlic.Term{Years: f.years, Days: f.days, Perpetual: f.perpetual}
	for _, d := range []struct {
		to   *time.Time
		flag string
		text string
		end  bool
	}{
		{&r.ExpiresAt, "expires", f.expires, true},
		{&r.StartsAt, "starts", f.starts, false},
		{&r.UpdatesUntil, "updates-until", f.updates, true},
	} {
		if d.text == "" {
			continue
		}
		if *d.to, err = parseDate(d.text, d.end); err != nil {
			return r, cli.Usage("--%s: %s", d.flag, err)
		}
	}
	r.Limits, err = parseLimits(f.limits)
	return r, err
}

// checkOutput refuses a new file that could not be written, before anything else
// is done.
func (a *app) checkOutput(path string) error {
	if path == "" {
		return nil
	}
	if err := fsys.CheckName(path); err != nil {
		return cli.Fail(dtlic.CodeIO, fmt.Sprintf("cannot write %q", path), err.Error(), "give --output another name")
	}
	if _, err := a.Disk.Lstat(path); err == nil {
		return cli.Fail(dtlic.CodeIO, fmt.Sprintf("%q is there already and is never overwritten", path), "", "give --output another name")
	}
	dir := filepath.Dir(path)
	if info, err := a.Disk.Stat(dir); err != nil {
		return cli.IO(fmt.Sprintf("cannot write into the directory %q", dir), fsys.Reason(err))
	} else if !info.IsDir() {
		return cli.Fail(dtlic.CodeIO, fmt.Sprintf("cannot write into %q", dir), "it is no directory", "")
	}
	return nil
}

// parseDate reads a date or a time; a date alone is the end of that day, UTC,
// or its beginning.
func parseDate(s string, end bool) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err == nil && end {
		t = t.Add(24*time.Hour - time.Second)
	}
	if err != nil {
		t, err = time.Parse(time.RFC3339, s)
		t = t.UTC().Truncate(time.Second)
	}
	switch {
	case err == nil && t.Unix() < 0:
		// The zero time of many languages, too, which must not mean "none".
		return time.Time{}, fmt.Errorf("%q lies before 1970", s)
	case err == nil:
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a date like 2027-06-30 or a time like 2027-06-30T12:00:00Z", s)
}

func parseLimits(list []string) (limits map[string]int64, err error) {
	for _, item := range list {
		name, number, _ := strings.Cut(item, "=")
		var n int64
		if _, err := fmt.Sscanf(number, "%d", &n); err != nil || fmt.Sprint(n) != number {
			return nil, cli.Usage("--limit must be NAME=NUMBER, not %q", item)
		}
		if limits == nil {
			limits = make(map[string]int64)
		}
		if _, twice := limits[name]; twice {
			return nil, cli.Usage("--limit %s stands twice", name)
		}
		limits[name] = n
	}
	return limits, nil
}

// checkLicenseKey refuses, without quoting it, what was meant for another flag:
// a file. A private key is refused in any flag.
func (a *app) checkLicenseKey(key string) error {
	if key == "" {
		return nil
	}
	looksLikeFile := slices.Contains([]string{".env", ".pem", ".key", ".age", ".dtlic", ".json"}, strings.ToLower(filepath.Ext(key)))
	if _, err := a.Disk.Lstat(key); err == nil || looksLikeFile {
		return cli.UsageHint("the signing key is read from the creator's directory or the environment, see: dtlic keygen --help",
			"--license-key looks like a file; it is the license's ID, such as DT1-CORE-5dd8e1db-d90c4656")
	}
	return nil
}

// askHolder asks for the name and the email that were not given.
func (a *app) askHolder(r *mint.Request) error {
	for _, part := range []struct {
		value          *string
		flag, question string
		check          func(string) error
	}{
		{&r.Name, "name", "Name of the license's holder", nil},
		{&r.Email, "email", "Mail address of the license's holder", checkMailAddress},
	} {
		if *part.value != "" {
			continue
		}
		if !a.Interactive() {
			return cli.UsageHint("dtlic mint --help", "--%s is needed", part.flag)
		}
		answer, err := a.Ask(part.question, "", part.check)
		if err != nil {
			return err
		}
		*part.value = answer
	}
	return nil
}

func checkMailAddress(s string) error {
	if !dtlic.IsMailAddress(s) {
		return errors.New("a mail address has an @ with something on both sides of it")
	}
	return nil
}
