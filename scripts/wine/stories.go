//go:build linux

package main

// stories are all of them, in the order in which they are told. A new one is a
// function of a scene, and a line here.
func stories() []story {
	list := []story{
		{name: "mint, mail, activate, status, renew, deactivate", tell: wholePath},
		{name: "a home with a blank and umlauts", tell: umlautHome},
		{name: "status as JSON", tell: statusJSON},
		{name: "exit codes come through", tell: exitCodes},
		{name: "mails as Windows programs save them", tell: mails},
		{name: "a license on standard input", tell: standardInput},
		{name: "names of files: blanks, umlauts, case, slashes", tell: fileNames},
		{name: "paths of more than 260 characters", tell: longPaths},
		{name: "names of devices and impossible names", tell: deviceNames},
		{name: "no mode is claimed", tell: noModes},
		{name: "keygen never overwrites, in whatever case", tell: keygenTwice},
		{name: "two mint at once", tell: func(s *scene) { mintAtOnce(s, 2) }},
		{name: "eight mint at once", tell: func(s *scene) { mintAtOnce(s, 8) }},
		{name: "eight mint at once and are killed", tell: mintKilled},
		{name: "standard output closed, broken, full", tell: stdoutGone},
		{name: "standard output to a file", tell: stdoutToFile},
		{name: "renewal while an app has the license open", tell: func(s *scene) { renewHeld(s, "rwd") }},
		{name: "renewal while another program locks it for a second", tell: func(s *scene) { renewHeld(s, "rw") }},
		{name: "renewal while another program locks it for good", tell: renewHeldForGood},
		{name: "reading while another program keeps it to itself", tell: readHeld},
		{name: "renewals while many read", tell: renewAmongReaders},
		{name: "deactivation while another program locks it", tell: deactivateHeld},
		{name: "a license marked read-only", tell: readOnly},
		{name: "a file dragged onto the program, off a terminal", tell: dragged},
		{name: "at the console: a pasted license, a question, Ctrl-C", tell: console},
		{name: "started by Explorer: the window stays until Enter", tell: doubleClick},
		{name: "a product build trusts its own key alone", tell: productBuild},
		{name: "a build without a key does nothing", tell: unkeyedBuild},
		{name: "completions for PowerShell", tell: powershell},
		{name: "a seller's first hour, from the release archive", tell: firstHour},
		{name: "the seller's program, dragged onto and double-clicked", tell: stampedWindow},
		{name: "the seller's program made anew while another runs it", tell: stampedAgain},
	}
	for _, pkg := range packages {
		list = append(list, story{name: "go test " + pkg, tell: packageTests, pkg: pkg})
	}
	return list
}
