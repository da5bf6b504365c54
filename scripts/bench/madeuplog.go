package main

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/ledger"
	"github.com/dtlic/dtlic/internal/mint"
	"github.com/dtlic/dtlic/keys"
	"github.com/dtlic/dtlic/keys/dev"
)

// madeUpLog makes logs of made-up holders with real licenses, each signed by the
// development key.
type madeUpLog struct {
	product dtlic.Product
	key     *mint.Key
	keyID   string
	// records is how many the log has; begin is when the first license is issued,
	// and step how much later each next one is.
	records int
	begin   time.Time
	step    time.Duration
}

// years is how long a made-up log was kept.
const years = 3

func newMadeUpLog(records int) (*madeUpLog, error) {
	m := &madeUpLog{records: records, step: years * 365 * 24 * time.Hour / time.Duration(records)}
	m.begin = time.Now().Add(-time.Duration(records) * m.step)
	var err error
	if m.product, err = keys.BuiltIn("", ""); err != nil {
		return nil, err
	}
	if m.key, err = mint.NewKey(dev.PrivateKey()); err != nil {
		return nil, err
	}
	public, err := dtlic.NewPublicKey(m.key.Public())
	if err != nil {
		return nil, err
	}
	m.keyID = public.ID()
	return m, nil
}

// write writes the log. Signing takes all cores.
func (m *madeUpLog) write(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // closed below, where it matters
	w := bufio.NewWriterSize(file, 1<<20)
	const batch = 1000
	for first := 0; first < m.records; first += batch * runtime.NumCPU() {
		texts, errs := make([][]byte, runtime.NumCPU()), make([]error, runtime.NumCPU())
		var wg sync.WaitGroup
		for c := range texts {
			wg.Go(func() {
				from := first + c*batch
				for i := from; i < min(from+batch, m.records) && errs[c] == nil; i++ {
					texts[c], errs[c] = m.append(texts[c], i)
				}
			})
		}
		wg.Wait()
		for c := range texts {
			if errs[c] != nil {
				return errs[c]
			}
			if _, err := w.Write(texts[c]); err != nil {
				return err
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// holder is whose license record i is. One in five is a renewal, which is of a
// holder of about a year ago.
func (m *madeUpLog) holder(i int) int {
	if ago := m.records / years; i%5 == 4 && i > ago {
		return (i - ago) / 5 * 5
	}
	return i
}

// email is a holder's address.
func (m *madeUpLog) email(holder int) string { return fmt.Sprintf("holder.%d@example.com", holder) }

func (m *madeUpLog) licenseKey(holder int) string {
	return fmt.Sprintf("DT1-CORE-%08x-%08x", uint32(holder)*2654435761, uint32(holder)*40503+1)
}

// append appends record i as a line.
func (m *madeUpLog) append(dst []byte, i int) ([]byte, error) {
	first := []string{"Ada", "Zoë", "Grace", "Søren", "Émilie", "Katherine", "Alan", "Mary"}
	last := []string{"Buyer", "Example", "Sample", "Doe", "Müller", "Tester"}
	h := m.holder(i)
	r := mint.Request{
		LicenseKey: m.licenseKey(h), Email: m.email(h),
		Name: fmt.Sprintf("%s %s %d", first[h%len(first)], last[h%len(last)], h),
		Tier: []string{"core", "core", "lite", "pro"}[h%4], Trial: h%10 == 7,
	}
	l, err := mint.License(&m.product, r, m.begin.Add(time.Duration(i)*m.step), rand.Reader)
	if err != nil {
		return nil, err
	}
	blob, err := m.key.Sign(&l)
	if err != nil {
		return nil, err
	}
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	dst = ledger.Record{
		LicenseKey: l.LicenseKey, Name: l.Name, Email: l.Email, Tier: l.Tier, IssuedAt: at(l.IssuedAt), ExpiresAt: at(l.ExpiresAt),
		Blob: blob, KeyID: m.keyID, Product: l.Product, Trial: l.Trial,
	}.Append(dst)
	return append(dst, '\n'), nil
}
