package ledger

import (
	"cmp"
	"slices"
	"strings"
)

// Class is a kind of finding.
type Class string

// What is wrong with a line that is no record.
const (
	TornTail       Class = "torn_tail" // the last line, unfinished
	TooLong        Class = "too_long"
	Corrupt        Class = "corrupt" // not UTF-8, not JSON, NULs, a member twice
	Several        Class = "several" // records glued together
	Foreign        Class = "foreign" // another tool's
	ByteOrderMark  Class = "byte_order_mark"
	CarriageReturn Class = "carriage_return" // a note
	EmptyLine      Class = "empty_line"      // a note
)

// What is wrong with a whole record and its license.
const (
	MemberDiffers Class = "member_differs"
	OtherLicense  Class = "other_license" // the blob is of another license key
	BadSignature  Class = "bad_signature"
	BadLicense    Class = "bad_license" // the blob is no license
	OtherProduct  Class = "other_product"
	MemberMissing Class = "member_missing" // a note
	UnknownKey    Class = "unknown_key"    // a note: not verified, kept as it is
	OtherKind     Class = "other_kind"     // a note: the same
)

// What is wrong between records.
const (
	SameLicense     Class = "same_license"
	KeyTwice        Class = "key_twice"        // for another holder
	NotLinked       Class = "not_linked"       // a note: a renewal that does not say so
	ReplacesUnknown Class = "replaces_unknown" // a note
	ReplacesOther   Class = "replaces_other"   // a note
	RenewedTwice    Class = "renewed_twice"    // a note: two renewals of one license
	OutOfOrder      Class = "out_of_order"     // a note
)

// The classes of lines of revoked.jsonl begin with revokedPrefix.
const (
	revokedPrefix        = "revoked_"
	RevokedUnknown Class = revokedPrefix + "unknown" // a note: no such license key in the log
)

var notes = []Class{
	CarriageReturn, EmptyLine, MemberMissing, UnknownKey, OtherKind, NotLinked, ReplacesUnknown, ReplacesOther, RenewedTwice, OutOfOrder, RevokedUnknown,
}

// IsNote tells a note, which asks for nothing, from an error.
func (c Class) IsNote() bool {
	return slices.Contains(notes, c) || slices.Contains(notes, Class(strings.TrimPrefix(string(c), revokedPrefix)))
}

// ofRevocations is the class of the same finding in revoked.jsonl; "" of "".
func (c Class) ofRevocations() Class {
	if c == "" {
		return ""
	}
	return revokedPrefix + c
}

// IsOfRevocations tells whether a finding is about revoked.jsonl.
func (c Class) IsOfRevocations() bool { return strings.HasPrefix(string(c), revokedPrefix) }

// IsMended tells whether [Ledger.Repair] does away with what is found.
func (c Class) IsMended() bool {
	switch Class(strings.TrimPrefix(string(c), revokedPrefix)) {
	case TornTail, TooLong, Corrupt, Several, Foreign, ByteOrderMark, CarriageReturn, EmptyLine, SameLicense:
		return true
	}
	return false
}

// IsMendedStrictly tells whether only a strict repair does away with what is found.
func (c Class) IsMendedStrictly() bool {
	switch c {
	case MemberDiffers, OtherLicense, BadSignature, BadLicense, OtherProduct:
		return true
	}
	return false
}

// Finding is something about one line that is not as it should be.
type Finding struct {
	// Line is its number, counted from 1.
	Line  int
	Class Class
	// What says it in words. Values of the line in it are quoted, and never the
	// license.
	What string
}

// maxFindings bounds how many errors are kept, and how many notes: a file of
// another kind has millions.
const maxFindings = 1000

// findings keeps the first errors and the first notes, and counts all.
type findings struct {
	errors, notes []Finding
	counts        map[Class]int
}

func (f *findings) add(more ...Finding) {
	for _, finding := range more {
		f.count(finding.Class, 1)
		list := &f.errors
		if finding.Class.IsNote() {
			list = &f.notes
		}
		if len(*list) < maxFindings {
			*list = append(*list, finding)
		}
	}
}

// addOf adds those of the next block, whose lines are counted from 0 there: its first
// line has the number first.
func (f *findings) addOf(first int, block *findings) {
	for class, n := range block.counts {
		f.count(class, n)
	}
	f.errors = addFirst(f.errors, first, block.errors)
	f.notes = addFirst(f.notes, first, block.notes)
}

// addFirst adds findings of a block to a list, as long as there is room.
func addFirst(list []Finding, first int, more []Finding) []Finding {
	for _, finding := range more[:min(len(more), maxFindings-len(list))] {
		finding.Line += first
		list = append(list, finding)
	}
	return list
}

// reset empties it, to be used again.
func (f *findings) reset() {
	f.errors, f.notes = f.errors[:0], f.notes[:0]
	clear(f.counts)
}

func (f *findings) count(class Class, n int) {
	if f.counts == nil {
		f.counts = make(map[Class]int)
	}
	f.counts[class] += n
}

// merge adds what another search found.
func (f *findings) merge(other *findings) {
	for class, n := range other.counts {
		f.count(class, n)
	}
	f.errors = firstOf(append(f.errors, other.errors...))
	f.notes = firstOf(append(f.notes, other.notes...))
}

// drop takes all findings of a class back.
func (f *findings) drop(class Class) {
	delete(f.counts, class)
	is := func(found Finding) bool { return found.Class == class }
	f.errors, f.notes = slices.DeleteFunc(f.errors, is), slices.DeleteFunc(f.notes, is)
}

// inOrder returns those kept.
func (f *findings) inOrder() []Finding {
	all := slices.Concat(f.errors, f.notes)
	slices.SortStableFunc(all, byPlace)
	return all
}

func firstOf(list []Finding) []Finding {
	slices.SortStableFunc(list, byPlace)
	return list[:min(len(list), maxFindings)]
}

// byPlace sorts by lines, those of the log before those of revoked.jsonl.
func byPlace(a, b Finding) int {
	if a, b := a.Class.IsOfRevocations(), b.Class.IsOfRevocations(); a != b {
		if b {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Line, b.Line)
}
