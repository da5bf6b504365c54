//go:build linux

package main

import "strings"

// The seller's program and its templates, as the release archive has them.
var toolkit = windows("toolkit")

// buildToolkit lays out the archive for Windows, with the templates that the
// stories need.
func (b *bottle) buildToolkit() error {
	return b.hostTool("run", "./scripts/toolkit", "-version", "v0.0.0-wine", "-platform", "windows/amd64",
		"-platforms", "windows/amd64,linux/amd64", "-o", b.unixPath(toolkit))
}

// seller sets a product up and returns the program for its buyers, which lies in
// a folder with a blank and an umlaut.
func (s *scene) seller(product, support string) (program string) {
	s.toolkit("init", "--product", product, "--title", strings.ToUpper(product[:1])+product[1:], "--support", support,
		"--tiers", "basic=export", "--yes").exit(0)
	folder := s.folder + `\Für ` + product
	s.toolkit("buyer", "build", "--platform", "windows/amd64", "-o", folder).exit(0).
		shows("windows/amd64\t" + folder + `\windows_amd64\` + product + "-license.exe\t")
	return folder + `\windows_amd64\` + product + "-license"
}

func (s *scene) toolkit(args ...string) answer {
	return s.run(call{program: toolkit + `\dtlic`, args: args})
}

func firstHour(s *scene) {
	s.toolkit("version").exit(0).shows("channel: toolkit", "platform: windows/amd64")
	s.toolkit(withHolder("mint")...).exit(1).says("no product is set up here", "hint: dtlic init")
	buyer := s.seller("notes", "help@example.com")
	mail := s.toolkit(withHolder("mint", "--mail")...).exit(0).shows("notes-license activate").stdout
	file := s.write(s.folder+`\Mail.txt`, []byte(strings.ReplaceAll(mail, "\n", "\r\n")))
	s.toolkit("buyer", "check", buyer+".exe").exit(0).shows("program: notes-license", "platform: windows/amd64", "version: v0.0.0-wine")

	run := func(args ...string) answer { return s.run(call{program: buyer, args: args}) }
	run("status").exit(5).shows("into: notes-license activate", "help@example.com")
	run(withHolder("activate", file)...).exit(0).shows("state: active", "path: "+s.home+`\.notes\license.json`)
	run("--help").exit(0).shows("notes-license [command]")
	run("completion", "powershell").exit(0).shows("notes-license")
	// One of the development key, which everybody has.
	run("renew", s.mint("--product", "datatools")).exit(4).says("notes-license: error", "not signed with a key that this program trusts")
	s.run(call{program: buyer, args: []string{"report"}, env: []string{"NOTES_LICENSE_PUBKEY=" + strings.Repeat("0", 64)}}).
		exit(0).shows("program: notes-license", "channel: product")

	other := s.seller("pix", "https://pix.example.com/help")
	s.run(call{program: other, args: []string{"status"}}).exit(5).shows("pix-license", "https://pix.example.com/help")
	run("status").exit(0).shows("state: active")
}

// stampedWindow: what a buyer does who never saw a command line.
func stampedWindow(s *scene) {
	buyer := s.seller("notes", "help@example.com")
	license := s.toolkit(withHolder("mint", "--days", "9")...).exit(0).blob()
	file := s.write(s.folder+`\Ihre Lizenz.dtlic`, []byte(license+"\r\n"))
	s.console(call{program: buyer, starter: "explorer", args: []string{file}}).
		sees("Is that you?").types("y\r").sees("Notes").sees("active").sees("Press Enter").types("\r").exit(0)
	s.console(call{program: buyer, starter: "explorer"}).sees("Ada Buyer").sees("Press Enter").types("\r").exit(0)
}

// stampedAgain: Windows does not let go of a program that runs. Then the others
// stay what they were, too.
func stampedAgain(s *scene) {
	buyer := s.seller("notes", "help@example.com") + ".exe"
	folder := buyer[:strings.LastIndex(buyer, `\windows_amd64\`)]
	linux := folder + `\linux_amd64\notes-license`
	build := []string{"buyer", "build", "--platform", "linux/amd64", "--platform", "windows/amd64", "-o", folder}
	s.toolkit(build...).exit(0)
	before, linuxBefore := s.read(buyer), s.read(linux)
	s.toolkit("product", "edit", "--title", "Notes 2").exit(0)
	release := s.hold(buyer, "r", 0)
	said := s.toolkit(build...).exit(1).says("cannot write the programs", "notes-license.exe")
	release()
	if s.read(buyer) != before || s.read(linux) != linuxBefore || strings.Contains(said.stderr, "taken back") {
		failf("some programs were changed: %s", said.stderr)
	}
	s.toolkit(build...).exit(0)
	if s.read(buyer) == before || s.read(linux) == linuxBefore {
		failf("the next build changed nothing")
	}
	s.wantFiles(folder+`\windows_amd64`, "notes-license.exe")
	s.wantFiles(folder+`\linux_amd64`, "notes-license")
}
