package cli

import (
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/internal/wording"
)

// LicenseText reads the text that a person gives as BLOB, FILE or -; without
// an argument it asks at a terminal, and reads standard input off one. No
// more than Extract reads is ever kept, so that an endless input ends. An
// argument is never quoted in an error: it may be a secret.
func (a *App) LicenseText(args []string) (string, error) {
	switch {
	case len(args) == 0 && a.StdinTTY:
		return a.pastedLicense()
	case len(args) == 0 || args[0] == "-":
		return limited(a.Stdin)
	case strings.Contains(args[0], "DTLIC"):
		return args[0], nil
	}
	data, err := store.ReadSmall(a.Disk, args[0], dtlic.MaxText, store.ReadOptions{Follow: true})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", Fail(dtlic.CodeMalformed, wording.NeitherLicenseNorFile, "", wording.PasteWhole)
	case errors.Is(err, store.ErrTooLarge):
		return strings.Repeat(" ", dtlic.MaxText+1), nil // Extract says what is wrong with it
	case err != nil:
		return "", IO("cannot read the license", err)
	}
	return string(data), nil
}

func limited(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, dtlic.MaxText+1))
	if err != nil {
		return "", IO("cannot read the license from standard input", err)
	}
	return string(data), nil
}
