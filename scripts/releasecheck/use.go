package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// use goes a seller's way, and a buyer's, with a dtlic as it was unpacked: what
// it says of itself, a product, programs for every platform out of the templates
// that it finds, a license, and its activation by the program made here. The
// home must not be there yet.
func (r *release) use(dtlic, home string) (wrong []string, err error) {
	if err := os.Mkdir(home, 0o700); err != nil {
		return nil, err
	}
	env := []string{"HOME=" + home, "USERPROFILE=" + home, "PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	said, err := output(home, env, dtlic, "version")
	if err != nil {
		return nil, err
	}
	for _, line := range []string{"version: v" + r.version, "commit: " + r.commit, "channel: toolkit"} {
		if !strings.Contains(said+"\n", line+"\n") {
			wrong = append(wrong, fmt.Sprintf("dtlic version does not say %q", line))
		}
	}
	for _, args := range [][]string{
		{"init", "--product", "notes", "--title", "Notes", "--support", "help@example.com", "--program", "notes-license", "--tiers", "basic=export", "--yes"},
		{"buyer", "build", "-o", "programs"},
		{"mint", "--name", "Ada Buyer", "--email", "ada@example.com", "-o", "ada.dtlic"},
	} {
		if err := command(home, env, dtlic, args...); err != nil {
			return nil, err
		}
	}
	for _, platform := range platforms {
		path := filepath.Join(home, buyers(platform))
		if err := command(home, env, dtlic, "buyer", "check", path); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	mine := filepath.Join(home, buyers(runtime.GOOS+"/"+runtime.GOARCH))
	if err := command(home, env, mine, "activate", "ada.dtlic", "--name", "Ada Buyer", "--email", "ada@example.com"); err != nil {
		return nil, err
	}
	if said, err = output(home, env, mine, "status"); err != nil {
		return nil, err
	}
	if !strings.Contains(said+"\n", "state: active\n") {
		wrong = append(wrong, fmt.Sprintf("the buyer's program says %q", said))
	}
	return wrong, nil
}

// buyers is where dtlic buyer build puts a platform's program.
func buyers(platform string) string {
	return filepath.Join("programs", strings.Replace(platform, "/", "_", 1), strings.Replace(program(platform), "dtlic", "notes-license", 1))
}
