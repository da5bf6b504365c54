package cli

import (
	"errors"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/ui"
	"github.com/dtlic/dtlic/internal/wording"
)

// Ask asks for one line at the terminal.
func (a *App) Ask(question, def string, check func(string) error) (answer string, err error) {
	err = a.atTerminal(func(p *ui.Prompter) error {
		answer, err = p.Ask(a.Context(), question, def, func(answer string) error {
			if HoldsSecret(answer) {
				return errors.New(wording.LooksLikeSecret)
			}
			if check == nil {
				return nil
			}
			return check(answer)
		})
		return err
	})
	return answer, err
}

// Confirm asks a question that is answered with yes or no; def is what Enter means.
func (a *App) Confirm(question string, def bool) (yes bool, err error) {
	err = a.atTerminal(func(p *ui.Prompter) error {
		yes, err = p.Confirm(a.Context(), question, def)
		return err
	})
	return yes, err
}

// AskSecret asks for a line that is not shown. An error of check must not quote it.
func (a *App) AskSecret(question string, check func(string) error) (answer string, err error) {
	err = a.atTerminal(func(p *ui.Prompter) error {
		answer, err = p.ReadSecret(a.Context(), question, check)
		return err
	})
	return answer, err
}

// pastedLicense asks for a license, until the text holds a whole one.
func (a *App) pastedLicense() (text string, err error) {
	err = a.atTerminal(func(p *ui.Prompter) error {
		text, err = p.ReadPaste(a.Context(), wording.PastePrompt, func(text string) (bool, error) {
			_, err := dtlic.ExtractAll(text)
			return err == nil, err
		})
		return err
	})
	if errors.Is(err, ui.ErrTooLong) {
		return tooLong(), nil
	}
	return text, err
}

// atTerminal opens the terminal device, which is there even where standard
// input or output is a file.
func (a *App) atTerminal(do func(*ui.Prompter) error) error {
	t, err := a.Terminal()
	if err != nil {
		return IO(wording.CannotAsk, err)
	}
	defer func() { _ = t.Close() }() // the answer is there
	theme, plain := a.stderrTheme(), a.plain || a.Getenv("DTLIC_PLAIN") != "" || a.Getenv("TERM") == "dumb"
	if plain {
		theme = ui.Theme{} // whatever --color says
	}
	return do(ui.NewPrompter(t, theme, plain))
}
