package dtlic

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dtlic/dtlic/internal/envelope"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/store"
	"github.com/dtlic/dtlic/internal/wording"
)

// Load returns this machine's license where it is valid now. Call it once at
// start and keep the license: [License.Has] and [License.Limit] look at the
// time at each call, the signature is checked here once.
//
// Errors are those of [Verifier.Verify], [ErrNotActivated] where there is no
// license, [ErrUnsafeBuild] and [ErrIO]; any error goes with a zero License,
// which grants nothing.
func Load(p Product, o Options) (License, error) {
	s := Stored(p, o)
	if s.Err != nil {
		return License{}, s.Err
	}
	return s.License, nil
}

// StoredStatus is a [Status] with where the license was read.
type StoredStatus struct {
	Status
	// Source is where the license was read, or looked for.
	Source Source
	// ActivatedAt is when it was activated here, in UTC, as the file says:
	// nothing vouches for it. Zero where it is not known.
	ActivatedAt time.Time
}

// Stored says how this machine's license stands: what a status display shows.
// Everything in it comes from verifying the license anew. Its State is
// StateActive where the license is valid.
func Stored(p Product, o Options) StoredStatus {
	v, err := NewVerifier(p, o)
	if err != nil {
		return StoredStatus{Status: failed(err)}
	}
	return v.stored(&o)
}

func (v *Verifier) stored(o *Options) StoredStatus {
	at := o.place(v.product)
	s := StoredStatus{Source: at.source}
	r, err := v.read(o, at)
	if err != nil {
		s.Status = failed(err)
		return s
	}
	s.ActivatedAt = r.activatedAt
	l, err := v.Genuine(r.blob)
	if err != nil {
		s.Status = failed(err)
		return s
	}
	if s.Status = Evaluate(l, o.Now()); s.Err == nil {
		s.State = StateActive
	}
	return s
}

// Activation is what [Activate], [Renew] and [Deactivate] did.
type Activation struct {
	// License is the license that is active now; zero after Deactivate.
	License License
	// Path is the license.json in question.
	Path string
	// Changed is false where the license was active already.
	Changed bool
	// HiddenBy is the environment variable that this machine's programs read
	// instead of Path, "" where Path is read.
	HiddenBy string
	// SetAside is the copy of a file that stood at Path and held no license of
	// this product, "" where there was none.
	SetAside string
}

// Activate makes the license in a pasted text this machine's license, for the
// holder who types name and email. The license is verified whole before
// anything is touched, and the file is replaced atomically. What is active
// already is a success that changes nothing. A license that runs here is not
// replaced by a worse one: neither expires_at nor updates_until may become
// earlier, issued_at not earlier ([ErrNotLater]). Other errors: those of
// [Verifier.Choose] and [Verifier.Verify], then [ErrHolderMismatch], and
// [ErrIO] with the file unchanged.
func Activate(p Product, text string, holder Holder, o Options) (Activation, error) {
	v, err := NewVerifier(p, o)
	if err != nil {
		return Activation{}, err
	}
	l, err := v.usable(text)
	if err != nil {
		return Activation{}, err
	}
	if !holder.Matches(l.Holder()) {
		return Activation{}, fail(v.product, CodeHolderMismatch, "it is for "+l.Holder().Masked())
	}
	running, at, err := v.running(&o)
	switch {
	case err != nil && CodeOf(err) == CodeIO:
		return Activation{}, err
	case err == nil && Evaluate(running, o.Now()).Err == nil:
		if err := v.product.notWorse(&l, &running); err != nil {
			return Activation{}, err
		}
	}
	return v.keep(&o, at, l, running, err)
}

// Renew replaces this machine's license, running or expired, by the one in a
// pasted text: of the same holder, neither expires_at nor updates_until
// earlier, issued_at not earlier. Otherwise it is refused
// ([ErrHolderMismatch], [ErrNotLater]) and the former license stays.
// [ErrNotActivated] where there is none; other errors as in [Activate].
func Renew(p Product, text string, o Options) (Activation, error) {
	v, err := NewVerifier(p, o)
	if err != nil {
		return Activation{}, err
	}
	running, at, err := v.running(&o)
	if err != nil {
		return Activation{}, err
	}
	l, err := v.usable(text)
	if err != nil {
		return Activation{}, err
	}
	if !running.Holder().Matches(l.Holder()) {
		return Activation{}, failAs(v.product, CodeHolderMismatch, "holder_mismatch/renew",
			fmt.Sprintf("it is for %s, and the active one for %s", l.Holder().Masked(), running.Holder().Masked()))
	}
	if err := v.product.notWorse(&l, &running); err != nil {
		return Activation{}, err
	}
	return v.keep(&o, at, l, running, nil)
}

// Deactivate removes this machine's license. [ErrNotActivated] where there is
// none. A file that holds no license, or one of another product, is left alone,
// with the error that says what it is; a license that this program does not
// trust is set aside.
func Deactivate(p Product, o Options) (Activation, error) {
	v, err := NewVerifier(p, o)
	if err != nil {
		return Activation{}, err
	}
	_, at, err := v.running(&o)
	done := Activation{Path: at.own, Changed: true, HiddenBy: at.hidden}
	switch code := CodeOf(err); {
	case code == CodeUnknownKey || code == CodeBadSignature:
		// It may be a license that another version of the program takes.
		if done.SetAside, err = o.setAside(at.own); err != nil {
			return Activation{}, v.ioError(err)
		}
	case err != nil:
		return Activation{}, err
	}
	if err := store.Remove(o.fs(), at.own); err != nil {
		return Activation{}, v.ioError(err)
	}
	return done, nil
}

// usable returns the license of a text where it is genuine and valid now.
func (v *Verifier) usable(text string) (License, error) {
	l, err := v.Choose(text)
	if err != nil {
		return License{}, err
	}
	if err := v.product.inForce(&l, v.now()); err != nil {
		return License{}, err
	}
	return l, nil
}

// running returns the license in the file that is written here, whatever a
// variable hides; it may have expired.
func (v *Verifier) running(o *Options) (License, place, error) {
	at := o.place(v.product)
	if at.own == "" {
		e := v.ioError(errNoHome)
		if at.hidden != "" {
			e.Hint = wording.SetHomeBeside(at.hidden)
		}
		return License{}, at, e
	}
	r, err := v.read(o, place{source: Source{Path: at.own}})
	if CodeOf(err) == CodeNotActivated && at.hidden != "" {
		return License{}, at, fail(v.product, CodeNotActivated, wording.OnlyIn(at.hidden))
	}
	if err != nil {
		return License{}, at, err
	}
	l, err := v.Genuine(r.blob)
	return l, at, err
}

// notWorse is the renewal rule: what runs here is not taken away. The updates of
// a trial are no promise to a buyer: a full license may end them.
func (p *Product) notWorse(next, running *License) error {
	bought := running.Trial && !next.Trial
	switch {
	case next.ExpiresAt.Before(running.ExpiresAt):
		return fail(p, CodeNotLater, fmt.Sprintf("the active one ends %s, this one %s",
			formatTime(running.ExpiresAt), formatTime(next.ExpiresAt)))
	case !bought && !next.UpdatesUntil.IsZero() && (running.UpdatesUntil.IsZero() || next.UpdatesUntil.Before(running.UpdatesUntil)):
		until := "without end"
		if !running.UpdatesUntil.IsZero() {
			until = "until " + formatTime(running.UpdatesUntil)
		}
		return fail(p, CodeNotLater, fmt.Sprintf("the active one includes updates %s, this one until %s",
			until, formatTime(next.UpdatesUntil)))
	case next.IssuedAt.Before(running.IssuedAt):
		return fail(p, CodeNotLater, fmt.Sprintf("the active one was issued %s, this one %s",
			formatTime(running.IssuedAt), formatTime(next.IssuedAt)))
	}
	return nil
}

// keep writes the license. unusable is the error that reading the former file
// gave, which is then set aside: it may be somebody's only copy of something.
func (v *Verifier) keep(o *Options, at place, l, running License, unusable error) (Activation, error) {
	done := Activation{License: l, Path: at.own, HiddenBy: at.hidden}
	if running.blob == l.blob {
		return done, nil
	}
	// Before anything is written: an error means an unchanged file.
	if err := o.closeDirectory(v.product, at.own); err != nil {
		return Activation{}, v.ioError(err)
	}
	if unusable != nil && CodeOf(unusable) != CodeNotActivated {
		var err error
		if done.SetAside, err = o.setAside(at.own); err != nil {
			return Activation{}, v.ioError(err)
		}
	}
	record := appendRecord(nil, &l, o.Now())
	if err := store.WriteAtomic(o.fs(), at.own, record, 0o600); err != nil {
		return Activation{}, v.ioError(err)
	}
	done.Changed = true
	return done, nil
}

// closeDirectory keeps others out of the buyer's directory, where it is there
// already. A place that a variable names is its owner's business.
func (o *Options) closeDirectory(p *Product, path string) error {
	dir := filepath.Dir(path)
	if o.Home == "" || dir != filepath.Join(o.Home, p.Directory) {
		return nil
	}
	info, err := o.fs().Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !fsys.TooOpen(info) {
		return err
	}
	return o.fs().Chmod(dir, 0o700)
}

// setAside copies a file to a free name beside it, and returns that name; a
// copy that is there already is not made twice.
func (o *Options) setAside(path string) (string, error) {
	former, err := o.read(path)
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		copied := path + ".replaced"
		if n > 1 {
			copied += strconv.Itoa(n)
		}
		if text, err := o.read(copied); err == nil && text == former {
			return copied, nil
		}
		err := store.CreateExclusive(o.fs(), copied, []byte(former), 0o600)
		if !errors.Is(err, fs.ErrExist) || n == maxSetAside {
			return copied, err
		}
	}
}

// maxSetAside bounds how many different files are kept beside a license.json.
const maxSetAside = 100

// appendRecord writes a license.json.
func appendRecord(dst []byte, l *License, now time.Time) []byte {
	dst = append(dst, `{"version":1`...)
	dst = appendMember(dst, ',', "blob", l.blob)
	dst = appendMember(dst, ',', "name", l.Name)
	dst = appendMember(dst, ',', "email", l.Email)
	dst = appendTime(dst, "activated_at", now)
	return append(dst, "}\n"...)
}

// record is what is read from a license.json or a text; only blob matters.
type record struct {
	blob        string
	activatedAt time.Time
}

// read finds the license's text at a place.
func (v *Verifier) read(o *Options, at place) (record, error) {
	text := at.text
	if text == "" {
		if at.source.Path == "" {
			return record{}, v.ioError(errNoHome)
		}
		var err error
		text, err = o.read(at.source.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			why := ""
			if at.source.Variable != "" {
				why = fmt.Sprintf("$%s names %q, which is not there", at.source.Variable, at.source.Path)
			}
			return record{}, fail(v.product, CodeNotActivated, why)
		case err != nil:
			return record{}, v.ioError(err)
		}
		if isRecord(text) || at.source.Variable == "" {
			r, err := parseRecord(text)
			if err != nil {
				return record{}, failAs(v.product, CodeOf(err), string(CodeOf(err))+"/stored", fmt.Sprintf("%q: %s", at.source.Path, err))
			}
			return r, nil
		}
	}
	blob, err := Extract(text)
	if err != nil {
		return record{}, v.product.addressed(err)
	}
	return record{blob: blob}, nil
}

// maxRecord is the longest license.json, in bytes: nobody vouches for what stands
// in it, so no more of it is taken apart than a license needs.
const maxRecord = 64 << 10

// parseRecord reads a license.json as strictly as a license. Errors are of
// class malformed, or unsupported for a file that a newer program wrote.
func parseRecord(text string) (record, error) {
	malformed := func(why string) error { return &Error{Code: CodeMalformed, What: why} }
	if len(text) > maxRecord {
		return record{}, malformed(fmt.Sprintf("it has %d bytes, more than %d", len(text), maxRecord))
	}
	root, err := envelope.ParseJSON(text)
	if err != nil {
		return record{}, malformed(err.Error())
	}
	if root.Type != envelope.Object {
		return record{}, malformed("it is no JSON object")
	}
	d := memberReader{root: &root}
	switch version, present := d.integer("version"); {
	case !present && d.err == nil:
		return record{}, malformed("version is missing")
	case d.err == nil && version != 1:
		return record{}, &Error{Code: CodeUnsupported, What: "it was written by a newer version"}
	}
	r := record{blob: d.text("blob", true)}
	if d.err != nil {
		return record{}, malformed(d.err.Error())
	}
	// Display only: a time that is none is no reason to refuse a license.
	if at, ok := root.Member("activated_at"); ok && at.Type == envelope.String {
		r.activatedAt, _ = parseTime(at.Text)
	}
	return r, nil
}

func (o *Options) read(path string) (string, error) {
	data, err := store.ReadSmall(o.fs(), path, MaxText, store.ReadOptions{Follow: true, RegularOnly: true})
	return string(data), err
}

func (v *Verifier) ioError(err error) *Error {
	e := fail(v.product, CodeIO, err.Error())
	e.cause = err
	if errors.Is(err, errNoHome) {
		e.Hint = wording.SetHome(v.product.EnvPrefix + "_LICENSE")
	}
	return e
}
