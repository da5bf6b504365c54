package ledger

import (
	"context"
	"errors"
	"iter"

	"github.com/dtlic/dtlic/internal/journal"
)

// Blobs yields [BlobHash] of each license that was issued under a license key, in the
// order of the log. Lines that cannot be read are passed over: whoever looked the
// license key up was told of them. It may be gone through several times.
func (s *Snapshot) Blobs(ctx context.Context, licenseKey string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for e, err := range issuesOf(ctx, s.View, s.path, licenseKey) {
			if !yield(BlobHash(e.Record.Blob), err) {
				return
			}
		}
	}
}

// replacements is about how many renewals of one license key a table holds; more
// take more passes.
const replacements = 1 << 14

// Unreplaced yields the records of a license key that no other record of it says to
// replace. Lines that cannot be read are passed over, as by [Snapshot.Blobs].
func (s *Snapshot) Unreplaced(ctx context.Context, licenseKey string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		replaced := newTable(min(s.Size()/shortLine, replacements), false)
		for first := true; first || replaced.again(); first = false {
			for e, err := range issuesOf(ctx, s.View, s.path, licenseKey) {
				if err != nil {
					yield(Entry{}, err)
					return
				}
				if isSum(e.Record.Replaces) {
					replaced.find(replaced.fingerprint(e.Record.Replaces))
				}
			}
			for e, err := range issuesOf(ctx, s.View, s.path, licenseKey) {
				if err == nil {
					id := replaced.fingerprint(BlobHash(e.Record.Blob))
					if !replaced.mine(id) {
						continue
					}
					if _, found := replaced.look(id); found {
						continue
					}
				}
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// issuesOf yields the records of a license key in the order of the log, without the
// lines that cannot be read. An error ends it.
func issuesOf(ctx context.Context, v journal.View, path, licenseKey string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range readRecords(ctx, v, path, newProbe(licenseKey, true), func(r *Record) bool { return r.LicenseKey == licenseKey }) {
			if _, damaged := errors.AsType[*journal.LineError](err); damaged {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
