package ledger

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/dtlic/dtlic/internal/journal"
)

// Judge tells what is known of licenses by their signatures, which this package
// knows nothing of. Both functions are called from several goroutines at once.
type Judge struct {
	// Product is the name of the product that the log is of.
	Product string
	// Verify looks at the text of a license: what its record would be, or else
	// what the finding about it is, without a line.
	Verify func(blob string) (Record, *Finding)
	// Find returns the texts of licenses in any text.
	Find func(text string) []string
}

// byteOrderMark is what some editors put at the beginning of a text.
var byteOrderMark = []byte("\ufeff")

// look is what one line shows by itself.
type look struct {
	piece journal.Piece
	// damage is what is wrong where the line is no record; else "".
	damage Class
	// record is what it says, and whole the bytes that say so: the line without a
	// byte-order mark, carriage return and line feed. The record's texts are parts
	// of the line's.
	record Record
	whole  []byte
	// salvage are the records that can be had of a line that is none.
	salvage []salvaged
	// findings are what is to be told about it; their lines are the piece's Number.
	findings []Finding
}

// isRecord tells whether the line is a whole record.
func (l *look) isRecord() bool { return l.damage == "" }

func (l *look) find(class Class, format string, args ...any) {
	l.findings = append(l.findings, Finding{Line: l.piece.Number, Class: class, What: fmt.Sprintf(format, args...)})
}

// lookAt reads a line. What is no record is diagnosed, and searched for what can be
// had back; a license is verified only where verify says so.
func (j *Judge) lookAt(p journal.Piece, verify bool) (l look) {
	whole, err := l.read(p, func(line []byte) error { return parseInto(&l.record, line) })
	switch {
	case err != nil:
		isJSON := l.diagnose(whole, err, classOfNoRecord)
		l.salvage = j.salvage(whole, isJSON)
		if n := len(l.salvage); n > 0 {
			l.findings[0].What += fmt.Sprintf("; licenses in it that can be read: %d", n)
		}
	case l.isRecord() && verify:
		j.verify(&l)
	}
	return l
}

// lookAtAct reads a line of revoked.jsonl.
func lookAtAct(p journal.Piece) (l look, act Act) {
	whole, err := l.read(p, func(line []byte) (err error) {
		act, err = ParseAct(line)
		return err
	})
	if err != nil {
		l.diagnose(whole, err, func(_ []byte, isJSON bool) Class {
			if isJSON {
				return Foreign
			}
			return Corrupt
		})
	}
	l.damage = l.damage.ofRevocations()
	for i := range l.findings {
		l.findings[i].Class = l.findings[i].Class.ofRevocations()
	}
	return l, act
}

// read parses a line without what Windows' editors put around it. The error is that
// of parse; a line that is not parsed at all is damaged without one.
func (l *look) read(p journal.Piece, parse func([]byte) error) (whole []byte, err error) {
	l.piece = p
	whole, marked, returned := bare(p.Raw)
	switch {
	case p.Raw == nil && !p.Ended:
		l.damage = TornTail
		l.find(TornTail, "the last line is unfinished, and too long: it has %d bytes", p.Size)
		return nil, nil
	case p.Raw == nil:
		l.damage = TooLong
		l.find(TooLong, "it has %d bytes, and at most %d are read", p.Size, journal.MaxLine)
		return nil, nil
	case p.Ended && len(bytes.TrimSpace(whole)) == 0:
		l.damage = EmptyLine
		l.find(EmptyLine, "nothing stands in it")
		return nil, nil
	}
	if err := parse(whole); err != nil {
		return whole, err
	}
	l.whole = whole
	if marked {
		l.find(ByteOrderMark, "it begins with a byte-order mark, which other tools stumble over")
	}
	if returned {
		l.find(CarriageReturn, "it ends in a carriage return, as Windows' editors write it")
	}
	return whole, nil
}

// bare takes off a line what Windows' editors put around it.
func bare(line []byte) (_ []byte, marked, returned bool) {
	whole, marked := bytes.CutPrefix(line, byteOrderMark)
	without := bytes.TrimRight(whole, "\r")
	return without, marked, len(without) < len(whole)
}

// diagnose says what is wrong with a line that is no record, and whether it is one
// JSON value all the same. classOf tells what the line is otherwise.
func (l *look) diagnose(line []byte, reason error, classOf func(line []byte, isJSON bool) Class) (isJSON bool) {
	isJSON = utf8.Valid(line) && nestedAtMost(line, maxDepth) && gjson.ValidBytes(line)
	l.damage = TornTail
	if l.piece.Ended {
		l.damage = classOf(line, isJSON)
	}
	switch {
	case l.damage == TornTail:
		l.find(TornTail, "the last line is unfinished, as a power loss or a copy made meanwhile leaves it: %s", reason)
	case l.damage == Foreign:
		l.find(Foreign, "it is of another tool: %s", reason)
	case l.damage == Several:
		l.find(Several, "more than one thing stands in it: %s", reason)
	case bytes.IndexByte(line, 0) >= 0:
		l.find(Corrupt, "it has NUL bytes, as a power loss leaves them")
	default:
		l.find(Corrupt, "%s", reason)
	}
	return isJSON
}

// classOfNoRecord tells what a line is that is no record.
func classOfNoRecord(line []byte, isJSON bool) Class {
	switch {
	case isJSON && isForeign(line):
		return Foreign
	case !isJSON && len(wholeRecords(line)) > 0:
		return Several
	}
	return Corrupt
}

// isForeign tells whether a line of JSON was never a record: it lacks most of what
// every record has.
func isForeign(line []byte) bool {
	object := gjson.ParseBytes(line)
	has, lacks := 0, 0
	for _, m := range members {
		switch {
		case !m.required:
		case object.Get(m.name).Exists():
			has++
		default:
			lacks++
		}
	}
	return has < lacks
}

// verify compares a record with what its license says.
func (j *Judge) verify(l *look) {
	r := &l.record
	says, problem := j.Verify(r.Blob)
	switch {
	case problem != nil && problem.Class == UnknownKey && r.Product != "" && r.Product != j.Product:
		l.find(OtherProduct, "it is of product %s, not %s", quoted(r.Product), quoted(j.Product))
	case problem != nil:
		l.find(problem.Class, "%s", problem.What)
	case says.LicenseKey != r.LicenseKey:
		l.find(OtherLicense, "license key %s stands over the license of %s", quoted(r.LicenseKey), quoted(says.LicenseKey))
	default:
		l.compare(&says)
	}
}

// ofLicense are the members that repeat what the license says, besides its license
// key.
var ofLicense = slices.DeleteFunc(slices.Clone(members[:]), func(m member) bool {
	return slices.Contains([]string{"license_key", "blob", "order", "replaces", "note"}, m.name)
})

// compare tells where a record differs from its license.
func (l *look) compare(says *Record) {
	for i := range ofLicense {
		m := &ofLicense[i]
		if m.truth != nil {
			if has, want := *m.truth(&l.record), *m.truth(says); has != want {
				l.differs(m, strconv.FormatBool(has), strconv.FormatBool(want), !has)
			}
		} else if has, want := *m.value(&l.record), *m.value(says); !sameValue(m.name, has, want) {
			l.differs(m, quoted(has), quoted(want), has == "")
		}
	}
}

func (l *look) differs(m *member, has, want string, isMissing bool) {
	if isMissing && !m.required {
		l.find(MemberMissing, "member %q is missing; the license says %s", m.name, want)
		return
	}
	l.find(MemberDiffers, "member %q is %s; the license says %s", m.name, has, want)
}

// sameValue tells whether two values of a member are the same; a time may be
// written in several ways.
func sameValue(name, a, b string) bool {
	if a == b {
		return true
	}
	if !strings.HasSuffix(name, "_at") && name != "updates_until" {
		return false
	}
	s, err := time.Parse(time.RFC3339, a)
	t, err2 := time.Parse(time.RFC3339, b)
	return err == nil && err2 == nil && s.Equal(t)
}

// quoted is a value for a person's eyes, which may be anything and of any length.
func quoted(value string) string {
	const most = 100
	for i := range value {
		if i >= most {
			return strconv.Quote(value[:i]) + "…"
		}
	}
	return strconv.Quote(value)
}
