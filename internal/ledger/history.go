package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"math"
	"strings"
)

// licenseID stands for a license: the fingerprint of its SHA-256 in a table, and,
// for who must not take two for one, 32 bits of the SHA-256 itself.
type licenseID struct {
	key  uint64
	rest uint32
}

// license is what stands in a table for the license with this signed text.
func (t *table) license(blob string) licenseID {
	sum := sha256.Sum256([]byte(blob))
	return t.licenseIn(sum[:])
}

// licenseIn is that of a license with this SHA-256.
func (t *table) licenseIn(sum []byte) licenseID {
	return licenseID{max(maphash.Bytes(t.seed, sum), 1), binary.BigEndian.Uint32(sum)}
}

// fact is what of a record has to do with the licenses in other lines.
type fact struct {
	license uint64 // its fingerprint
	key     uint32 // a short hash of its license key
	// replaces is the license that it replaces, 0 for none.
	replaces uint64
}

func (t *table) factOf(r *Record) fact {
	return fact{license: t.license(r.Blob).key, key: uint32(t.fingerprint(r.LicenseKey)), replaces: t.replacedBy(r)}
}

// replacedBy is the fingerprint of the license that a record replaces, 0 for none.
func (t *table) replacedBy(r *Record) uint64 {
	if !isSum(r.Replaces) {
		return 0
	}
	sum, _ := hex.DecodeString(r.Replaces) // isSum looked
	return t.licenseIn(sum).key
}

// holding is what of a record has to do with the license keys in other lines.
type holding struct {
	key    uint64 // its fingerprint
	holder uint32 // a short hash
	// replaces is the license that it replaces, 0 for none.
	replaces uint64
}

func (t *table) holdingOf(r *Record) holding {
	var room [256]byte
	holder := room[:0]
	for word := range strings.FieldsSeq(r.Name) {
		holder = append(appendFold(holder, word), ' ')
	}
	holder = appendFold(append(holder, 0), r.Email)
	return holding{key: t.fingerprint(r.LicenseKey), holder: uint32(maphash.Bytes(t.seed, holder)), replaces: t.replacedBy(r)}
}

// history finds what is wrong between records, first between licenses and then
// between license keys, in as many passes each as its table takes. When the table
// is halved in a pass, a part of what was found in it is found again: told has the
// lines that each was found of.
type history struct {
	table *table
	told  struct{ same, replaces, keys, renewed bitset }
}

// addLicense looks at the license of the next record.
func (h *history) addLicense(line int, f *fact, found *findings) {
	if slot, known := h.table.find(f.license); known {
		if h.told.same.add(line) {
			found.add(Finding{line, SameLicense, fmt.Sprintf("the same license stands in line %d", h.lineIn(slot))})
		}
	} else if slot >= 0 {
		h.put(slot, line, f.key)
	}
	if f.replaces == 0 || !h.table.mine(f.replaces) {
		return
	}
	slot, known := h.table.look(f.replaces)
	switch {
	case !known || h.lineIn(slot) == line:
		if h.told.replaces.add(line) {
			found.add(Finding{line, ReplacesUnknown, "no line before it has the license that it replaces"})
		}
	case h.hashIn(slot) != f.key:
		if h.told.replaces.add(line) {
			found.add(Finding{line, ReplacesOther, fmt.Sprintf("the license that it replaces, in line %d, has another license key", h.lineIn(slot))})
		}
	}
}

// addKey looks at the license key of the next record, and at the license that it
// replaces: a table holds both, as a license key that is renewed stands there once.
func (h *history) addKey(line int, k *holding, found *findings) {
	h.addRenewal(line, k, found)
	slot, known := h.table.find(k.key)
	if slot < 0 {
		return
	}
	// What is linked, or the same license as in a line before, was told of already.
	if known && k.replaces == 0 && !h.told.same.has(line) && h.told.keys.add(line) {
		if former := h.lineIn(slot); h.hashIn(slot) != k.holder {
			found.add(Finding{line, KeyTwice, fmt.Sprintf("the license key stands in line %d for another holder", former)})
		} else {
			found.add(Finding{line, NotLinked, fmt.Sprintf("the license key stands in line %d too, and nothing says that this renews it", former)})
		}
	}
	h.put(slot, line, k.holder)
}

// addRenewal looks whether the license that the next record replaces was replaced in
// a line before, as where two computers have renewed it.
func (h *history) addRenewal(line int, k *holding, found *findings) {
	if k.replaces == 0 || h.told.same.has(line) {
		return
	}
	slot, known := h.table.find(k.replaces)
	if slot < 0 {
		return
	}
	if !known {
		h.put(slot, line, 0)
	} else if former := h.lineIn(slot); former != line && h.told.renewed.add(line) {
		found.add(Finding{line, RenewedTwice, fmt.Sprintf("the license that it replaces was renewed in line %d too", former)})
	}
}

// put keeps a line and a short hash in the table.
func (h *history) put(slot, line int, hash uint32) {
	h.table.values[slot] = uint64(line)<<32 | uint64(hash)
}

func (h *history) lineIn(slot int) int { return int(h.table.values[slot] >> 32) }

func (h *history) hashIn(slot int) uint32 { return uint32(h.table.values[slot] & math.MaxUint32) }
