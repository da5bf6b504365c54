package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// pair is a key pair of age.
func pair(t testing.TB) (Recipients, Identities, *age.X25519Identity) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to, err := ToRecipients(id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	with, err := WithIdentities("# mine\n" + id.String() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return to, with, id
}

// quick is a passphrase with less work than a real one.
func quick(t *testing.T, passphrase string) Recipients {
	t.Helper()
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(8)
	return Recipients{[]age.Recipient{r}}
}

func source(name, text string) Source {
	return Source{File{name, int64(len(text))}, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}}
}

var files = map[string]string{
	"product.json": "{}\n",
	"key.env":      "secret\n",
	"empty":        "",
	"issued.jsonl": strings.Repeat("{\"license_key\":\"1\"}\n", 12_000), // several of age's chunks
	"Notiz für später, sehr lang" + strings.Repeat("x", 120) + ".txt": "a name that needs a longer header\n",
}

var names = []string{"product.json", "key.env", "empty", "issued.jsonl", "Notiz für später, sehr lang" + strings.Repeat("x", 120) + ".txt"}

func sources() (list []Source) {
	for _, name := range names {
		list = append(list, source(name, files[name]))
	}
	return list
}

func made(t testing.TB, to Recipients) ([]byte, Identities) {
	t.Helper()
	var b bytes.Buffer
	ids, err := Write(t.Context(), &b, "notes", noon.Add(5*time.Millisecond), sources(), to)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), ids
}

func open(data []byte, ids Identities) (*Archive, error) {
	return Open(context.Background(), bytes.NewReader(data), int64(len(data)), ids)
}

func TestWhatGoesInComesOut(t *testing.T) {
	to, with, _ := pair(t)
	phrase, err := WithPassphrase("correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	toHybrid, err := ToRecipients(hybrid.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	withHybrid, err := WithIdentities(hybrid.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), io.Discard, "notes", noon, sources(), Recipients{append(to.list[:1:1], toHybrid.list...)}); err == nil {
		t.Error("a key of today weakens one that holds against quantum computers")
	}
	for name, c := range map[string]struct {
		to         Recipients
		with       Identities
		passphrase bool
	}{
		"a post-quantum key": {toHybrid, withHybrid, false},
		"a key":              {to, with, false}, "a passphrase": {quick(t, "correct horse battery"), phrase, true},
	} {
		data, itself := made(t, c.to)
		if needs, err := NeedsPassphrase(bytes.NewReader(data)); needs != c.passphrase || err != nil {
			t.Errorf("%s: needs a passphrase: %v, %v", name, needs, err)
		}
		for who, ids := range map[string]Identities{"its owner": c.with, "whoever wrote it": itself} {
			a, err := open(data, ids)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, who, err)
			}
			if a.Product != "notes" || !a.MadeAt.Equal(noon) || a.Format != Format || len(a.Files) != len(files) {
				t.Errorf("%s, %s: manifest %+v", name, who, a.Manifest)
			}
			for _, f := range a.Files {
				got, err := io.ReadAll(a.Open(f.Name))
				if err != nil || string(got) != files[f.Name] || f.Size != int64(len(got)) {
					t.Errorf("%s, %s: %q has %d bytes, %v", name, who, f.Name, len(got), err)
				}
			}
			if a.Open("other") != nil {
				t.Error("a file that is not there was opened")
			}
		}
	}
}

// Ten years on there may be no dtlic: age and tar alone give the files.
func TestItIsAgeAroundTar(t *testing.T) {
	to, _, id := pair(t)
	data, _ := made(t, to)
	clear, err := age.Decrypt(bytes.NewReader(data), id)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(clear)
	h, err := archive.Next()
	var m Manifest
	if err != nil || h.Name != "manifest.json" || json.NewDecoder(archive).Decode(&m) != nil || m.Product != "notes" {
		t.Fatalf("%+v, %+v, %v", h, m, err)
	}
	for _, want := range m.Files {
		h, err := archive.Next()
		if err != nil || h.Name != want.Name || h.Mode != 0o600 || h.Typeflag != tar.TypeReg || !h.ModTime.Equal(noon) {
			t.Fatalf("%+v, %v", h, err)
		}
		if got, err := io.ReadAll(archive); err != nil || string(got) != files[h.Name] {
			t.Errorf("%q: %d bytes, %v", h.Name, len(got), err)
		}
	}
	if _, err := archive.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestWrongKeys(t *testing.T) {
	to, with, _ := pair(t)
	_, others, _ := pair(t)
	wrong, err := WithPassphrase("correct horse batterie")
	if err != nil {
		t.Fatal(err)
	}
	toKey, _ := made(t, to)
	toPhrase, _ := made(t, quick(t, "correct horse battery"))
	for name, c := range map[string]struct {
		data []byte
		ids  Identities
	}{
		"another key": {toKey, others}, "a passphrase for a key": {toKey, wrong},
		"another passphrase": {toPhrase, wrong}, "a key for a passphrase": {toPhrase, with},
	} {
		if _, err := open(c.data, c.ids); !errors.Is(err, ErrNoMatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := open(toKey, others.And(with)); err != nil {
		t.Errorf("one of two keys: %v", err)
	}
}

// A file that is not whole, or not as it was, is refused wherever it is cut or
// changed; and it is not taken for somebody else's.
func TestCutAndChanged(t *testing.T) {
	to, with, _ := pair(t)
	data, _ := made(t, to)
	random := rand.New(rand.NewPCG(1, 2))
	places := []int{0, 1, 20, 21, 22, 100, 150, 200, 201, len(data) - 1, len(data) - 2, len(data) - 16, len(data) - 17}
	for range 300 {
		places = append(places, random.IntN(len(data)))
	}
	for chunk := len(data) - 64<<10; chunk > 0; chunk -= 64<<10 + 16 {
		places = append(places, chunk)
	}
	told := func(err error) bool {
		return errors.Is(err, ErrNotAge) || errors.Is(err, ErrNoMatch) || errors.Is(err, ErrDamaged)
	}
	for _, n := range places {
		if a, err := open(data[:n], with); a != nil || !told(err) {
			t.Errorf("cut at %d of %d: %v", n, len(data), err)
		}
		changed := bytes.Clone(data)
		changed[n] ^= 1
		if a, err := open(changed, with); a != nil || !told(err) {
			t.Errorf("changed at %d of %d: %v", n, len(data), err)
		}
	}
	if _, err := open(append(bytes.Clone(data), "more"...), with); !errors.Is(err, ErrDamaged) {
		t.Errorf("lengthened: %v", err)
	}
	for name, text := range map[string]string{"empty": "", "text": "hello\n", "a log": "{}\n", "zeros": strings.Repeat("\x00", 5000)} {
		if _, err := open([]byte(text), with); !errors.Is(err, ErrNotAge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// failing is a file of which one place cannot be read.
type failing struct {
	*bytes.Reader
	at  int64
	err error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off <= f.at && f.at < off+int64(len(p)) {
		return 0, f.err
	}
	return f.Reader.ReadAt(p, off)
}

func TestWhatCannotBeReadIsNoDamage(t *testing.T) {
	to, with, _ := pair(t)
	data, _ := made(t, to)
	broken := errors.New("broken disk")
	for _, at := range []int64{0, 180, 70_000, int64(len(data)) - 1} {
		r := failing{bytes.NewReader(data), at, broken}
		if _, err := Open(t.Context(), r, int64(len(data)), with); !errors.Is(err, broken) || errors.Is(err, ErrDamaged) {
			t.Errorf("at %d: %v", at, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, bytes.NewReader(data), int64(len(data)), with); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// A log in a backup is read on all cores, also from a disk that fails meanwhile: the
// race detector has nothing to say.
func TestReadOnAllCoresFromADiskThatFails(t *testing.T) {
	to, ids, _ := pair(t)
	data, _ := made(t, to)
	disk := &failsLater{Reader: bytes.NewReader(data)}
	a, err := Open(context.Background(), disk, int64(len(data)), ids)
	if err != nil {
		t.Fatal(err)
	}
	disk.fails.Store(true)
	log := a.Open("issued.jsonl")
	var readers sync.WaitGroup
	for i := range int64(4) {
		readers.Go(func() {
			if _, err := log.ReadAt(make([]byte, 10), i*10_000); !errors.Is(err, errDisk) {
				t.Errorf("reader %d: %v", i, err)
			}
		})
	}
	readers.Wait()
}

// failsLater is a disk that fails from some time on.
type failsLater struct {
	*bytes.Reader
	fails atomic.Bool
}

var errDisk = errors.New("the disk fails")

func (f *failsLater) ReadAt(p []byte, off int64) (int, error) {
	if f.fails.Load() {
		return 0, errDisk
	}
	return f.Reader.ReadAt(p, off)
}

func TestSourcesThatAreNotAsTheySaid(t *testing.T) {
	to, _, _ := pair(t)
	refuse := errors.New("refused")
	for name, c := range map[string]struct {
		size int64
		text string
		err  error
		want string
	}{
		"shorter": {5, "1234", nil, `"x" was changed while it was read`},
		"longer":  {3, "1234", nil, "write too long"},
		"failing": {4, "12", refuse, "refused"},
	} {
		s := Source{File{"x", c.size}, func(w io.Writer) error {
			_, err := io.WriteString(w, c.text)
			return errors.Join(err, c.err)
		}}
		if _, err := Write(t.Context(), io.Discard, "notes", noon, []Source{s}, to); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, list := range map[string][]Source{
		"a bad name": {source("../x", "")}, "one name twice": {source("a", ""), source("A", "")}, "too many": make([]Source, MaxFiles+1),
	} {
		if _, err := Write(t.Context(), io.Discard, "notes", noon, list, to); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Write(canceled, io.Discard, "notes", noon, sources(), to); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	if _, err := Write(t.Context(), io.Discard, "notes", noon, nil, Recipients{}); err == nil {
		t.Error("written to nobody")
	}
}

// mistyped is a key with another last character.
func mistyped(key string) string {
	last := len(key) - 1
	other := map[bool]string{true: "q", false: "x"}[strings.EqualFold(key[last:], "x")]
	if key == strings.ToUpper(key) {
		other = strings.ToUpper(other)
	}
	return key[:last] + other
}

func TestKeysAndPassphrases(t *testing.T) {
	_, _, id := pair(t)
	for name, text := range map[string]string{
		"nothing": "", "a secret key": id.String(), "a secret key in small letters": strings.ToLower(id.String()),
		"something else": "ssh-ed25519 AAAA", "a mistyped one": mistyped(id.Recipient().String()),
	} {
		_, err := ToRecipients(text)
		if err == nil || strings.Contains(strings.ToLower(err.Error()), strings.ToLower(id.String())[16:40]) {
			t.Errorf("recipients of %s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "a public key": id.Recipient().String(), "a mistyped one": mistyped(id.String()),
		"an encrypted one": "age-encryption.org/v1\n", "an armored one": "-----BEGIN AGE ENCRYPTED FILE-----\n",
	} {
		if _, err := WithIdentities(text); err == nil || strings.Contains(err.Error(), id.String()[16:40]) {
			t.Errorf("identities of %s: %v", name, err)
		}
	}
	for _, weak := range []string{"", "12345678901", "äöüäöüäöüäö"} {
		if _, err := ToPassphrase(weak); err == nil || weak != "" && strings.Contains(err.Error(), weak) {
			t.Errorf("%q: %v", weak, err)
		}
	}
	if _, err := WithPassphrase(""); err == nil {
		t.Error("an empty passphrase was taken")
	}
}

func TestIsEncrypted(t *testing.T) {
	_, _, id := pair(t)
	to, err := ToRecipients(id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	var bare, armored bytes.Buffer
	text := armor.NewWriter(&armored)
	for _, w := range []io.Writer{&bare, text} {
		if _, err := Write(t.Context(), w, "notes", noon, nil, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := text.Close(); err != nil {
		t.Fatal(err)
	}
	for name, head := range map[string]string{
		"a backup": bare.String(), "an armored one": armored.String(), "one behind space": "\r\n \n" + armored.String(), "its first line": bare.String()[:21],
	} {
		if !IsEncrypted([]byte(head[:min(len(head), HeadSize)])) {
			t.Errorf("%s is not found out", name)
		}
	}
	for _, head := range []string{"", "age", id.String(), "see age-encryption.org/v1", "-----BEGIN CERTIFICATE-----"} {
		if IsEncrypted([]byte(head)) {
			t.Errorf("%q is taken for one", head)
		}
	}
}

func TestCheckName(t *testing.T) {
	for _, good := range []string{
		"product.json", "product.json.before", "key.env", "issued.jsonl.torn-20261121T120000Z-2", "product.json.from-backup-20261121T120000Z",
		"notes für mich.txt", "a", "COM", "com10.txt", "x.lock.txt", "issued.jsonl.new", strings.Repeat("x", 200),
	} {
		if err := CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", ".", "..", "../x", "a/b", "/etc/passwd", `a\b`, `C:x`, "a:b", ".hidden", "-rf", "x.", "x ", "nul", "NUL.txt", "com1", "LPT9.x",
		"manifest.json", "Manifest.JSON", "issued.jsonl.lock", "issued.jsonl.replaced", "a\nb", "a\x00b", "a\x1b[31m", "a\u202eb", "\xff",
		strings.Repeat("x", 201), "a*", "a?", `a"`, "<", ">", "|",
	} {
		if CheckName(bad) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// A log of many of age's chunks, whose end lies where it should.
func TestALongFile(t *testing.T) {
	const size = 48 << 20
	to, with, _ := pair(t)
	line := []byte(strings.Repeat("x", 1023) + "\n")
	s := Source{File{"issued.jsonl", size}, func(w io.Writer) error {
		for range size / len(line) {
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		return nil
	}}
	var data bytes.Buffer
	data.Grow(size + size/1000)
	if _, err := Write(t.Context(), &data, "notes", noon, []Source{s}, to); err != nil {
		t.Fatal(err)
	}
	a, err := open(data.Bytes(), with)
	if err != nil {
		t.Fatal(err)
	}
	n, last := int64(0), make([]byte, 1024)
	f := a.Open("issued.jsonl")
	for {
		k, err := f.Read(last)
		n += int64(k)
		if err != nil {
			break
		}
	}
	if n != size || string(last) != string(line) {
		t.Errorf("%d bytes", n)
	}
}

func TestCheckPassphrase(t *testing.T) {
	for passphrase, good := range map[string]bool{
		"correct horse battery": true, "ein schöner Satz": true, "short": false, strings.Repeat(" ", 20): false,
		"correct\x00horse battery": false, "correct horse \xff battery": false, "\ufeffcorrect horse battery": false,
	} {
		if err := CheckPassphrase(passphrase); (err == nil) != good || err != nil && strings.Contains(err.Error(), passphrase) {
			t.Errorf("%q: %v", passphrase, err)
		}
	}
}
