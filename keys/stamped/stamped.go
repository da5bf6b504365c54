// Package stamped is the slot of the buyer's program, which takes the seller's
// product file. Only that program links it: a second program with a slot would
// be one more thing to stamp by mistake.
package stamped
