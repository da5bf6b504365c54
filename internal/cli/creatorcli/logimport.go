package creatorcli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

const importLong = `Add the licenses of a log that another toolkit wrote, as the Python predecessor
of this one: one line of JSON for each license, with at least license_key, name,
email, tier, issued_at, expires_at and blob.

Each line is added as it stands. Its license must be genuine for this product,
but for one of the older kind DTLIC1, which is kept for the record. Where one
line is wrong, nothing is added, and the message says which and why.`

// olderKind is the tag of licenses that the predecessor made, and that can be kept
// but not verified.
const olderKind = "DTLIC1:"

func (a *app) logImportCommand() *cobra.Command {
	var dryRun, unverified bool
	cmd := &cobra.Command{
		Use:     "import FILE",
		Short:   "Add the licenses of another toolkit's log",
		Long:    importLong,
		Example: "  dtlic log import --dry-run old.jsonl\n  dtlic log import old.jsonl",
		Args:    cli.OneArg("the file of the other log"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := someFiles(cmd, args); err != nil {
				return err
			}
			return a.takeOver(args, taking{verb: "import", dryRun: dryRun, foreign: true, check: func(p *dtlic.Product) (checkRecord, error) {
				if unverified {
					return ofProduct(p, "import"), nil
				}
				return a.genuine(p)
			}})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be added, and add nothing")
	cmd.Flags().BoolVar(&unverified, "unverified", false, "take licenses that are not genuine, too, such as those under a key that is no longer trusted")
	return cmd
}

// genuine refuses records whose license is not genuine for the product.
func (a *app) genuine(p *dtlic.Product) (checkRecord, error) {
	_, development, err := a.Resolve()
	if err != nil {
		return nil, err
	}
	v, err := dtlic.NewVerifier(*p, dtlic.Options{Now: a.Now, Development: development})
	if err != nil {
		return nil, err
	}
	sameProduct := ofProduct(p, "import")
	return func(r *ledger.Record) error {
		if err := sameProduct(r); err != nil || strings.HasPrefix(r.Blob, olderKind) {
			return err
		}
		if _, err := v.Genuine(r.Blob); err != nil {
			return notTaken{
				fmt.Errorf("its license is not genuine for product %q: %w", p.Name, err),
				func(file string) string {
					return "dtlic log import --unverified " + here.word(file) + " takes such licenses all the same"
				},
			}
		}
		return nil
	}, nil
}
