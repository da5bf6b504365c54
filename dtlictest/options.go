package dtlictest

import (
	"maps"
	"time"

	"github.com/dtlic/dtlic/internal/mint"
)

// Option is what a license shall be like.
type Option func(*request)

type request struct {
	mint.Request
	issued   time.Time
	product  string
	stranger bool
	damage   func(blob string) string
}

// Holder is the person it is for.
func Holder(name, email string) Option {
	return func(r *request) { r.Name, r.Email = name, email }
}

// Tier is its tier. One that the product does not name is allowed here: such a
// license grants nothing but its own features.
func Tier(name string) Option { return func(r *request) { r.Tier = name } }

// Features are granted on top of the tier's.
func Features(names ...string) Option {
	return func(r *request) { r.Features = append(r.Features, names...) }
}

// Limit sets one limit, over the tier's.
func Limit(name string, n int64) Option {
	return func(r *request) {
		limits := map[string]int64{name: n}
		maps.Copy(limits, r.Limits)
		limits[name] = n
		r.Limits = limits
	}
}

// Trial makes it an evaluation license, with what the product's trial grants.
func Trial() Option { return func(r *request) { r.Trial = true } }

// LicenseKey is its ID, in place of one that counts up.
func LicenseKey(key string) Option { return func(r *request) { r.LicenseKey = key } }

// Issued is when it was issued, in place of the kit's clock.
func Issued(at time.Time) Option { return func(r *request) { r.issued = at } }

// Starts is when it begins, to the second.
func Starts(at time.Time) Option {
	return func(r *request) { r.StartsAt = at.Truncate(time.Second) }
}

// Ends is when it ends, to the second. One that has ended by the kit's clock
// was issued a year before its end.
func Ends(at time.Time) Option {
	return func(r *request) { r.ExpiresAt = at.Truncate(time.Second) }
}

// Perpetual lets it never end.
func Perpetual() Option {
	return func(r *request) {
		r.ExpiresAt = time.Time{}
		r.Term.Perpetual = true
	}
}

// Expired lets it have ended an hour ago by the kit's clock, or by Issued
// where that comes before it.
func Expired() Option {
	return func(r *request) { r.ExpiresAt = r.issued.Add(-time.Hour).Truncate(time.Second) }
}

// UpdatesUntil is the last build date it covers, to the second.
func UpdatesUntil(at time.Time) Option {
	return func(r *request) { r.Request.UpdatesUntil = at.Truncate(time.Second) }
}

// ForProduct makes it a license for another product, signed with the same key.
func ForProduct(name string) Option { return func(r *request) { r.product = name } }

// Stranger lets somebody sign it whose key the product does not trust.
func Stranger() Option { return func(r *request) { r.stranger = true } }

// Damaged changes a character of it after it was signed.
func Damaged() Option {
	return func(r *request) {
		r.damage = func(blob string) string {
			// In the payload, where every character is whole: "eyJ" is its head.
			at, c := len("DTLIC2:xxxxxxxxxxx.eyJ"), byte('A')
			if blob[at] == c {
				c = 'B'
			}
			return blob[:at] + string(c) + blob[at+1:]
		}
	}
}

// CutOff loses the end of it, as careless copying does.
func CutOff() Option {
	return func(r *request) {
		r.damage = func(blob string) string { return blob[:len(blob)-10] }
	}
}
