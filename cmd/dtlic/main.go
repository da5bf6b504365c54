// Command dtlic mints licenses and keeps the record of them.
package main

import (
	"os"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/cli/creatorcli"
)

func main() { os.Exit(cli.Main(creatorcli.New)) }
