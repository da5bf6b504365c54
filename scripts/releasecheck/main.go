// Command releasecheck builds the toolkit's release twice and looks at it as a
// stranger would:
//
//	go run ./scripts/releasecheck
//
// It clones HEAD into two folders of different depth, builds under another time
// zone, locale and umask in each, and compares every file. Then it opens what
// was built: archives, packages, manifests, SBOMs, checksums. It needs git, make
// and goreleaser (scripts/packages/goreleaser.sh finds or builds it); dpkg-deb,
// rpm and ruby are used where they are there, and named where they are not.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	once := flag.Bool("once", false, "build once and look at it, without the comparison")
	cold := flag.Bool("cold", false, "give the second build an empty build cache, so that it compiles everything again")
	flag.Parse()
	if err := run(*once, *cold); err != nil {
		fmt.Fprintln(os.Stderr, "releasecheck: error:", err)
		os.Exit(1)
	}
}

func run(once, cold bool) (err error) {
	dir, err := os.MkdirTemp("", "dtlic-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeAll(dir)) }()

	begin := time.Now()
	step := func(format string, args ...any) {
		fmt.Printf("%4.0fs  %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}
	goreleaser, err := findGoreleaser()
	if err != nil {
		return err
	}
	if err := command("", nil, goreleaser, "check", "--quiet"); err != nil {
		return fmt.Errorf("goreleaser check: %w", err)
	}
	step("goreleaser check: the configuration is valid, and nothing in it is deprecated")

	// Taken once: somebody may commit while this runs.
	commit, err := output("", nil, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	here := place{dir: filepath.Join(dir, "a"), zone: "UTC", locale: "C", umask: "022"}
	first, err := here.build(goreleaser, commit)
	if err != nil {
		return err
	}
	step("built %s in %s", first.version, here)
	if !once {
		there := place{
			dir: filepath.Join(dir, "another", "and", "much", "longer", "path"), zone: "Asia/Kathmandu", locale: "tr_TR.UTF-8", umask: "077",
			prefers: []string{"GOAMD64=v2", "GOARM64=v8.1", "GOFLAGS=-ldflags=-w", "GOEXPERIMENT=nogreenteagc"},
		}
		if cold {
			there.cache = filepath.Join(dir, "cache")
		}
		second, err := there.build(goreleaser, commit)
		if err != nil {
			return err
		}
		step("built %s in %s", second.version, there)
		if err := compare(first, second); err != nil {
			return err
		}
		step("all files of the two builds are equal; checksums.txt has SHA-256\n       %s\n       %s", first.sums.digest, second.sums.digest)
	}
	return inspect(first, filepath.Join(dir, "look"), step)
}

// inspect runs the checks of one build, each of which answers what is wrong.
func inspect(r *release, scratch string, step func(string, ...any)) error {
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return err
	}
	failed := 0
	for _, check := range []struct {
		what string
		run  func(*release, string) ([]string, error)
	}{
		{"checksums.txt names every file that is published, and its hash", checkSums},
		{"archives hold what they should, with fixed times, modes and owners", checkArchives},
		{"this platform's archive is what make toolkit lays out, and sells", checkToolkit},
		{"deb packages hold what they should, and sell", checkDeb},
		{"rpm packages hold what they should", checkRPM},
		{"manifests for Homebrew, Scoop and winget point to these archives", checkManifests},
		{"SBOMs name the linked modules, no time and no serial number", checkSBOMs},
	} {
		wrong, err := check.run(r, scratch)
		var skip skipped
		switch {
		case errors.As(err, &skip):
			step("%s: skipped, %s", check.what, skip)
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", check.what, err)
		case len(wrong) == 0:
			step("%s: ok", check.what)
			continue
		}
		failed++
		step("%s: WRONG", check.what)
		for _, w := range wrong {
			fmt.Println("         " + w)
		}
	}
	files, err := r.published()
	if err != nil {
		return err
	}
	fmt.Println()
	for _, f := range files {
		fmt.Printf("  %10d  %s\n", f.size, f.path)
	}
	if failed > 0 {
		return fmt.Errorf("%d checks of the release failed, see above", failed)
	}
	return nil
}

// skipped says why a check cannot run on this machine.
type skipped string

func (s skipped) Error() string { return string(s) }
