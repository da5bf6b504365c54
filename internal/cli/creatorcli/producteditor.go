package creatorcli

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/store"
)

// editByHand has a copy of the product file edited until it is good, or the
// person gives up. The copy is removed once it is of no more use, and else named.
func (a *app) editByHand(file *productFile, yes bool) error {
	argv, err := a.editor(file.path)
	if err != nil {
		return err
	}
	path, err := a.copyToEdit(file)
	if err != nil {
		return err
	}
	for {
		text, err := a.edited(argv, path)
		if err == nil {
			var done bool
			if done, err = a.changeProduct(file, replacing(file.text, text), yes); done || err == nil && bytes.Equal(text, file.text) {
				a.removeCopy(path)
				return err
			}
		} else if bytes.Equal(text, file.text) {
			a.removeCopy(path)
			return err
		}
		if dtlic.CodeOf(err) == cli.CodeBadRecord && a.Interactive() {
			a.PrintError(err)
			again, askErr := a.Confirm("Edit again?", true)
			if again {
				continue
			}
			if err = cli.Shown(err); askErr != nil {
				err = askErr
			}
		}
		a.sayKept(file, path)
		return err
	}
}

// sayKept names a copy that was not put into place, and how to go on with it.
func (a *app) sayKept(file *productFile, path string) {
	if there, _ := file.place.Exists(path); !there {
		return
	}
	a.Say("what was edited is kept in %q", path)
	if now, err := file.place.ProductText(); err == nil && !bytes.Equal(now, file.text) {
		// --from would take back what the other one changed.
		a.Say("the product file is another one by now: to go on, open it again with dtlic product edit, and bring your change over from there")
		return
	}
	a.Say("to go on with it: dtlic product check %[1]s, and then: dtlic product edit --from %[1]s", here.word(path))
}

// copyToEdit makes a private copy of a product file and returns its path.
func (a *app) copyToEdit(file *productFile) (string, error) {
	if err := file.place.Make(a.warnText); err != nil {
		return "", cli.IO("cannot use the creator's directory", err)
	}
	var id [4]byte
	if _, err := io.ReadFull(a.Random, id[:]); err != nil {
		return "", cli.IO("cannot name a copy of the product file", err)
	}
	path := file.place.EditFile(hex.EncodeToString(id[:]))
	if err := store.CreateExclusive(a.Disk, path, file.text, 0o600); err != nil {
		return "", cli.IO("cannot make a copy of the product file to edit", err)
	}
	return path, nil
}

// edited runs the editor and returns what it left, also with an error where that
// can be read.
func (a *app) edited(argv []string, path string) ([]byte, error) {
	failure := a.Edit(append(argv, path))
	text, err := store.ReadSmall(a.Disk, path, creator.MaxProductText, store.ReadOptions{RegularOnly: true})
	switch {
	case failure != nil:
		return text, cli.Fail(dtlic.CodeIO, fmt.Sprintf("the editor %q failed", argv[0]), failure.Error(), "name another one: EDITOR=nano dtlic product edit")
	case err != nil:
		return nil, cli.IO("cannot read what was edited", err)
	}
	return text, nil
}

// removeCopy removes a copy that is of no more use; that it stays is no harm.
func (a *app) removeCopy(path string) {
	if err := store.Remove(a.Disk, path); err != nil {
		a.Warn("%s", err)
	}
}

// editor is the command line of the person's editor, as words.
func (a *app) editor(path string) ([]string, error) {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		line := a.Getenv(name)
		if strings.TrimSpace(line) == "" {
			continue
		}
		if info, err := a.Disk.Stat(line); err == nil && !info.IsDir() {
			return []string{line}, nil // a path with spaces in it, as on Windows
		}
		argv, err := splitWords(line)
		if err != nil {
			return nil, cli.UsageHint("put the path between quotes, and arguments behind it", "$%s: %s", name, err)
		}
		return argv, nil
	}
	if a.DefaultEditor != "" {
		return []string{a.DefaultEditor}, nil
	}
	return nil, cli.UsageHint("set EDITOR, or give flags: dtlic product edit --help",
		"neither $VISUAL nor $EDITOR is set; the file is %q, and dtlic product check says whether it is fit", path)
}

// splitWords splits a command line as a shell does, as far as quotes and
// backslashes go. A backslash before anything but a blank, a quote or a backslash
// stands for itself, so that paths of Windows stay whole.
func splitWords(line string) (words []string, err error) {
	var word strings.Builder
	var quote rune
	begun, escaped := false, false
	for i, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'' && i+1 < len(line) && strings.IndexByte(" \t\"'\\", line[i+1]) >= 0:
			begun, escaped = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if begun {
		words = append(words, word.String())
	}
	if words[0] == "" {
		return nil, errors.New("it names no program")
	}
	return words, nil
}
