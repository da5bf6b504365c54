package ledger

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dtlic/dtlic/internal/journal"
)

// Damage gathers the errors about lines that cannot be read, and names the first
// few: a file of another kind has millions of them. The zero Damage has none.
type Damage struct {
	lines []error
	count int
}

// MaxDamaged is how many damaged lines are named.
const MaxDamaged = 5

// Add takes an error about a line, a [*journal.LineError] or a [*RefusedError]. It
// returns false for any other error.
func (d *Damage) Add(err error) bool {
	_, damaged := errors.AsType[*journal.LineError](err)
	_, refused := errors.AsType[*RefusedError](err)
	if !damaged && !refused {
		return false
	}
	if d.count++; len(d.lines) < MaxDamaged {
		d.lines = append(d.lines, err)
	}
	return true
}

// Err joins the errors about the first lines, and one that
// counts the others; it is nil without damage.
func (d *Damage) Err() error {
	lines := d.lines
	if more := d.count - len(lines); more > 0 {
		lines = append(slices.Clip(lines), fmt.Errorf("and %d more lines like these", more))
	}
	return errors.Join(lines...)
}
