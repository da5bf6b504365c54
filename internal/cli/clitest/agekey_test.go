package clitest

import (
	"os"
	"path/filepath"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// agekey FILE NAME makes a key of age: FILE and $NAME_SECRET get its secret part,
// FILE.pub and $NAME its public one.
func agekey(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: agekey FILE NAME")
	}
	identity, err := age.GenerateX25519Identity()
	ts.Check(err)
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, []byte("# made for this test\n"+identity.String()+"\n"), 0o600))
	ts.Check(os.WriteFile(path+".pub", []byte(identity.Recipient().String()+"\n"), 0o600))
	ts.Setenv(args[1], identity.Recipient().String())
	ts.Setenv(args[1]+"_SECRET", identity.String())
}
