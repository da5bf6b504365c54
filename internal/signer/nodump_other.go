//go:build unix && !linux

package signer

func forbidDumps() {}
