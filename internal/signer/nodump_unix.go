//go:build unix

package signer

import "syscall"

// ForbidDumps keeps a private key in memory out of core dumps, which
// GOTRACEBACK=crash or a signal would write. A system that has no such switch
// is no reason to fail.
func ForbidDumps() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	forbidDumps()
}
