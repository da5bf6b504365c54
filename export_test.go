package dtlic

import (
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
)

// What the tests of package dtlic_test need from inside.

// DecodePayload is decodePayload.
func DecodePayload(payload []byte) (License, error) { return decodePayload(payload) }

// ParseRecord returns the blob and the time of a license.json.
func ParseRecord(text string) (blob string, activatedAt time.Time, err error) {
	r, err := parseRecord(text)
	return r.blob, r.activatedAt, err
}

// OnDisk returns the options with another file system.
func (o Options) OnDisk(disk fsys.FS) Options {
	o.files = disk
	return o
}

// WithID gives the verifier's key number i another ID, as two keys have whose
// hashes collide.
func (v *Verifier) WithID(i int, id string) { v.trusted[i].id = id }
