// Package keys knows what a build of the programs is made of: its channel, the
// product it carries, and the public keys that were baked in.
//
//	development  any build from a checkout: the built-in product under the
//	             development key, or under $DATATOOLS_LICENSE_PUBKEY
//	toolkit      the published dtlic, built with -tags dtlic_toolkit: carries no
//	             product and no key, and works from the creator's product file
//	product      built with -tags dtlic_product: trusts the keys of the product
//	             file that it was stamped with, or else those that were baked in,
//	             and nothing else
package keys

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/slot"
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

// templates is the SHA-256 of the list of the templates that this toolkit was
// released with, 64 hex digits; set by the linker.
var templates string

// BuildChannel returns this build's channel.
func BuildChannel() Channel { return channel }

// Templates returns the SHA-256 of the list of the templates that belong to this
// toolkit, 64 hex digits, "" where its builder did not say.
func Templates() string { return templates }

// BuiltIn returns the product that this build carries, with the keys it trusts:
// in a product build the one in its slot, or the built-in one with the keys that
// were baked in; in a development build the built-in one with the development
// key, or with the keys of trusted, the value of $DATATOOLS_LICENSE_PUBKEY,
// which every other build ignores; in a toolkit none, which is no error.
//
// The error is of class [dtlic.ErrUnsafeBuild] where the build has no key, a
// refused one, or what its channel does not have; it has no class where trusted
// cannot be read.
func BuiltIn(ownSlot, trusted string) (p dtlic.Product, err error) {
	switch channel {
	case Product:
		p, err = product(ownSlot)
	case Toolkit:
		if baked != "" {
			err = errors.New("it has baked-in keys, and was built as a toolkit")
		}
	default:
		p, err = development(trusted)
	}
	if err != nil && dtlic.CodeOf(err) == "" && !errors.As(err, new(variableError)) {
		err = unsafe(err)
	}
	return p, err
}

// IsTemplate tells whether this build is a template of the buyer's program: one
// that is to be stamped with a product file first.
func IsTemplate(ownSlot string) bool {
	_, err := slot.Read(ownSlot)
	return channel == Product && isTemplate(err)
}

// isTemplate is IsTemplate for a product build whose slot was read with this
// error.
func isTemplate(err error) bool { return baked == "" && errors.Is(err, slot.ErrEmpty) }

// nobody is what a program without a product of its own calls itself, whatever
// the reason.
var nobody = dtlic.Product{Title: "an app", Program: "dtlic-buyer"}

// product is what a product build carries. After an error there are names to
// call the program by: never those of a product that it does not carry.
func product(ownSlot string) (dtlic.Product, error) {
	content, err := slot.Read(ownSlot)
	switch {
	case isTemplate(err):
		return nobody, errors.New("it is a template, without a product and without a key")
	case ownSlot == "" || errors.Is(err, slot.ErrEmpty):
		p := builtIn()
		if p.Keys, err = ParseList(baked); err != nil {
			return p, err
		}
		return p, dtlic.AssertProductionSafe(p)
	case err != nil:
		return nobody, err
	case baked != "":
		return nobody, errors.New("it was stamped, and has baked-in keys too")
	}
	p, err := dtlic.ParseProduct(content.Product)
	if err != nil {
		return nobody, err
	}
	return p, dtlic.AssertProductionSafe(p)
}

// development is what a development build carries.
func development(trusted string) (p dtlic.Product, err error) {
	p = builtIn()
	switch {
	case baked != "":
		return p, errors.New("it has baked-in keys, and was built without -tags dtlic_product")
	case trusted == "":
		p.Keys, err = ParseList(dtlic.DevelopmentKey)
		return p, err
	}
	if p.Keys, err = ParseList(trusted); err != nil {
		err = variableError{fmt.Errorf("$%s_LICENSE_PUBKEY: %w", p.EnvPrefix, err)}
	}
	return p, err
}

// variableError is about what a variable says, which makes no build unsafe.
type variableError struct{ error }

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
