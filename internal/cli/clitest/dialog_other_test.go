//go:build !linux

package clitest

import "github.com/rogpeppe/go-internal/testscript"

// dialog needs the pseudo-terminals of Linux; scripts that use it skip elsewhere.
func dialog(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("dialog is for Linux alone")
}
