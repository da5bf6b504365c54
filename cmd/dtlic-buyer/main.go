// Command dtlic-buyer activates a license and looks after it.
package main

import (
	"os"

	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/keys/stamped"
)

func main() {
	env := cli.SystemEnv()
	env.Slot = stamped.Slot
	os.Exit(cli.Program(cli.Buyer).Run(env))
}
