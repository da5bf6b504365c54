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

// Add takes an error about a line. It returns false for any other error.
func (d *Damage) Add(err error) bool {
	if _, ok := errors.AsType[*journal.LineError](err); !ok {
		return false
	}
	if d.count++; len(d.lines) < MaxDamaged {
		d.lines = append(d.lines, err)
	}
	return true
}

// Err joins a [*journal.LineError] for each of the first lines, and an error that
// counts the others; it is nil without damage.
func (d *Damage) Err() error {
	lines := d.lines
	if more := d.count - len(lines); more > 0 {
		lines = append(slices.Clip(lines), fmt.Errorf("and %d more lines like these", more))
	}
	return errors.Join(lines...)
}
