package signer

// ForbidDumps does nothing: Windows writes no core dumps of its own accord.
func ForbidDumps() {}
