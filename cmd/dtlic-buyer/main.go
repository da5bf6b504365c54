// Command dtlic-buyer activates a license and looks after it.
package main

import (
	"os"

	"github.com/dtlic/dtlic/internal/cli"
)

func main() { os.Exit(cli.Main(cli.Buyer)) }
