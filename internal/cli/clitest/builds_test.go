package clitest

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/dtlic/dtlic"
)

// goodSeed is the signing key of the product builds, 64 hex digits.
var goodSeed = strings.Repeat("5e", ed25519.SeedSize)

// productBuilds builds both programs as somebody ships them: with a good key, and
// as nobody may; and the toolkit as it is published: for the scripts build_*, in a
// folder beside theirs.
func productBuilds() (string, error) {
	dir, err := os.MkdirTemp(os.Getenv("GOTMPDIR"), "dtlic-builds")
	if err != nil {
		return "", err
	}
	if err := toolkitBuild(filepath.Join(dir, "toolkit")); err != nil {
		return "", err
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := fmt.Sscanf(goodSeed, "%x", &seed); err != nil {
		return "", err
	}
	good := fmt.Sprintf("%x", ed25519.NewKeyFromSeed(seed).Public())
	for name, baked := range map[string]string{
		"good":     good,
		"nokey":    "",
		"devkey":   good + "," + dtlic.DevelopmentKey,
		"loworder": strings.Repeat("00", 32),
		"twice":    good + "," + good,
	} {
		for _, program := range []string{"dtlic", "dtlic-buyer"} {
			if program == "dtlic" && name != "good" && name != "nokey" {
				continue // what both programs ask is the same
			}
			cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "dtlic_product",
				"-ldflags", "-s -w -X github.com/dtlic/dtlic/keys.baked="+baked,
				"-o", filepath.Join(dir, name, program), "github.com/dtlic/dtlic/cmd/"+program)
			if out, err := cmd.CombinedOutput(); err != nil {
				return "", fmt.Errorf("go build: %w\n%s", err, out)
			}
		}
	}
	return dir, nil
}

// toolkitBuild makes dir what the release archive of this platform holds, with
// templates for this platform and Windows; or a link to the archive that
// $DTLIC_TEST_TOOLKIT names, unpacked.
func toolkitBuild(dir string) error {
	if archive := os.Getenv("DTLIC_TEST_TOOLKIT"); archive != "" {
		return os.Symlink(archive, dir)
	}
	cmd := exec.Command("go", "run", "./scripts/toolkit", "-version", "v0.0.0-test",
		"-platforms", runtime.GOOS+"/"+runtime.GOARCH+",windows/amd64", "-o", dir)
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("scripts/toolkit: %w\n%s", err, out)
	}
	return nil
}
