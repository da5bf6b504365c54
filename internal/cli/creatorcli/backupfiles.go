package creatorcli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/backup"
	"github.com/dtlic/dtlic/internal/cli"
	"github.com/dtlic/dtlic/internal/creator"
	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/journal"
	"github.com/dtlic/dtlic/internal/signer"
	"github.com/dtlic/dtlic/internal/store"
)

// maxHeld is the size up to which a file is read at once, so that it is taken as
// it stands; larger ones are read while they are written, and so are those of a
// directory with more than maxHeldInAll of small ones.
const (
	maxHeld      = 64 << 10
	maxHeldInAll = 4 << 20
)

// snapshotTries bounds how often the log is taken anew because a writer was
// setting an unfinished line aside.
const snapshotTries = 10

// gathered is what goes into a backup.
type gathered struct {
	madeAt  time.Time
	sources []backup.Source
	held    int64 // bytes of them that are in memory
	// lines is the number of lines of the issuance log, known once it was written.
	lines int
	opens []func() // to be closed
}

func (g *gathered) close() {
	for _, f := range g.opens {
		f()
	}
}

func (g *gathered) has(name string) bool {
	return slices.ContainsFunc(g.sources, func(s backup.Source) bool { return strings.EqualFold(s.Name, name) })
}

// words says what was written.
func (g *gathered) words() string {
	files := counted(len(g.sources), "file")
	if g.has(backup.LogName) {
		return files + ", and in the log " + counted(g.lines, "line")
	}
	return files + ", no license issued"
}

func (g *gathered) document(product, output string) cli.Document {
	var files []cli.Document
	for _, s := range g.sources {
		files = append(files, cli.Document{{Name: "name", Value: s.Name}, {Name: "size", Value: s.Size}})
	}
	return cli.Document{
		{Name: "product", Value: product},
		{Name: "made_at", Value: cli.Timestamp(g.madeAt)},
		{Name: "output", Value: output},
		{Name: "log_lines", Value: g.lines},
		{Name: "files", Value: files},
	}
}

// gather finds what goes into a backup. The revocations are taken before the log:
// whatever they name stands in it.
func (a *app) gather(p *dtlic.Product) (*gathered, error) {
	place, err := a.place(p)
	if err != nil {
		return nil, err
	}
	log, err := a.ledger(p)
	if err != nil {
		return nil, err
	}
	g := &gathered{madeAt: a.Now()}
	revocations := log.Revocations()
	_, err = a.isThere(log, p)
	if err == nil {
		err = g.addLines(backup.RevocationsName, func() (*journal.Snapshot, error) { return revocations.Text(a.Context()) }, nil)
	}
	if err == nil {
		err = g.addLines(backup.LogName, func() (*journal.Snapshot, error) { return log.Text(a.Context()) }, &g.lines)
		slices.Reverse(g.sources) // it is restored first, by the same rule
	}
	if err == nil {
		err = a.gatherFiles(g, place, log.Path(), revocations.Path())
	}
	if err == nil && len(g.sources) == 0 {
		err = cli.Fail(cli.CodeNotFound, "there is nothing to back up", fmt.Sprintf("nothing is in %q", place.Dir), "dtlic init")
	}
	if err != nil {
		g.close()
		if own := (*dtlic.Error)(nil); errors.As(err, &own) {
			return nil, err
		}
		return nil, cli.IO("cannot read what is to be backed up", err)
	}
	a.adviseBackup(g, p)
	return g, nil
}

// addLines adds the whole lines of a log, as it stands now; none where there is no
// log. lines counts them while they are written, unless it is nil.
func (g *gathered) addLines(name string, open func() (*journal.Snapshot, error), lines *int) error {
	for try := 1; ; try++ {
		snapshot, err := open()
		if err != nil {
			return err
		}
		view, size, err := snapshot.WholeLines()
		if err != nil || size == 0 {
			snapshot.Close()
			if errors.Is(err, io.ErrUnexpectedEOF) && try < snapshotTries {
				continue
			}
			return err
		}
		g.opens = append(g.opens, snapshot.Close)
		g.sources = append(g.sources, backup.Source{File: backup.File{Name: name, Size: size}, Copy: func(w io.Writer) error {
			if lines == nil {
				return view.CopyTo(w)
			}
			*lines = 0
			return view.CopyTo(lineCounter{w, lines})
		}})
		return nil
	}
}

// lineCounter counts the lines that are written.
type lineCounter struct {
	w     io.Writer
	lines *int
}

func (c lineCounter) Write(p []byte) (int, error) {
	*c.lines += bytes.Count(p, []byte{'\n'})
	return c.w.Write(p)
}

// gatherFiles adds the other plain files of the creator's directory, and what was
// set aside beside a log that lies elsewhere.
func (a *app) gatherFiles(g *gathered, place creator.Place, logs ...string) error {
	for i, log := range logs {
		if place.Holds(log) {
			logs[i] = filepath.Join(place.Dir, filepath.Base(log))
		}
	}
	names, err := place.Names()
	if err != nil && !notThere(err) {
		return err
	}
	for _, name := range names {
		if path := filepath.Join(place.Dir, name); !isOfLogs(path, logs) {
			if err := a.addFile(g, name, path); err != nil {
				return err
			}
		}
	}
	for i, own := range []string{backup.LogName, backup.RevocationsName} {
		if filepath.Dir(logs[i]) == place.Dir {
			continue
		}
		if err := a.gatherBeside(g, own, logs[i]); err != nil {
			return err
		}
	}
	return nil
}

// isOfLogs tells the logs in use, which a backup has already, and what a run leaves
// that writes these, or logs of the usual names.
func isOfLogs(path string, logs []string) bool {
	dir, name := filepath.Split(path)
	for _, log := range append([]string{filepath.Join(dir, backup.LogName), filepath.Join(dir, backup.RevocationsName)}, logs...) {
		logDir, base := filepath.Split(log)
		if filepath.Clean(logDir) == filepath.Clean(dir) && backup.OfARun(name, base) {
			return true
		}
	}
	return slices.Contains(logs, path)
}

// gatherBeside adds what was set aside beside a log, under the name that it has in
// the creator's directory.
func (a *app) gatherBeside(g *gathered, own, log string) error {
	dir, base := filepath.Split(log)
	beside, err := a.Disk.ReadDir(filepath.Clean(dir))
	if err != nil && !notThere(err) {
		return fmt.Errorf("cannot read the directory %q: %w", dir, fsys.Reason(err))
	}
	slices.Sort(beside)
	for _, name := range beside {
		rest, isBeside := strings.CutPrefix(name, base+".")
		if !isBeside || !strings.HasPrefix(rest, "torn-") && !strings.HasPrefix(rest, "set-aside-") {
			continue
		}
		if err := a.addFile(g, own+"."+rest, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// addFile adds a file under a name, unless the system or a run that is over has
// left it. What cannot be added is told.
func (a *app) addFile(g *gathered, name, path string) error {
	if strings.HasPrefix(name, ".") {
		return nil
	}
	// A log that is not the one in use is never taken for it, though that may have
	// no lines.
	if g.has(name) || isLogName(name) {
		name += ".other"
		a.Warn("%q is not what is in use; it is in the backup as %q", path, name)
	}
	info, err := a.Disk.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 && isFollowed(name) {
		info, err = a.Disk.Stat(path)
	}
	if notThere(err) {
		if isFollowed(name) {
			return fmt.Errorf("%q leads nowhere", path)
		}
		return nil // removed meanwhile
	}
	if err != nil {
		return fmt.Errorf("cannot look at %q: %w", path, fsys.Reason(err))
	}
	if err := backup.CheckName(name); err != nil {
		a.Warn("%q is not in the backup: %s", path, err)
		return nil
	}
	if !info.Mode().IsRegular() {
		a.Warn("%q is not in the backup: it is %s", path, fsys.Describe(info.Mode()))
		return nil
	}
	if !isFollowed(name) {
		encrypted, err := a.isEncrypted(path)
		if encrypted {
			a.Say("%q is not in the backup: it is encrypted with age, and may be a backup itself", path)
		}
		if encrypted || err != nil {
			return err
		}
	}
	if len(g.sources) == backup.MaxFiles {
		return cli.Fail(cli.CodeBadRecord, "there are too many files for a backup",
			fmt.Sprintf("%q has more than %d", filepath.Dir(path), backup.MaxFiles),
			"move those that are not the product's to another directory")
	}
	source, err := a.sourceOf(g, name, path, info.Size())
	if err == nil {
		g.sources = append(g.sources, source)
	}
	return err
}

// isEncrypted tells whether a file may be a backup, by what it begins with.
func (a *app) isEncrypted(path string) (bool, error) {
	file, err := a.Disk.OpenFile(path, os.O_RDONLY|fsys.NoFollow|fsys.NonBlock, 0)
	if err != nil {
		return false, fmt.Errorf("cannot open %q: %w", path, fsys.Reason(err))
	}
	defer func() { _ = file.Close() }() // it was only read
	head := make([]byte, backup.HeadSize)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("cannot read %q: %w", path, fsys.Reason(err))
	}
	return backup.IsEncrypted(head[:n]), nil
}

// isLogName tells the names that a backup keeps for the logs in use.
func isLogName(name string) bool {
	return strings.EqualFold(name, backup.LogName) || strings.EqualFold(name, backup.RevocationsName)
}

// isFollowed tells the files that a command reads through a symbolic link.
func isFollowed(name string) bool {
	return name == productJSON || name == "key.env" || name == "spare.env"
}

func (a *app) sourceOf(g *gathered, name, path string, size int64) (backup.Source, error) {
	if size > maxHeld || g.held+size > maxHeldInAll && !isFollowed(name) {
		return backup.Source{File: backup.File{Name: name, Size: size}, Copy: func(w io.Writer) error {
			file, err := a.Disk.OpenFile(path, os.O_RDONLY|fsys.NonBlock, 0)
			if err != nil {
				return fmt.Errorf("cannot open %q: %w", path, fsys.Reason(err))
			}
			defer func() { _ = file.Close() }() // it was only read
			_, err = io.Copy(w, io.NewSectionReader(file, 0, size))
			return err
		}}, nil
	}
	data, err := store.ReadSmall(a.Disk, path, maxHeld, store.ReadOptions{Follow: isFollowed(name), RegularOnly: true})
	g.held += int64(len(data))
	return backup.Source{File: backup.File{Name: name, Size: int64(len(data))}, Copy: func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}}, err
}

// adviseBackup tells what is in the backup and better were not, and what is not.
func (a *app) adviseBackup(g *gathered, p *dtlic.Product) {
	if g.has("spare.env") {
		a.Warn("spare.env still lies beside the signing key, and is in the backup with it: move it to a safe place that is not this computer")
	}
	if name := p.EnvPrefix + signer.PrivateSuffix; a.Getenv(name) != "" {
		a.Warn("the signing key in $%s is not in the backup", name)
	} else if !g.has("key.env") {
		a.Warn("there is no key.env, so no signing key is in the backup")
	}
}
