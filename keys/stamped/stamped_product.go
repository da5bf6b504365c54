//go:build dtlic_product

package stamped

import _ "embed"

// Slot is the slot of this program, empty until the program is stamped.
//
//go:embed empty.slot
var Slot string
