package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"math/bits"

	"github.com/dtlic/dtlic/internal/journal"
)

// InForce are the license keys that are revoked, as revoked.jsonl said when it was
// opened. It holds eleven bytes for each act in the file, and reads a line again when
// it is asked about. A nil InForce has none. It must be closed, and may be asked by
// several goroutines at once.
type InForce struct {
	acts  journal.View
	close func()
	seed  maphash.Seed
	// slots have the last act of each license key, each at or behind the slot of its
	// hash; a free one is 0.
	slots []uint64
	used  int
}

// A slot that is not free is, from the highest bit: a part of the license key's hash,
// where its last act begins in the file, whether that revokes, and a 1.
const (
	slotUsed    = 1 << 0
	slotRevoked = 1 << 1
	slotAt      = 2
	slotTag     = 42
	maxActsSize = 1 << (slotTag - slotAt)
)

// shortestAct is less than any act has, in bytes.
const shortestAct = len(`{"license_key":"","action":"revoke","at":"2026-11-21T12:00:00Z"}`)

// InForce opens the file. Lines that cannot be read are passed over, and told by
// damaged, which joins a [*journal.LineError] for each. A missing file has none.
func (r *Revocations) InForce(ctx context.Context) (f *InForce, damaged, err error) {
	snapshot, err := r.journal.Snapshot()
	if err != nil {
		return nil, nil, err
	}
	f, damaged, err = r.inForce(ctx, snapshot.View)
	if err != nil {
		snapshot.Close()
		return nil, nil, err
	}
	f.close = snapshot.Close
	return f, damaged, nil
}

// inForce reads the acts of a view.
func (r *Revocations) inForce(ctx context.Context, v journal.View) (f *InForce, damaged, err error) {
	if v.Size() > maxActsSize {
		return nil, nil, fmt.Errorf("%q has more than %d bytes", r.Path(), int64(maxActsSize))
	}
	lines := 0 // those that may be acts
	for part, err := range journal.Scan(ctx, v, func(p *journal.Block, found *int) {
		*found = 0
		for piece := range p.Pieces() {
			if len(piece.Raw) >= shortestAct {
				*found++
			}
		}
	}) {
		if err != nil {
			return nil, nil, err
		}
		lines += part.Found
	}
	f = &InForce{acts: v, close: func() {}, seed: maphash.MakeSeed(), slots: make([]uint64, lines*4/3+2)}
	var damage Damage
	for act, err := range r.acts(ctx, v) {
		if err == nil {
			err = f.put(&act)
		}
		if err != nil && !damage.Add(err) {
			return nil, nil, err
		}
	}
	return f, damage.Err(), nil
}

// Close ends the use of the file.
func (f *InForce) Close() {
	if f != nil {
		f.close()
	}
}

// Has tells whether a license key is revoked.
func (f *InForce) Has(licenseKey string) bool {
	_, found := f.search(licenseKey, slotUsed|slotRevoked)
	return found
}

// Find tells since when and why a license key is revoked; found is false where it is
// not.
func (f *InForce) Find(licenseKey string) (_ Revocation, found bool) {
	i, found := f.search(licenseKey, slotUsed|slotRevoked)
	if !found {
		return Revocation{}, false
	}
	act, err := f.read(f.at(i))
	return act.revocation(), err == nil
}

// All yields what is revoked, in the order of the file.
func (f *InForce) All(ctx context.Context) iter.Seq2[Revocation, error] {
	return func(yield func(Revocation, error) bool) {
		if f == nil {
			return
		}
		for act, err := range (&Revocations{}).acts(ctx, f.acts) {
			if _, damaged := errors.AsType[*journal.LineError](err); damaged {
				continue // it was told when the file was opened
			}
			if err == nil {
				if i, found := f.search(act.LicenseKey, slotUsed|slotRevoked); !found || f.at(i) != act.at {
					continue
				}
			}
			if !yield(act.revocation(), err) || err != nil {
				return
			}
		}
	}
}

// beside is for how many texts a table is made that is held at the same time: the more
// is revoked the fewer, so that both together stay small, and the more passes it takes.
func (f *InForce) beside(texts int64) int64 {
	if f == nil {
		return texts
	}
	slots := max(tableSlots-len(f.slots)/4, tableSlots/4)
	return min(texts, int64(slots)*4/5)
}

// put takes the next act of the file.
func (f *InForce) put(act *actAt) error {
	i, found := f.search(act.LicenseKey, slotUsed)
	switch {
	case act.Action == Unrevoke && !found:
		return nil
	case !found && f.used >= len(f.slots)-1: // a program that edits it in its place put lines there
		return errors.New("what is revoked was changed while it was read")
	case !found:
		f.used++
	}
	f.slots[i] = f.hash(act.LicenseKey)>>slotTag<<slotTag | uint64(act.at)<<slotAt | slotUsed
	if act.Action == Revoke {
		f.slots[i] |= slotRevoked
	}
	return nil
}

// search returns the slot of a license key that has all the flags wanted, or the free
// one where it would be.
func (f *InForce) search(licenseKey string, flags uint64) (slot int, found bool) {
	if f == nil || len(f.slots) == 0 {
		return 0, false
	}
	hash := f.hash(licenseKey)
	home, _ := bits.Mul64(hash<<32, uint64(len(f.slots)))
	for i := int(home); ; i++ {
		if i == len(f.slots) {
			i = 0
		}
		s := f.slots[i]
		if s == 0 {
			return i, false
		}
		if s>>slotTag == hash>>slotTag && s&flags == flags && f.isOf(f.at(i), licenseKey) {
			return i, true
		}
	}
}

func (f *InForce) hash(licenseKey string) uint64 { return maphash.String(f.seed, licenseKey) }

// at is where the act of a slot begins.
func (f *InForce) at(slot int) int64 {
	return int64(f.slots[slot] << (64 - slotTag) >> (64 - slotTag + slotAt))
}

// isOf tells whether the act at a place is about a license key. Acts of ours begin
// with it, and are not read to their ends.
func (f *InForce) isOf(at int64, licenseKey string) bool {
	begin := append(appendString([]byte(`{"license_key":`), licenseKey), ',')
	is := make([]byte, len(begin))
	if f.acts.ReadAt(is, at) == nil && bytes.Equal(is, begin) {
		return true
	}
	act, err := f.read(at)
	return err == nil && act.LicenseKey == licenseKey
}

// read reads the act at a place.
func (f *InForce) read(at int64) (Act, error) {
	for size := int64(1 << 10); ; size *= 4 {
		line := make([]byte, min(size, f.acts.Size()-at))
		if err := f.acts.ReadAt(line, at); err != nil {
			return Act{}, err // its writer failed, and took it back
		}
		line, _, ended := bytes.Cut(line, []byte{'\n'})
		if ended || size > journal.MaxLine || at+size >= f.acts.Size() {
			return ParseAct(line)
		}
	}
}

// actAt is an act and where it begins in the file.
type actAt struct {
	Act
	at int64
}

// acts yields all acts of a view; of those that are read together the lines that
// cannot be read come first, as a [*journal.LineError] each. Any other error ends it.
func (r *Revocations) acts(ctx context.Context, v journal.View) iter.Seq2[actAt, error] {
	return func(yield func(actAt, error) bool) {
		for part, err := range journal.Scan(ctx, v, readActs) {
			if err != nil {
				yield(actAt{}, err)
				return
			}
			for bad := range damaged(r.journal.Path, part) {
				if !yield(actAt{}, bad) {
					return
				}
			}
			for _, act := range part.Found.items {
				if !yield(act, nil) {
					return
				}
			}
		}
	}
}

// readActs reads the acts of a block.
func readActs(p *journal.Block, found *taken[actAt]) {
	clear(found.items) // else their texts would be held
	found.items, found.bad = found.items[:0], found.bad[:0]
	for piece := range p.Pieces() {
		act, err := Act{}, journal.ErrLongLine
		if piece.Raw != nil {
			if len(bytes.TrimSpace(piece.Raw)) == 0 {
				continue
			}
			if act, err = ParseAct(piece.Raw); err != nil {
				if _, isRecord := Parse(piece.Raw); isRecord == nil {
					err = ErrIsLog
				}
			}
		}
		if err != nil {
			found.bad = append(found.bad, badLine{piece.Number, err})
		} else {
			found.items = append(found.items, actAt{act, piece.At})
		}
	}
}
