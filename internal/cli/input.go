package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/internal/ui"
	"github.com/dtlic/dtlic/internal/wording"
)

// LicenseText reads the text that a person gives as BLOB, FILE or -; without
// an argument it asks at a terminal, and reads standard input off one. No
// more than Extract reads is ever kept, so that an endless input ends. An
// argument that is no file is never quoted in an error: it may be a secret.
func (a *App) LicenseText(args []string) (string, error) {
	fromStdin := len(args) == 0 || args[0] == "-"
	switch {
	case fromStdin && a.StdinTTY:
		return a.pastedLicense()
	case fromStdin:
		return a.standardInput()
	}
	_, err := a.Disk.Stat(args[0])
	if noFile := fsys.CheckName(args[0]) != nil || fsys.NoSuchName(err); noFile || err != nil {
		switch {
		case holdsLicense(args[0]):
			return args[0], nil
		case noFile:
			return "", Fail(dtlic.CodeMalformed, wording.NeitherLicenseNorFile, "", wording.PasteWhole)
		}
		return "", IO(wording.CannotRead, fsys.Reason(err))
	}
	data, err := a.interruptible(func() ([]byte, error) {
		return store.ReadSmall(a.Disk, args[0], dtlic.MaxText, store.ReadOptions{Follow: true})
	})
	switch {
	case errors.Is(err, store.ErrTooLarge):
		return tooLong(), nil
	case errors.Is(err, ui.ErrInterrupted):
		return "", err
	case err != nil:
		return "", IO(wording.CannotRead, err)
	}
	return string(data), nil
}

// ReadInput reads a whole file, or standard input for "-", of at most limit
// bytes; more is store.ErrTooLarge. The file may be a pipe, as a shell makes one
// for <(command): waiting for its other end can be interrupted.
func (a *App) ReadInput(path string, limit int64) ([]byte, error) {
	return a.interruptible(func() ([]byte, error) {
		if path != "-" {
			return store.ReadSmall(a.Disk, path, limit, store.ReadOptions{Follow: true})
		}
		data, err := io.ReadAll(io.LimitReader(a.Stdin, limit+1))
		if err == nil && int64(len(data)) > limit {
			err = fmt.Errorf("standard input has more than %d bytes: %w", limit, store.ErrTooLarge)
		}
		return data, err
	})
}

// holdsLicense tells whether an argument is a license, whole or not, rather
// than the name of a file.
func holdsLicense(arg string) bool {
	if strings.Contains(arg, "DTLIC") {
		return true
	}
	_, err := dtlic.ExtractAll(arg) // the tag may be broken over two lines
	return err == nil
}

func (a *App) standardInput() (string, error) {
	data, err := a.interruptible(func() ([]byte, error) {
		return io.ReadAll(io.LimitReader(a.Stdin, dtlic.MaxText+1))
	})
	if err != nil && !errors.Is(err, ui.ErrInterrupted) {
		err = IO(wording.CannotReadInput, err)
	}
	return string(data), err
}

// interruptible reads what may never come, such as a pipe that nobody writes
// to. A read cannot be called off; what is left of it ends with the program.
func (a *App) interruptible(read func() ([]byte, error)) ([]byte, error) {
	type answer struct {
		data []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		data, err := read()
		answers <- answer{data, err}
	}()
	select {
	case <-a.Context().Done():
		return nil, ui.ErrInterrupted
	case got := <-answers:
		return got.data, got.err
	}
}

// tooLong is a text of which Extract says what is wrong with it.
func tooLong() string { return strings.Repeat(" ", dtlic.MaxText+1) }
