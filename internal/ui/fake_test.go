package ui

import (
	"io"
	"strings"
	"sync"
	"time"
)

// fakeTerminal gives out portions of input, one a read, and keeps what is
// written. After the last portion it is silent, or at its end where eof is set.
type fakeTerminal struct {
	mu       sync.Mutex
	portions []string
	pauses   map[int]bool // before these portions Ready is false once
	given    int
	eof      bool
	raw      int // how often it is raw now
	restored int
	out      strings.Builder
	silence  chan struct{} // never closed: a read of a silent terminal
}

func newFake(portions ...string) *fakeTerminal {
	return &fakeTerminal{portions: portions, pauses: map[int]bool{}, silence: make(chan struct{})}
}

func (f *fakeTerminal) Read(p []byte) (int, error) {
	f.mu.Lock()
	if f.given < len(f.portions) {
		n := copy(p, f.portions[f.given])
		f.portions[f.given] = f.portions[f.given][n:]
		if f.portions[f.given] == "" {
			f.given++
		}
		f.mu.Unlock()
		return n, nil
	}
	f.mu.Unlock()
	if f.eof {
		return 0, io.EOF
	}
	<-f.silence
	return 0, io.EOF
}

func (f *fakeTerminal) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.Write(p)
}

func (f *fakeTerminal) Raw() (func(), error) {
	f.raw++
	return func() { f.raw--; f.restored++ }, nil
}

func (f *fakeTerminal) Ready(time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pauses[f.given] {
		delete(f.pauses, f.given)
		return false
	}
	return f.given < len(f.portions)
}

func (f *fakeTerminal) Close() error { return nil }

func (f *fakeTerminal) written() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.String()
}
