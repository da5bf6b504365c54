// Package wording holds the sentences that a buyer reads, in one place, so that
// they can be reviewed and translated together: all but the spans of time in
// this file. Details that name a member, a byte or a date are for the seller's
// support and stay where they arise, as the help of a command stays with it.
package wording

import (
	"strconv"
	"strings"
)

// Face is what a sentence may name. Empty fields are left out of it.
type Face struct {
	Program string // the buyer's program, as it is typed
	Support string // a mail address or an https address
}

// failures has, for each code, what is wrong and what can be done.
// {program} and {seller} are filled in.
var failures = map[string][2]string{
	"malformed": {
		"this is not a whole license",
		"copy it again from the seller's mail, from DTLIC2: to its last character; if that fails too, ask {seller} to send it again",
	},
	"malformed/too_long": {
		"this text is too long to hold just a license",
		"copy only the license from the seller's mail, from DTLIC2: to its last character, or ask {seller}",
	},
	"malformed/several": {
		"there are several different licenses in this text",
		"keep the one you want to use, from DTLIC2: to its last character, or ask {seller}",
	},
	"malformed/cut_off": {
		"the license in this text is cut off or damaged",
		"copy it again from the seller's mail, from DTLIC2: to its last character; if that fails too, ask {seller} to send it again",
	},
	"malformed/none": {
		"there is no license in this text",
		"copy the license from the seller's mail, which begins with DTLIC2:, or ask {seller}",
	},
	"malformed/stored": {
		"the license file of this machine is damaged",
		"paste the license from the seller's mail into: {program} activate, or ask {seller}",
	},
	"unsupported/stored": {
		"the license file of this machine is of another version",
		"update the program, or paste the license from the seller's mail into: {program} activate, or ask {seller}",
	},
	"unsupported": {
		"this license is of a kind that this version does not know",
		"update the program; if it is up to date, ask {seller} for a license that fits it",
	},
	"unknown_key": {
		"this license is not signed with a key that this program trusts",
		"check that license and program come from the same seller, and that the program is up to date; else ask {seller}",
	},
	"bad_signature": {
		"this license was changed after it was signed",
		"copy it again from the seller's mail, whole and unchanged; if that fails too, ask {seller} to send it again",
	},
	"unsupported_critical": {
		"this license has a condition that this version cannot enforce",
		"update the program; if it is up to date, ask {seller}",
	},
	"wrong_product": {
		"this license is for another product",
		"use it with the product it was bought for, or ask {seller}",
	},
	"not_delegated": {
		"this license was signed by someone who may not sign it",
		"ask {seller}",
	},
	"revoked": {
		"this license was revoked",
		"ask {seller}",
	},
	"not_yet_valid": {
		"this license is not valid yet",
		"check this computer's date, time and time zone; if they are right, wait for the license's start, or ask {seller}",
	},
	"expired": {
		"this license has expired",
		"ask {seller} for a renewal, then run: {program} renew",
	},
	"wrong_machine": {
		"this license is bound to another machine",
		"ask {seller} to move it",
	},
	"holder_mismatch": {
		"this license is for someone else",
		"give name and email exactly as in the seller's mail, or ask {seller}",
	},
	"holder_mismatch/renew": {
		"this license is for someone else",
		"to use it on this machine all the same: {program} activate; if it should be yours, ask {seller}",
	},
	"not_later": {
		"this license would replace a better one",
		"nothing was changed; to use the other one all the same, run first: {program} deactivate; if it should be the better one, ask {seller}",
	},
	"updates_ended": {
		"this license does not cover a build as new as this one",
		"go on with the last build it covers, or ask {seller} for an extension",
	},
	"not_activated": {
		"no license is activated here",
		"paste the license from the seller's mail into: {program} activate; if there is none, ask {seller}",
	},
	"unsafe_build": {
		"this build is not safe to run",
		"download the program again, or ask {seller} for a proper build",
	},
	"io": {
		"a file could not be read or written",
		"if you cannot mend that, ask {seller}",
	},
}

// What the license card and the prompts say.
const (
	LabelHolder   = "Licensed to"
	LabelTier     = "Tier"
	LabelFeatures = "Features"
	LabelLimits   = "Limits"
	LabelStarts   = "Starts"
	LabelEnds     = "Ends"
	LabelEnded    = "Ended"
	LabelTerm     = "Term"
	LabelUpdates  = "Updates until"
	LabelLicense  = "License key"
	LabelKey      = "Signed with"
	LabelActive   = "Activated"
	LabelRead     = "Read from"
	LabelLooked   = "Looked in"
	LabelSupport  = "Support"

	Trial         = "trial"
	NeverEnds     = "never ends"
	EndsSoon      = "ends soon"
	AnswerYesOrNo = "please answer yes or no"
	CannotBeTyped = "that holds characters that cannot be typed; type it again"
	AnswerTooLong = "that is too long; type it again"
	PasteAgain    = "paste it again, or press Ctrl-C to stop"
)

// stateWords has the states whose words are not their code's.
var stateWords = map[string]string{
	"malformed":            "damaged",
	"unsupported":          "of an unknown version",
	"unknown_key":          "not trusted",
	"bad_signature":        "not genuine",
	"unsupported_critical": "not supported",
	"wrong_product":        "for another product",
	"not_delegated":        "not trusted",
	"wrong_machine":        "for another machine",
	"holder_mismatch":      "for someone else",
	"io":                   "not readable",
	"unsafe_build":         "unsafe build",
}

// Failure returns the sentences of a code: what is wrong, and the next step.
func Failure(code string, face Face) (what, hint string) {
	f := failures[code]
	return f[0], face.Fill(f[1])
}

// Fill puts names into a sentence that has {program} or {seller}.
func (f Face) Fill(s string) string {
	program, seller := f.Program, "the seller ("+f.Support+")"
	if program == "" {
		program = "the program with"
	}
	if f.Support == "" {
		seller = "the seller"
	}
	return strings.NewReplacer("{program}", program, "{seller}", seller).Replace(s)
}

// What the buyer's commands say.
const (
	NeitherLicenseNorFile = "this is neither a license nor a file that is there"
	PasteWhole            = "paste the whole license, from DTLIC2: to its last character, or name the file it is in"
	PastePrompt           = "Paste the license from the seller's mail here (Ctrl-C ends):"
	HolderNeeded          = "name and email of the license's holder are needed"
	HolderNeededHint      = "add --name and --email, as they stand in the seller's mail"
	NotMine               = "the license is not yours"
	NotMineHint           = "ask {seller} for a license in your name"
	ConfirmDeactivate     = "Remove this machine's license?"
	NothingRemoved        = "nothing was removed"
	NoHome                = "the home directory is not known"
	AskName               = "Name of the license's holder"
	AskEmail              = "Mail address of the license's holder"
	CannotRead            = "cannot read the license"
	CannotReadInput       = "cannot read the license from standard input"
	SeveralArguments      = "the license came in several pieces"
	LooksLikeSecret       = "that looks like a secret, which is asked for nowhere"
	CannotAsk             = "cannot ask"
	AlreadyActive         = "this license is active already; nothing was changed"
	DeactivatedHint       = "to use it here again, paste it into: {program} activate"
	Template              = "this is a template of a buyer's program, without a product and without a key"
	TemplateHint          = "the seller puts the product into it with: dtlic buyer build"
	PressEnter            = "Press Enter to close this window."
)

// ConfirmHolder asks whether a masked holder is the person at the terminal.
func ConfirmHolder(masked string) string {
	return "This license is for " + masked + ". Is that you?"
}

// Removed tells what deactivate did.
func Removed(path string) string { return "removed the license from " + strconv.Quote(path) }

// HolderOnCommand names the command that takes the holder, which a license
// without a command does not.
func HolderOnCommand(program string) string {
	return program + " activate FILE --name NAME --email ADDRESS, as they stand in the seller's mail"
}

// QuoteIt tells what a license that was pasted in pieces needs.
func QuoteIt(program, command string) string {
	return "put the license in quotes, or name the file it is in; or type just: " + program + " " + command
}

// SetHome is for a machine without a home directory.
func SetHome(variable string) string { return "set HOME, or put the license into $" + variable }

// SetHomeBeside is for one where a variable has a license already.
func SetHomeBeside(variable string) string {
	return "$" + variable + " is used as it is; to store a license besides, set HOME"
}

// OnlyIn tells that there is a license, which no command of ours can remove.
func OnlyIn(variable string) string {
	return "programs take the one in $" + variable + "; unset it to be without"
}

// HiddenBy tells that a variable is read instead of the file that was written.
func HiddenBy(variable, path string) string {
	return "$" + variable + " is set, and programs read it instead of " + strconv.Quote(path) + "; unset it to use the file"
}

// SetAside tells where a file went that was no license of this product.
func SetAside(path string) string {
	return "what stood in the license's place is kept in " + strconv.Quote(path)
}

// Mail is the text that a seller sends with a license, as a template of package
// mailtext, for those who have none of their own.
const Mail = `Hello {name},

here is your license for {title}:

{license}

To use it, run this and paste the license when you are asked:

    {program} {command}

Copying this whole mail works as well. Keep it: with it you can activate again.
Questions: {support}
`
