package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"filippo.io/age"
)

// minPassphrase is the least number of characters of a passphrase for a new
// backup, which lies around for years.
const minPassphrase = 12

// maxWorkFactor bounds what opening a file may cost: 2^20 take 1 GiB of memory. A
// backup is made with 2^18.
const maxWorkFactor = 20

// Recipients are those who can open a backup.
type Recipients struct{ list []age.Recipient }

// Identities open a backup.
type Identities struct{ list []age.Identity }

// CheckPassphrase tells why a passphrase is too weak for a new backup. The error
// does not quote it.
func CheckPassphrase(passphrase string) error {
	if !utf8.ValidString(passphrase) || strings.ContainsFunc(passphrase, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return errors.New("it has characters that nobody can type: save it as UTF-8 text")
	}
	if strings.TrimSpace(passphrase) == "" {
		return errors.New("it is nothing but spaces")
	}
	if n := utf8.RuneCountInString(passphrase); n < minPassphrase {
		return fmt.Errorf("a passphrase has at least %d characters; a few words of your choice are easy to remember", minPassphrase)
	}
	return nil
}

// ToPassphrase encrypts to a passphrase, with age's own work factor: it takes
// about a second and 256 MiB of memory.
func ToPassphrase(passphrase string) (Recipients, error) {
	if err := CheckPassphrase(passphrase); err != nil {
		return Recipients{}, err
	}
	r, err := age.NewScryptRecipient(passphrase)
	return Recipients{[]age.Recipient{r}}, err
}

// ToRecipients encrypts to the public keys (age1…) that stand in a text, one a
// line; lines that begin with # are comments. No error quotes the text: it may be
// a secret key in the wrong place.
func ToRecipients(text string) (Recipients, error) {
	if holdsSecretKey(text) {
		return Recipients{}, errors.New("it holds a secret key; the public one begins with age1")
	}
	list, err := age.ParseRecipients(strings.NewReader(text))
	return Recipients{list}, err
}

func holdsSecretKey(text string) bool {
	return strings.Contains(strings.ToUpper(text), "AGE-SECRET-KEY-")
}

// WithPassphrase opens what is encrypted to a passphrase.
func WithPassphrase(passphrase string) (Identities, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return Identities{}, err
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	return Identities{[]age.Identity{id}}, nil
}

// WithIdentities opens with the secret keys (AGE-SECRET-KEY-1…) of an identity
// file's text. No error quotes the text.
func WithIdentities(text string) (Identities, error) {
	if IsEncrypted([]byte(text)) {
		return Identities{}, errors.New("it is encrypted itself; decrypt it first with: age -d")
	}
	list, err := age.ParseIdentities(strings.NewReader(text))
	return Identities{list}, err
}

// HeadSize is how much of a file [IsEncrypted] needs, in bytes.
const HeadSize = 1 << 10

// IsEncrypted tells by its beginning whether a file is encrypted with age, as every
// backup is: as bytes, or armored as text, before which age lets space stand.
func IsEncrypted(head []byte) bool {
	return bytes.HasPrefix(head, []byte("age-encryption.org/")) ||
		bytes.HasPrefix(bytes.TrimSpace(head), []byte("-----BEGIN AGE ENCRYPTED FILE-----"))
}

// And joins two sets of identities: either opens.
func (ids Identities) And(more Identities) Identities {
	return Identities{append(ids.list[:len(ids.list):len(ids.list)], more.list...)}
}

// maxHeader bounds what is read of an age file's header, in bytes: enough for
// thousands of recipients. age reads a line of it whole, however long it is.
const maxHeader = 1 << 20

// NeedsPassphrase tells whether an age file is encrypted to a passphrase, not to
// recipients. The error matches [ErrNotAge] where it is no age file.
func NeedsPassphrase(r io.Reader) (bool, error) {
	watched := watchedReader{r: io.LimitReader(r, maxHeader)}
	header, err := age.ExtractHeader(&watched)
	if watched.err != nil {
		return false, watched.err
	}
	if err != nil {
		return false, ErrNotAge // age says where, in words of its own
	}
	return bytes.Contains(header, []byte("\n-> scrypt ")), nil
}

// watchedReader remembers what failed below, which age wraps in words of its own.
type watchedReader struct {
	r   io.Reader
	err error
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// remembering returns the recipients, of which the first also notes the key of
// the file that is being encrypted.
func (r Recipients) remembering() ([]age.Recipient, *[]byte) {
	if len(r.list) == 0 {
		return nil, nil // age refuses that
	}
	key := new([]byte)
	return append([]age.Recipient{noting{r.list[0], key}}, r.list[1:]...), key
}

// noting is a recipient that notes the file's key.
type noting struct {
	age.Recipient
	key *[]byte
}

// WrapWithLabels passes on the labels, by which age keeps apart what must not be
// mixed, such as a passphrase and other recipients.
func (n noting) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	*n.key = bytes.Clone(fileKey)
	if labeled, ok := n.Recipient.(age.RecipientWithLabels); ok {
		return labeled.WrapWithLabels(fileKey)
	}
	stanzas, err := n.Wrap(fileKey)
	return stanzas, nil, err
}
