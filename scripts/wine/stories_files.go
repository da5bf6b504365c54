//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

func fileNames(s *scene) {
	file := s.folder + `\Lizenz für Ada (Büro).dtlic`
	s.dtlic(withHolder("mint", "-o", file)...).exit(0)
	if got := blobs.FindString(s.read(file)); got == "" {
		failf("%s holds no license", file)
	}
	s.dtlic(withHolder("mint", "-o", strings.ToUpper(file))...).exit(1).says("never overwritten")
	for _, name := range []string{
		file,
		strings.ToUpper(file),
		strings.ReplaceAll(file, `\`, "/"),
		`Lizenz für Ada (Büro).dtlic`,
		`.\Lizenz für Ada (Büro).dtlic`,
		`\\?\` + file,
	} {
		s.buyer(withHolder("activate", name)...).exit(0).shows("state: active")
		s.buyer("deactivate", "--yes").exit(0)
	}
	// The license's own place, named by a variable.
	place := s.folder + `\Gemeinsame Lizenz\license.json`
	shared := call{program: development + `\dtlic-buyer`, env: []string{"DATATOOLS_LICENSE_FILE=" + place}}
	shared.args = withHolder("activate", file)
	s.run(shared).exit(0).shows("path: " + place)
	shared.args = []string{"status"}
	s.run(shared).exit(0).shows("path: " + place)
	if s.exists(s.licenseFile()) {
		failf("%s was written too", s.licenseFile())
	}
}

func longPaths(s *scene) {
	deep := s.folder + strings.Repeat(`\Ein Ordner mit einem recht langen Namen`, 9)
	must(os.MkdirAll(s.unixPath(deep), 0o700))
	file := deep + `\Ada.dtlic`
	if len(file) < 300 {
		failf("%d characters are not many", len(file))
	}
	s.dtlic(withHolder("mint", "--days", "9", "-o", file)...).exit(0)
	s.home = deep
	s.buyer(withHolder("activate", file)...).exit(0).shows("path: " + deep)
	s.buyer("renew", s.mint("--days", "99")).exit(0)
	s.buyer("status").exit(0).shows("state: active")
	s.buyer("deactivate", "--yes").exit(0)
}

func deviceNames(s *scene) {
	// Nothing is minted that could not be written then.
	for _, name := range []string{"CON", "nul", "NUL", `C:\AUX`, "com1", "CONOUT$", "a?b.dtlic", "a<b", "license.json:hidden"} {
		s.dtlic(withHolder("mint", "-o", name)...).exit(1).says("cannot write", "on Windows", "give --output another name")
		s.dtlic("keygen", "-o", name).exit(1).says("cannot write", "on Windows")
	}
	// Windows 10 gives these to devices too; Windows 11 lets files have them.
	s.dtlic(withHolder("mint", "-o", "aux.dtlic")...).exit(1).says("error")
	if log := s.creatorsLog(); s.exists(log) {
		failf("minted all the same: %s", s.read(log))
	}
	s.wantFiles(s.folder)
	for _, name := range []string{"NUL", "con", "COM1", "CONIN$", "a?b", "a*b|c", `C:\windows\win.ini\x`, strings.Repeat("x", 400)} {
		s.buyer(withHolder("activate", name)...).exit(4).says("neither a license nor a file")
	}
}

func noModes(s *scene) {
	for _, a := range []answer{s.dtlic("keygen", "-o", "pair.env"), s.dtlic(withHolder("mint", "-o", "ada.dtlic")...)} {
		if a.exit(0).says("wrote"); strings.Contains(a.stderr, "mode") {
			failf("%s: %s", a.what, a.stderr)
		}
	}
}

func keygenTwice(s *scene) {
	s.dtlic("keygen", "-o", "Schlüssel.env").exit(0)
	former := s.read(s.folder + `\Schlüssel.env`)
	for _, name := range []string{"Schlüssel.env", "SCHLÜSSEL.ENV"} {
		s.dtlic("keygen", "-o", name).exit(1).says("never overwritten")
	}
	if s.read(s.folder+`\Schlüssel.env`) != former {
		failf("the key file has changed")
	}
	s.wantFiles(s.folder, "Schlüssel.env")
}

// creatorsLog is the issuance log of the built-in product.
func (s *scene) creatorsLog() string { return s.home + `\.datatools-creator\issued.jsonl` }

func mintAtOnce(s *scene, writers int) {
	const each = 4
	answers := make([]answer, writers*each)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				answers[w*each+i] = s.dtlic(withHolder("mint")...)
			}
		})
	}
	wg.Wait()
	var shown []string
	for _, a := range answers {
		shown = append(shown, a.exit(0).blob())
	}
	if logged := s.checkLog(shown); logged != len(shown) {
		failf("%d licenses are in the log, and %d were shown", logged, len(shown))
	}
}

// checkLog requires that every line of the log is whole and every shown license
// in it once, and returns how many it has.
func (s *scene) checkLog(shown []string) int {
	text := s.read(s.creatorsLog())
	if !strings.HasSuffix(text, "\n") {
		failf("the log ends in an unfinished line")
	}
	logged := make(map[string]int)
	for line := range strings.Lines(text) {
		var record struct{ Blob string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || blobs.FindString(record.Blob) != record.Blob {
			failf("a line of the log is no record: %q", line)
		}
		logged[record.Blob]++
	}
	for _, blob := range shown {
		if logged[blob] != 1 {
			failf("a license was shown that stands %d times in the log", logged[blob])
		}
	}
	return len(logged)
}

// mintKilled ends some of eight writers by TerminateProcess, at moments spread
// over the time that a mint takes.
func mintKilled(s *scene) {
	begun := time.Now()
	shown := []string{s.mint()}
	whole := time.Since(begun)
	const writers, each = 8, 5
	answers := make([]answer, writers*each)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				n := w*each + i
				after := 3 * whole * time.Duration(n+1) / time.Duration(len(answers))
				answers[n] = s.run(call{
					program: development + `\dtlic`, args: withHolder("mint"),
					probe: []string{"-kill", fmt.Sprint(after)},
				})
			}
		})
	}
	wg.Wait()
	kills := 0
	for _, a := range answers {
		switch {
		case a.code == killed:
			kills++
		case notStarted(a): // so that nothing was minted either
		default:
			a.exit(0)
		}
		shown = append(shown, blobs.FindAllString(a.stdout, -1)...)
	}
	if kills == 0 {
		failf("no program was killed")
	}
	shown = append(shown, s.mint()) // which mends what a killed one left
	s.checkLog(shown)
}

// notStarted tells whether Wine failed to start a program, as it does once in
// thousands of times while others are killed: it ends without a word, or the
// probe says so. A program of ours that fails says why.
func notStarted(a answer) bool {
	return a.code == 1 && a.stdout+a.stderr == "" || a.code == probeFailed && strings.Contains(a.stderr, "Internal error")
}

func stdoutGone(s *scene) {
	for n, c := range []call{{probe: []string{"-stdout", "closed"}}, {probe: []string{"-stdout", "broken"}}} {
		c.program, c.args = development+`\dtlic`, withHolder("mint", "--license-key", fmt.Sprintf("LOST-%d", n))
		s.run(c).exit(1).says("minted and could not be shown", fmt.Sprintf("dtlic log resend LOST-%d", n))
		s.dtlic("log", "resend", fmt.Sprintf("LOST-%d", n)).exit(0).blob()
	}
	a := s.toFile("/dev/full", os.O_WRONLY, withHolder("mint", "--license-key", "LOST-full")...)
	a.exit(1).says("minted and could not be shown", "dtlic log resend LOST-full")
	s.dtlic("log", "resend", "LOST-full").exit(0).blob()
}

// toFile runs dtlic with standard output in a file of Linux: Wine hands it in as
// a handle that may be written to, and asked nothing.
func (s *scene) toFile(name string, flag int, args ...string) answer {
	out, err := os.OpenFile(name, flag, 0o600)
	must(err)
	defer func() { must(out.Close()) }()
	return s.run(call{program: development + `\dtlic`, args: args, stdout: out})
}

func stdoutToFile(s *scene) {
	file := s.folder + `\out.txt`
	s.toFile(s.unixPath(file), os.O_WRONLY|os.O_CREATE, withHolder("mint")...).exit(0)
	s.checkLog([]string{strings.TrimSpace(s.read(file))})
	s.toFile(os.DevNull, os.O_WRONLY, withHolder("mint")...).exit(0)
}

// renewHeld renews while another program holds license.json open for a second.
func renewHeld(s *scene, share string) {
	s.activate("--days", "9")
	next := s.mint("--days", "99")
	release := s.hold(s.licenseFile(), share, time.Second)
	defer release()
	s.buyer("status").exit(0) // reading goes on
	s.buyer("renew", next).exit(0).shows("state: active")
	s.wantLicense(next)
}

// wantLicense requires that this license is active, and nothing lies beside it.
func (s *scene) wantLicense(blob string) {
	if text := s.read(s.licenseFile()); blobs.FindString(text) != blob {
		failf("license.json holds another license: %s", text)
	}
	s.buyer("status").exit(0).shows("state: active")
	s.wantFiles(s.home+`\.datatools`, "license.json")
}

func renewHeldForGood(s *scene) {
	former := s.activate("--days", "9")
	next := s.mint("--days", "99")
	release := s.hold(s.licenseFile(), "rw", 0)
	defer release()
	s.buyer("renew", next, "--json").exit(1).shows(`"code": "io"`)
	s.buyer("renew", next).exit(1).says("license.json", "error")
	s.wantLicense(former)
	release()
	s.buyer("renew", next).exit(0)
	s.wantLicense(next)
}

func readHeld(s *scene) {
	s.activate("--days", "9")
	release := s.hold(s.licenseFile(), "", time.Second)
	defer release()
	s.buyer("status").exit(0).shows("state: active")
	forGood := s.hold(s.licenseFile(), "", 0)
	defer forGood()
	s.buyer("status", "--json").exit(1).shows(`"state": "io"`)
}

func renewAmongReaders(s *scene) {
	s.activate("--days", "9")
	const renewals, readers, reads = 5, 3, 8
	next := make([]string, renewals)
	for i := range next {
		next[i] = s.mint("--days", fmt.Sprint(10+i))
	}
	answers := make([]answer, readers*reads)
	var wg sync.WaitGroup
	for r := range readers {
		wg.Go(func() {
			for i := range reads {
				answers[r*reads+i] = s.buyer("status")
			}
		})
	}
	for _, blob := range next {
		s.buyer("renew", blob).exit(0)
	}
	wg.Wait()
	for _, a := range answers {
		a.exit(0).shows("state: active")
	}
	s.wantLicense(next[renewals-1])
}

func deactivateHeld(s *scene) {
	former := s.activate("--days", "9")
	release := s.hold(s.licenseFile(), "rw", 0)
	defer release()
	s.buyer("deactivate", "--yes").exit(1).says("cannot remove")
	s.wantLicense(former)
	release()
	soon := s.hold(s.licenseFile(), "rw", time.Second)
	defer soon()
	s.buyer("deactivate", "--yes").exit(0)
	s.buyer("status").exit(5)
}

func readOnly(s *scene) {
	former := s.activate("--days", "9")
	must(os.Chmod(s.unixPath(s.licenseFile()), 0o444)) // which is what Wine has for the attribute
	s.buyer("status").exit(0)
	s.buyer("renew", s.mint("--days", "99")).exit(1).says("read-only")
	s.wantLicense(former)
	s.buyer("deactivate", "--yes").exit(0)
	s.buyer("status").exit(5)
}
