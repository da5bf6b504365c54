//go:build !dtlic_product

package stamped

// Slot is "": only builds that are shipped have one.
const Slot = ""
