package ui

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

func openDevice() (in, out *os.File, err error) {
	in, err = os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	out, err = os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = in.Close()
		return nil, nil, err
	}
	return in, out, nil
}

// closeInput does not wait. Package os would, for a read that is under way; and
// one that Ctrl-Break left behind ends with the next line that is typed.
func closeInput(in *os.File) error {
	go func() { _ = in.Close() }() // nothing was written to it
	return nil
}

var peekConsoleInput = windows.NewLazySystemDLL("kernel32.dll").NewProc("PeekConsoleInputW")

// inputRecord is the INPUT_RECORD of a key event.
type inputRecord struct {
	eventType uint16
	_         uint16
	keyDown   int32
	_         [3]uint16 // repeat count, key and scan code
	char      uint16
	_         uint32 // control keys
}

const (
	keyEvent  = 1
	peekEvery = 5 * time.Millisecond
)

// Ready looks for a key with a character: a console also queues events, such
// as the release of a key, that no read returns for.
func (d *device) Ready(wait time.Duration) bool {
	var records [64]inputRecord
	for {
		var n uint32
		ok, _, _ := peekConsoleInput.Call(d.in.Fd(), uintptr(unsafe.Pointer(&records[0])),
			uintptr(len(records)), uintptr(unsafe.Pointer(&n)))
		if ok == 0 {
			return false
		}
		for _, r := range records[:n] {
			if r.eventType == keyEvent && r.keyDown != 0 && r.char != 0 {
				return true
			}
		}
		if wait <= 0 {
			return false
		}
		time.Sleep(peekEvery)
		wait -= peekEvery
	}
}
