// Package ptytest opens pseudo-terminals for tests, on Linux.
package ptytest
