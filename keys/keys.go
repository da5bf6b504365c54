// Package keys knows what a build of the programs is made of: its channel, the
// built-in product, and the public keys that were baked in.
//
//	development  any build from a checkout: the built-in product under the
//	             development key, or under $DATATOOLS_LICENSE_PUBKEY
//	product      built with -tags dtlic_product and the seller's public keys:
//	             trusts these and nothing else
//	toolkit      reserved for the published dtlic, which has no product of its own
package keys

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dtlic/dtlic"
)

// Channel says what a build may trust.
type Channel string

// The channels.
const (
	Development Channel = "development"
	Toolkit     Channel = "toolkit"
	Product     Channel = "product"
)

// baked are the public keys of a product build, 64 hex digits each, separated
// by commas; set by the linker.
var baked string

// BuildChannel returns this build's channel.
func BuildChannel() Channel { return channel }

// BuiltIn returns the built-in product with the keys of this build. In a
// development build trusted, the value of $DATATOOLS_LICENSE_PUBKEY, replaces
// the development key where it is not empty; any other build ignores it. The
// error is of class [dtlic.ErrUnsafeBuild] where the build has no key, a
// refused one, or keys without being a product build; it has no class where
// trusted cannot be read.
func BuiltIn(trusted string) (p dtlic.Product, err error) {
	p = builtIn()
	switch {
	case channel == Product:
		p.Keys, err = ParseList(baked)
		if err == nil {
			err = dtlic.AssertProductionSafe(p)
		}
	case baked != "":
		err = errors.New("it has baked-in keys, and was built without -tags dtlic_product")
	case trusted != "":
		if p.Keys, err = ParseList(trusted); err != nil {
			return p, fmt.Errorf("$%s_LICENSE_PUBKEY: %w", p.EnvPrefix, err)
		}
	default:
		p.Keys, err = ParseList(dtlic.DevelopmentKey)
	}
	if err != nil && dtlic.CodeOf(err) == "" {
		err = unsafe(err)
	}
	return p, err
}

// ParseList reads public keys of 64 hex digits, separated by commas, all of
// role issuing, none twice.
func ParseList(list string) (trust []dtlic.TrustedKey, err error) {
	if strings.TrimSpace(list) == "" {
		return nil, errors.New("there is no public key")
	}
	for i, text := range strings.Split(list, ",") {
		key, err := dtlic.ParsePublicKey(text)
		if err != nil {
			return nil, fmt.Errorf("public key %d: %w", i+1, err)
		}
		for _, k := range trust {
			if k.PublicKey == key {
				return nil, fmt.Errorf("public key %d stands twice", i+1)
			}
		}
		trust = append(trust, dtlic.TrustedKey{PublicKey: key, Role: dtlic.RoleIssuing})
	}
	return trust, nil
}

func unsafe(err error) error {
	return &dtlic.Error{
		Code: dtlic.CodeUnsafeBuild, What: "this build is not safe to run", Why: err.Error(),
		Hint: "build it with: make release PUBKEY=<64 hex digits>",
	}
}

// builtIn is the example that development builds work with: a collection of
// data-cleaning tools in three tiers.
func builtIn() dtlic.Product {
	lite := []string{"deduplicator", "text-cleaner", "format-standardizer"}
	core := append(lite[:len(lite):len(lite)],
		"column-mapper", "missing-value-filler", "outlier-finder", "date-normalizer", "table-joiner", "schema-validator")
	pro := append(core[:len(core):len(core)], "batch-runner", "pipeline-scheduler")
	return dtlic.Product{
		Name:             "datatools",
		Title:            "DataTools",
		Program:          "dtlic-buyer",
		Support:          "support@example.com",
		LicenseKeyPrefix: "DT1",
		EnvPrefix:        "DATATOOLS",
		Directory:        ".datatools",
		Tiers: map[string]dtlic.Tier{
			"lite": {Features: lite},
			"core": {Features: core},
			"pro":  {Features: pro},
		},
		DefaultTier: "core",
		DefaultTerm: "1y",
		Trial:       &dtlic.Trial{Days: 14, Tier: "pro"},
	}
}
