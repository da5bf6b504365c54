package creatorcli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/ledger"
)

func (a *app) logFindCommand() *cobra.Command {
	var order orderFlags
	var v view
	cmd := &cobra.Command{
		Use:   "find WORD",
		Short: "Find licenses by a part of the license key, the address or the name",
		Long: `Find licenses by a part of the license key, the mail address or the holder's
name; capital letters count as small ones. Of a license that was renewed the one
issued last is shown, with --all those before it too.

At a terminal the answer is a table; for scripts there are the same forms as of
dtlic log list.`,
		Example: "  dtlic log find ada\n  dtlic log find @example.com --sort expires\n  dtlic log find 5dd8e1db --all",
		Args:    cli.OneArg("the word to look for"),
		RunE: func(cmd *cobra.Command, args []string) error {
			order.limited = cmd.Flags().Changed("limit")
			return a.logFind(args[0], order, v)
		},
		ValidArgsFunction: a.completeKey,
	}
	order.add(cmd)
	a.addJSONLines(cmd, &v.lines)
	return cmd
}

func (a *app) logFind(word string, order orderFlags, v view) error {
	q := ledger.Question{Word: word, Now: a.Now()}
	if word == "" {
		return cli.Usage("the word to look for is empty")
	}
	if err := order.apply(&q); err != nil {
		return err
	}
	p, err := a.askedAbout(v.lines)
	if err != nil {
		return err
	}
	v.none = fmt.Sprintf("no license of the log has %q in its license key, address or name", word)
	v.columns = sortedBy(q.Sort, listColumns)
	return a.answer(&p, q, v)
}
