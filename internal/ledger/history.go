package ledger

import (
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"strings"
)

// fact is what of a record has to do with others.
type fact struct {
	line      int
	blob, key fingerprint
	holder    uint32
	// replaces stands for the license that it replaces, where linked is true.
	replaces fingerprint
	linked   bool
}

// seed makes the hashes of holders, which nobody can prepare for.
var seed = maphash.MakeSeed()

func factOf(line int, r *Record) fact {
	f := fact{line: line, blob: fingerprintOf(r.Blob), key: fingerprintOf(r.LicenseKey)}
	holder := fold(strings.Join(strings.Fields(r.Name), " ")) + "\x00" + fold(r.Email)
	f.holder = uint32(maphash.String(seed, holder))
	if sum, err := hex.DecodeString(r.Replaces); err == nil && isSum(r.Replaces) {
		f.linked, f.replaces = true, fingerprintIn(sum)
	}
	return f
}

// history finds what is wrong between records.
type history struct {
	blobs *seen[blobSeen]
	keys  *seen[keySeen]
	// part of parts is the part of all fingerprints that is looked at.
	part, parts int
	// full tells that it gave up.
	full bool
}

// blobSeen is where a license stood first, and a short hash of its license key.
type blobSeen struct{ line, key uint32 }

// keySeen is where a license key stood last, for which holder, and a short hash of
// its license.
type keySeen struct{ line, holder, blob uint32 }

func newHistory(slots int) *history {
	return &history{blobs: newSeen[blobSeen](slots), keys: newSeen[keySeen](slots), parts: 1}
}

func (h *history) mine(f fingerprint) bool { return h.parts == 1 || f.part(h.parts) == h.part }

// add looks at the next record.
func (h *history) add(f *fact) (findings []Finding) {
	find := func(class Class, format string, args ...any) {
		findings = append(findings, Finding{f.line, class, fmt.Sprintf(format, args...)})
	}
	if h.mine(f.blob) {
		former, isNew := h.blobs.put(f.blob)
		switch {
		case former == nil:
			h.full = true
			return nil
		case isNew:
			*former = blobSeen{uint32(f.line), shortHash(f.key)}
		default:
			find(SameLicense, "the same license stands in line %d", former.line)
		}
	}
	if f.linked && h.mine(f.replaces) {
		former := h.blobs.find(f.replaces)
		switch {
		case former == nil || former.line == uint32(f.line):
			find(ReplacesUnknown, "no line before it has the license that it replaces")
		case former.key != shortHash(f.key):
			find(ReplacesOther, "the license that it replaces, in line %d, has another license key", former.line)
		}
	}
	if h.mine(f.key) {
		former, isNew := h.keys.put(f.key)
		switch {
		case former == nil:
			h.full = true
			return nil
		case isNew || f.linked || former.blob == shortHash(f.blob): // told above
		case former.holder != f.holder:
			find(KeyTwice, "the license key stands in line %d for another holder", former.line)
		default:
			find(NotLinked, "the license key stands in line %d too, and nothing says that this renews it", former.line)
		}
		*former = keySeen{uint32(f.line), f.holder, shortHash(f.blob)}
	}
	return findings
}

func shortHash(f fingerprint) uint32 { return uint32(f.rest) }

// nextPart forgets all and goes on to the part'th of so many parts.
func (h *history) nextPart(part, parts int) {
	h.blobs.clear()
	h.keys.clear()
	h.part, h.parts, h.full = part, parts, false
}
