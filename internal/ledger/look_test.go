package ledger

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/journal"
)

// FuzzLook looks at any line: what is had back from it are records, and either stand
// in it or are what a genuine license in it says.
func FuzzLook(f *testing.F) {
	for _, c := range checkCases {
		if line, _, _ := strings.Cut(c.text, "\n"); len(line) < 1<<14 {
			f.Add([]byte(line), true)
			f.Add([]byte(line), false)
		}
	}
	f.Fuzz(func(t *testing.T, line []byte, ended bool) {
		if bytes.IndexByte(line, '\n') >= 0 || len(line) == 0 && !ended {
			return
		}
		p := journal.Piece{Size: int64(len(line)), Raw: append([]byte{}, line...), Ended: ended}
		l := testJudge().lookAt(p, true)
		whole, _, _ := bare(line)
		record, err := Parse(whole)
		if l.isRecord() != (err == nil) || l.isRecord() && (l.record != record || !bytes.Equal(l.whole, whole)) {
			t.Fatalf("it is a record: %v, and parsed: %v", l.isRecord(), err)
		}
		if !l.isRecord() && len(l.findings) != 1 || l.isRecord() && len(l.salvage) > 0 || !bytes.Equal(p.Raw, line) {
			t.Fatalf("findings %v", l.findings)
		}
		blobs := make(map[string]bool)
		for _, s := range l.salvage {
			r, err := Parse(s.line)
			says, problem := verifyTest(s.blob)
			switch {
			case err != nil, r.Blob != s.blob, blobs[s.blob], bytes.IndexByte(s.line, '\n') >= 0:
				t.Errorf("%q was had back: %v", s.line, err)
			case s.rebuilt && (problem != nil || r != says), !s.rebuilt && !bytes.Contains(line, s.line):
				t.Errorf("%q was made up", s.line)
			}
			blobs[s.blob] = true
		}
		if l, _ := lookAtAct(p); !l.isRecord() && len(l.findings) != 1 {
			t.Errorf("findings %v", l.findings)
		}
	})
}
