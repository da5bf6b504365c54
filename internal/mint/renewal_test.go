package mint_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/mint"
	"github.com/dtlic/dtlic/keys/dev"
)

// running is a license of a year that still runs for half of it at now.
func running() dtlic.License {
	return dtlic.License{
		LicenseKey: "DT1-CORE-01234567-89abcdef", Product: "datatools", Name: "Ada Løvelace", Email: "ada@example.com",
		Tier: "core", IssuedAt: at("2026-05-31T08:00:00Z"), ExpiresAt: at("2027-05-31T08:00:00Z"),
	}
}

// renewals are running licenses, what is asked for, and what the renewal has
// other than the running license, whose issued_at is always now.
var renewals = []struct {
	name    string
	running func(l *dtlic.License)
	request func(r *mint.Request)
	want    func(l *dtlic.License)
	says    string
}{
	{
		"bare", nil, nil,
		func(l *dtlic.License) { l.ExpiresAt = at("2028-05-31T08:00:00Z") },
		"core, ends 2027-05-31T08:00:00Z → 2028-05-31T08:00:00Z",
	},
	{
		"an expired one, from now", func(l *dtlic.License) { l.ExpiresAt = at("2026-11-21T11:00:00Z") }, nil,
		func(l *dtlic.License) { l.ExpiresAt = at("2027-11-21T11:00:00Z") },
		"core, ends 2026-11-21T11:00:00Z → 2027-11-21T11:00:00Z",
	},
	{
		"one that begins later, from its end", func(l *dtlic.License) { l.StartsAt = at("2027-01-01T00:00:00Z") }, nil,
		func(l *dtlic.License) {
			l.StartsAt, l.ExpiresAt = at("2027-01-01T00:00:00Z"), at("2028-05-31T08:00:00Z")
		},
		"core, ends 2027-05-31T08:00:00Z → 2028-05-31T08:00:00Z",
	},
	{
		"a year from 29 February", func(l *dtlic.License) { l.ExpiresAt = at("2028-02-29T23:59:59Z") },
		func(r *mint.Request) { r.Term.Years = 1 },
		func(l *dtlic.License) { l.ExpiresAt = at("2029-02-28T23:59:59Z") },
		"core, ends 2028-02-29T23:59:59Z → 2029-02-28T23:59:59Z",
	},
	{
		"days", nil, func(r *mint.Request) { r.Term.Days = 30 },
		func(l *dtlic.License) { l.ExpiresAt = at("2027-06-30T08:00:00Z") },
		"core, ends 2027-05-31T08:00:00Z → 2027-06-30T08:00:00Z",
	},
	{
		"for ever", nil, func(r *mint.Request) { r.Term.Perpetual = true },
		func(l *dtlic.License) { l.ExpiresAt = dtlic.Perpetual() },
		"core, ends 2027-05-31T08:00:00Z → never",
	},
	{
		"an end", nil, func(r *mint.Request) { r.ExpiresAt = at("2027-12-31T23:59:59Z") },
		func(l *dtlic.License) { l.ExpiresAt = at("2027-12-31T23:59:59Z") },
		"core, ends 2027-05-31T08:00:00Z → 2027-12-31T23:59:59Z",
	},
	{
		"the same end: made anew", nil, func(r *mint.Request) { r.ExpiresAt = at("2027-05-31T08:00:00Z") },
		func(*dtlic.License) {},
		"core, ends 2027-05-31T08:00:00Z as before",
	},
	{
		"a start later than the end", nil, func(r *mint.Request) { r.StartsAt = at("2027-09-01T00:00:00Z") },
		func(l *dtlic.License) {
			l.StartsAt, l.ExpiresAt = at("2027-09-01T00:00:00Z"), at("2028-09-01T00:00:00Z")
		},
		"core, ends 2027-05-31T08:00:00Z → 2028-09-01T00:00:00Z",
	},
	{
		"an upgrade in mid-term", nil, func(r *mint.Request) { r.Tier = "pro" },
		func(l *dtlic.License) { l.Tier = "pro" },
		"core → pro, ends 2027-05-31T08:00:00Z as before",
	},
	{
		"an upgrade after the end", func(l *dtlic.License) { l.ExpiresAt = at("2026-11-01T00:00:00Z") },
		func(r *mint.Request) { r.Tier = "pro" },
		func(l *dtlic.License) { l.Tier, l.ExpiresAt = "pro", at("2027-11-21T11:00:00Z") },
		"core → pro, ends 2026-11-01T00:00:00Z → 2027-11-21T11:00:00Z",
	},
	{
		"an upgrade and a year", nil, func(r *mint.Request) { r.Tier, r.Term.Years = "pro", 1 },
		func(l *dtlic.License) { l.Tier, l.ExpiresAt = "pro", at("2028-05-31T08:00:00Z") },
		"core → pro, ends 2027-05-31T08:00:00Z → 2028-05-31T08:00:00Z",
	},
	{
		"the tier that it has is no upgrade", nil, func(r *mint.Request) { r.Tier = "core" },
		func(l *dtlic.License) { l.ExpiresAt = at("2028-05-31T08:00:00Z") },
		"core, ends 2027-05-31T08:00:00Z → 2028-05-31T08:00:00Z",
	},
	{
		"a feature more", func(l *dtlic.License) { l.Features = []string{"a", "b"} },
		func(r *mint.Request) { r.Features = []string{"b", "c"} },
		func(l *dtlic.License) { l.Features = []string{"a", "b", "c"} },
		"core, ends 2027-05-31T08:00:00Z as before, with c",
	},
	{
		"limits, some of them kept", func(l *dtlic.License) { l.Limits = map[string]int64{"rows": 9, "seats": 3, "jobs": 1} },
		func(r *mint.Request) { r.Tier, r.Limits = "pro", map[string]int64{"seats": 5, "hours": 0} },
		func(l *dtlic.License) {
			l.Tier, l.Limits = "pro", map[string]int64{"rows": 9, "seats": 5, "jobs": 1, "hours": 0}
		},
		"core → pro, ends 2027-05-31T08:00:00Z as before, limit hours=0, limit jobs=1 as before, limit rows=9 as before, limit seats=3 → 5",
	},
	{
		"all that it has is kept",
		func(l *dtlic.License) {
			l.StartsAt, l.Features, l.Limits = at("2026-06-01T00:00:00Z"), []string{"z", "a"}, map[string]int64{"seats": 3}
			l.Crit, l.Extra = []string{"limits"}, map[string]json.RawMessage{"x_order": json.RawMessage(`{"n":[1,2]}`)}
		},
		nil,
		func(l *dtlic.License) {
			l.StartsAt, l.Features, l.Limits = at("2026-06-01T00:00:00Z"), []string{"z", "a"}, map[string]int64{"seats": 3}
			l.Crit, l.Extra = []string{"limits"}, map[string]json.RawMessage{"x_order": json.RawMessage(`{"n":[1,2]}`)}
			l.ExpiresAt = at("2028-05-31T08:00:00Z")
		},
		"core, ends 2027-05-31T08:00:00Z → 2028-05-31T08:00:00Z",
	},
	{
		"updates move along", func(l *dtlic.License) { l.UpdatesUntil = at("2027-02-28T00:00:00Z") },
		func(r *mint.Request) { r.Term.Years = 2 },
		func(l *dtlic.License) {
			l.ExpiresAt, l.UpdatesUntil = at("2029-05-31T08:00:00Z"), at("2029-02-28T00:00:00Z")
		},
		"core, ends 2027-05-31T08:00:00Z → 2029-05-31T08:00:00Z, updates until 2027-02-28T00:00:00Z → 2029-02-28T00:00:00Z",
	},
	{
		"updates that ended, from now", func(l *dtlic.License) { l.UpdatesUntil = at("2026-07-01T00:00:00Z") }, nil,
		func(l *dtlic.License) {
			l.ExpiresAt, l.UpdatesUntil = at("2028-05-31T08:00:00Z"), at("2027-11-21T11:00:00Z")
		},
		"core, ends 2027-05-31T08:00:00Z → 2028-05-31T08:00:00Z, updates until 2026-07-01T00:00:00Z → 2027-11-21T11:00:00Z",
	},
	{
		"an end leaves updates", func(l *dtlic.License) { l.UpdatesUntil = at("2027-05-31T08:00:00Z") },
		func(r *mint.Request) { r.ExpiresAt = at("2028-01-01T00:00:00Z") },
		func(l *dtlic.License) {
			l.ExpiresAt, l.UpdatesUntil = at("2028-01-01T00:00:00Z"), at("2027-05-31T08:00:00Z")
		},
		"core, ends 2027-05-31T08:00:00Z → 2028-01-01T00:00:00Z, updates until 2027-05-31T08:00:00Z as before",
	},
	{
		"for ever leaves updates", func(l *dtlic.License) { l.UpdatesUntil = at("2027-05-31T08:00:00Z") },
		func(r *mint.Request) { r.Term.Perpetual = true },
		func(l *dtlic.License) { l.ExpiresAt, l.UpdatesUntil = dtlic.Perpetual(), at("2027-05-31T08:00:00Z") },
		"core, ends 2027-05-31T08:00:00Z → never, updates until 2027-05-31T08:00:00Z as before",
	},
	{
		"an upgrade leaves updates", func(l *dtlic.License) { l.UpdatesUntil = at("2027-05-31T08:00:00Z") },
		func(r *mint.Request) { r.Tier = "pro" },
		func(l *dtlic.License) { l.Tier, l.UpdatesUntil = "pro", at("2027-05-31T08:00:00Z") },
		"core → pro, ends 2027-05-31T08:00:00Z as before, updates until 2027-05-31T08:00:00Z as before",
	},
	{
		"updates alone", func(l *dtlic.License) { l.UpdatesUntil = at("2027-01-01T00:00:00Z") },
		func(r *mint.Request) { r.UpdatesUntil = at("2027-05-31T08:00:00Z") },
		func(l *dtlic.License) { l.UpdatesUntil = at("2027-05-31T08:00:00Z") },
		"core, ends 2027-05-31T08:00:00Z as before, updates until 2027-01-01T00:00:00Z → 2027-05-31T08:00:00Z",
	},
	{
		"given updates win over the term", func(l *dtlic.License) { l.UpdatesUntil = at("2027-01-01T00:00:00Z") },
		func(r *mint.Request) { r.Term.Years, r.UpdatesUntil = 1, at("2027-01-01T00:00:00Z") },
		func(l *dtlic.License) {
			l.ExpiresAt, l.UpdatesUntil = at("2028-05-31T08:00:00Z"), at("2027-01-01T00:00:00Z")
		},
		"core, ends 2027-05-31T08:00:00Z → 2028-05-31T08:00:00Z, updates until 2027-01-01T00:00:00Z as before",
	},
	{
		"updates of one that never ends", perpetual("2027-02-28T23:59:59Z"), nil,
		func(l *dtlic.License) { perpetual("2028-02-28T23:59:59Z")(l) },
		"core, never ends, updates until 2027-02-28T23:59:59Z → 2028-02-28T23:59:59Z",
	},
	{
		"ended updates of one that never ends", perpetual("2026-02-28T23:59:59Z"),
		func(r *mint.Request) { r.Term.Years = 1 },
		func(l *dtlic.License) { perpetual("2027-11-21T11:00:00Z")(l) },
		"core, never ends, updates until 2026-02-28T23:59:59Z → 2027-11-21T11:00:00Z",
	},
	{
		"updates by a date", perpetual("2027-02-28T23:59:59Z"),
		func(r *mint.Request) { r.UpdatesUntil = at("2027-12-31T23:59:59Z") },
		func(l *dtlic.License) { perpetual("2027-12-31T23:59:59Z")(l) },
		"core, never ends, updates until 2027-02-28T23:59:59Z → 2027-12-31T23:59:59Z",
	},
	{
		"a perpetual one's upgrade", perpetual(""), func(r *mint.Request) { r.Tier, r.Term.Perpetual = "pro", true },
		func(l *dtlic.License) { perpetual("")(l); l.Tier = "pro" },
		"core → pro, never ends",
	},
	{
		"a trial that is bought", trial, nil,
		func(l *dtlic.License) { l.Tier, l.ExpiresAt = "pro", at("2027-11-25T00:00:00Z") },
		"pro, trial → full license, ends 2026-11-25T00:00:00Z → 2027-11-25T00:00:00Z, without the limit rows=100",
	},
	{
		"a trial that is bought in another tier", trial, func(r *mint.Request) { r.Tier = "core" },
		func(l *dtlic.License) { l.ExpiresAt = at("2027-11-25T00:00:00Z") },
		"pro → core, trial → full license, ends 2026-11-25T00:00:00Z → 2027-11-25T00:00:00Z, without the limit rows=100",
	},
	{
		"a trial that is bought for ever, with updates for a time", trial,
		func(r *mint.Request) { r.Term.Perpetual, r.UpdatesUntil = true, at("2027-12-31T23:59:59Z") },
		func(l *dtlic.License) { perpetual("2027-12-31T23:59:59Z")(l); l.Tier = "pro" },
		"pro, trial → full license, ends 2026-11-25T00:00:00Z → never, updates until 2027-12-31T23:59:59Z, without the limit rows=100",
	},
	{
		"a trial that goes on", trial, func(r *mint.Request) { r.Trial = true },
		func(l *dtlic.License) { trial(l); l.ExpiresAt = at("2026-12-09T00:00:00Z") },
		"pro, still a trial, ends 2026-11-25T00:00:00Z → 2026-12-09T00:00:00Z",
	},
	{
		"a trial without an end that is bought",
		func(l *dtlic.License) { perpetual("")(l); l.Trial = true }, nil,
		func(l *dtlic.License) { perpetual("")(l) },
		"core, trial → full license, never ends",
	},
}

func perpetual(updates string) func(l *dtlic.License) {
	return func(l *dtlic.License) {
		l.ExpiresAt = dtlic.Perpetual()
		if updates != "" {
			l.UpdatesUntil = at(updates)
		}
	}
}

func trial(l *dtlic.License) {
	l.Tier, l.Trial, l.ExpiresAt, l.Limits = "pro", true, at("2026-11-25T00:00:00Z"), map[string]int64{"rows": 100}
}

func TestRenewal(t *testing.T) {
	for _, c := range renewals {
		t.Run(c.name, func(t *testing.T) {
			former, want := running(), running()
			var r mint.Request
			if c.running != nil {
				c.running(&former)
			}
			if c.request != nil {
				c.request(&r)
			}
			c.want(&want)
			want.IssuedAt = at("2026-11-21T11:00:00Z")
			before := string(former.AppendPayload(nil))
			got, err := mint.Renewal(product(t), &former, r, now)
			if err != nil {
				t.Fatal(err)
			}
			if g, w := string(got.AppendPayload(nil)), string(want.AppendPayload(nil)); g != w {
				t.Errorf("got %s\nwant %s", g, w)
			}
			if says := mint.Changes(&former, &got); says != c.says {
				t.Errorf("says %q\nwant %q", says, c.says)
			}
			if after := string(former.AppendPayload(nil)); after != before {
				t.Errorf("the running license was changed: %s", after)
			}
		})
	}
}

// Whatever Renewal makes, the buyer's program takes in place of the former.
func TestRenewalsAreTaken(t *testing.T) {
	key, err := mint.NewKey(dev.PrivateKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range renewals {
		t.Run(c.name, func(t *testing.T) {
			former := running()
			var r mint.Request
			if c.running != nil {
				c.running(&former)
			}
			if c.request != nil {
				c.request(&r)
			}
			next, err := mint.Renewal(product(t), &former, r, now)
			if err != nil {
				t.Fatal(err)
			}
			clock := later(former.IssuedAt, former.StartsAt)
			o := dtlic.Options{
				Now: func() time.Time { return clock }, Getenv: func(string) string { return "" }, Home: t.TempDir(), Development: true,
			}
			before, err := key.Sign(&former)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := dtlic.Activate(*product(t), before, former.Holder(), o); err != nil {
				t.Fatal(err)
			}
			clock = later(next.IssuedAt, next.StartsAt)
			after, err := key.Sign(&next)
			if err != nil {
				t.Fatal(err)
			}
			done, err := dtlic.Renew(*product(t), after, o)
			if err != nil || !done.Changed || done.License.Blob() != after {
				t.Errorf("%+v, %v", done, err)
			}
		})
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func TestRenewalsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		running func(l *dtlic.License)
		request func(r *mint.Request)
		want    error
		says    string
	}{
		{
			"an earlier end", nil, func(r *mint.Request) { r.ExpiresAt = at("2027-05-31T07:59:59Z") },
			new(mint.EarlierError), "it ends 2027-05-31T08:00:00Z, and would end 2027-05-31T07:59:59Z",
		},
		{
			"an end for what never ends", perpetual(""), func(r *mint.Request) { r.ExpiresAt = at("2099-05-31T08:00:00Z") },
			new(mint.EarlierError), "it never ends, and would end 2099-05-31T08:00:00Z",
		},
		{
			"updates that end earlier", perpetual("2027-02-28T23:59:59Z"), func(r *mint.Request) { r.UpdatesUntil = at("2027-02-28T23:59:58Z") },
			new(mint.EarlierError), "it covers updates until 2027-02-28T23:59:59Z, and would cover them until 2027-02-28T23:59:58Z",
		},
		{
			"updates that end", nil, func(r *mint.Request) { r.UpdatesUntil = at("2040-01-01T00:00:00Z") },
			new(mint.EarlierError), "it covers updates without end, and would cover them until 2040-01-01T00:00:00Z",
		},
		{"a trial that goes on with updates that end", trial, func(r *mint.Request) {
			r.Trial, r.UpdatesUntil = true, at("2040-01-01T00:00:00Z")
		}, new(mint.EarlierError), "without end"},
		{"nothing that ends", perpetual(""), nil, mint.ErrNothingToRenew, "never ends and covers all updates"},
		{"a year of nothing", perpetual(""), func(r *mint.Request) { r.Term.Years = 1 }, mint.ErrNothingToRenew, ""},
		{
			"for how long", perpetual("2027-02-28T23:59:59Z"), func(r *mint.Request) { r.Term.Perpetual = true },
			mint.ErrNoTerm, "nothing says until when",
		},
		{"a full license as a trial", nil, func(r *mint.Request) { r.Trial = true }, mint.ErrTrialOfFull, ""},
		{
			"a tier that is not there", nil, func(r *mint.Request) { r.Tier = "gold" },
			&mint.UnknownTierError{}, `unknown tier "gold"`,
		},
		{
			"a tier that is no more", func(l *dtlic.License) { l.Tier = "old" }, nil,
			&mint.UnknownTierError{}, `unknown tier "old"`,
		},
		{
			"issued after now", func(l *dtlic.License) { l.IssuedAt = at("2026-11-21T11:00:01Z") }, nil, nil,
			"it was issued 2026-11-21T11:00:01Z, and this computer's clock says 2026-11-21T11:00:00Z",
		},
		{
			"a new end that has passed", func(l *dtlic.License) { l.ExpiresAt = at("2026-06-30T00:00:00Z") },
			func(r *mint.Request) { r.ExpiresAt = at("2026-11-21T11:00:00Z") }, nil,
			"its new end, 2026-11-21T11:00:00Z, has passed",
		},
		{"a feature twice", nil, func(r *mint.Request) { r.Features = []string{"a", "a"} }, nil, "features must not hold a text twice"},
		{"a limit below zero", nil, func(r *mint.Request) { r.Limits = map[string]int64{"seats": -1} }, nil, "a limit must be a whole number"},
		{"beyond all years", nil, func(r *mint.Request) { r.Term.Years = 7973 }, nil, "expires_at must be a whole second from 1970 to 9999"},
	} {
		t.Run(c.name, func(t *testing.T) {
			former := running()
			var r mint.Request
			if c.running != nil {
				c.running(&former)
			}
			if c.request != nil {
				c.request(&r)
			}
			l, err := mint.Renewal(product(t), &former, r, now)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v, %s", err, l.AppendPayload(nil))
			}
			matches := c.want == nil || errors.Is(err, c.want)
			switch c.want.(type) {
			case *mint.EarlierError:
				_, matches = errors.AsType[*mint.EarlierError](err)
			case *mint.UnknownTierError:
				_, matches = errors.AsType[*mint.UnknownTierError](err)
			}
			if !matches {
				t.Errorf("a %T", err)
			}
		})
	}
}

func TestReadUnverified(t *testing.T) {
	key, err := mint.NewKey(dev.PrivateKey())
	if err != nil {
		t.Fatal(err)
	}
	former := running()
	former.Limits, former.Extra = map[string]int64{"seats": 3}, map[string]json.RawMessage{"x_a": json.RawMessage("1")}
	blob, err := key.Sign(&former)
	if err != nil {
		t.Fatal(err)
	}
	tail := 10
	if blob[len(blob)-tail] == 'A' {
		tail++
	}
	damaged := blob[:len(blob)-tail] + "A" + blob[len(blob)-tail+1:]
	for _, text := range []string{blob, damaged} {
		l, err := mint.ReadUnverified(product(t), text)
		if err != nil || string(l.AppendPayload(nil)) != string(former.AppendPayload(nil)) {
			t.Errorf("%v, %s", err, l.AppendPayload(nil))
		}
	}
	other := *product(t)
	other.Name = "other"
	if _, err := mint.ReadUnverified(&other, blob); !errors.Is(err, dtlic.ErrWrongProduct) {
		t.Errorf("of another product: %v", err)
	}
	for _, text := range []string{"", "DTLIC1:x", blob[:100], "DTLIC2:AAAAAAAAAAA.e30." + blob[len(blob)-86:]} {
		if l, err := mint.ReadUnverified(product(t), text); err == nil {
			t.Errorf("%q: %s", text, l.AppendPayload(nil))
		}
	}
}

func TestUnknownMember(t *testing.T) {
	l := running()
	payload := string(l.AppendPayload(nil))
	text := func(members string) string {
		key, text := envelope.KeyID(ed25519.PublicKey(dev.PrivateKey()[32:])), []byte(nil)
		text = envelope.AppendUnsigned(text, envelope.License, key, []byte(payload[:len(payload)-1]+members+"}"))
		return string(envelope.AppendSignature(text, ed25519.Sign(dev.PrivateKey(), text)))
	}
	for members, want := range map[string]string{
		"": "", `,"seats":3`: "seats", `,"offline":false`: "", `,"offline":true`: "offline", `,"features":[],"limits":{}`: "",
		`,"trial":false,"floors":[1],"x":2`: "floors",
	} {
		if got := mint.UnknownMember(&l, text(members)); got != want {
			t.Errorf("%s: %q", members, got)
		}
	}
}
