package docs_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/dtlic/dtlic/internal/fsys"
	"github.com/dtlic/dtlic/internal/slot"
	"github.com/dtlic/dtlic/internal/stage"
	"github.com/dtlic/dtlic/internal/stamp"
	"github.com/dtlic/dtlic/keys"
)

// life is a creator's and a buyer's commands, each of which looks at whatever it
// ever looks at. BLOB stands for the license that mint printed last, CUT for its
// beginning, KEY for its license key, and HOME for the home directory, where dtlic
// lies in the folder toolkit. The editor of product edit fails, so that its copy
// stays.
var life = []string{
	"init --product notes --title Notes --support help@example.com --tiers basic=export --yes",
	"product show", "product check", "product use notes", "product edit --title Letters", "product edit",
	"buyer build --output HOME/programs", "buyer check HOME/programs/PROGRAM",
	"keygen --output HOME/other.env", "pubkey", "mint --name Ada --email ada@example.com",
	"revoke KEY --reason refund", "unrevoke KEY",
	"product mail --from HOME/given.txt", "product mail --reset", "product mail --from HOME/given.txt", "log resend KEY --mail",
	"log list", "log find Ada", "log show KEY", "log expiring", "log stats", "log path", "log resend KEY", "log check", "log repair", "log export --format json", "log merge HOME/programs/other.jsonl", "inspect CUT",
	"backup --output HOME/programs/notes.age --recipient RECIPIENT",
	"restore HOME/programs/notes.age --identity HOME/programs/age.txt",
	"activate BLOB", "status", "mint --name Ada --email ada@example.com --years 2", "renew BLOB", "report", "version", "help mint",
}

// looks are what each command looked at.
type looks map[string][]string

func (l looks) add(command, what string) {
	if !slices.Contains(l[command], what) {
		l[command] = append(l[command], what)
	}
}

// watched is a disk that tells which names are opened, or taken by a new file.
type watched struct {
	fsys.FS
	see func(path string)
}

func (w watched) OpenFile(path string, flag int, perm fs.FileMode) (fsys.File, error) {
	w.see(path)
	return w.FS.OpenFile(path, flag, perm)
}

func (w watched) Rename(from, to string) error {
	w.see(to)
	return w.FS.Rename(from, to)
}

func (w watched) Link(from, to string) error {
	w.see(to)
	return w.FS.Link(from, to)
}

// lived runs the commands and returns the variables that each asked for, and the
// files in the home that it opened or made, both as environment.md writes them.
func lived(t *testing.T, s *stage.Stage, commands ...string) (variables, files looks) {
	layTemplates(t, filepath.Join(s.Dir, "toolkit", "templates"))
	identity, err := age.GenerateX25519Identity()
	programs := filepath.Join(s.Dir, "programs")
	if err := errors.Join(err, os.Mkdir(programs, 0o700),
		os.WriteFile(filepath.Join(programs, "age.txt"), []byte(identity.String()), 0o600),
		os.WriteFile(filepath.Join(programs, "other.jsonl"), nil, 0o600),
		os.WriteFile(filepath.Join(s.Dir, "given.txt"), []byte("{license}\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	variables, files = make(looks), make(looks)
	var blob, key string
	run := func(line string) {
		line = strings.NewReplacer("BLOB", blob, "CUT", blob[:len(blob)/2], "KEY", key, "HOME", s.Dir, "RECIPIENT", identity.Recipient().String(),
			"PROGRAM", runtime.GOOS+"_"+runtime.GOARCH+"/"+stamp.ProgramFile("notes-license", platform)).Replace(line)
		var out bytes.Buffer
		call := stage.Call{Program: "dtlic", Args: strings.Fields(line), Stdout: &out, Stderr: &out, Terminal: true, Width: 80}
		env := s.Env(call)
		name := call.Args[0]
		env.Getenv = func(variable string) string {
			prefix, suffix, found := strings.Cut(variable, "_")
			if found && (prefix == "NOTES" || prefix == "DATATOOLS") {
				variable = "PREFIX_" + suffix
			}
			variables.add(name, variable)
			return ""
		}
		env.Executable = func() (string, error) { return filepath.Join(s.Dir, "toolkit", "dtlic"), nil }
		env.DefaultEditor = "ed"
		env.Edit = func(argv []string) error {
			return errors.Join(os.WriteFile(argv[1], []byte("{}"), 0o600), errors.New("exit status 1"))
		}
		env.Disk = watched{env.Disk, func(path string) { files.add(name, shownFile(s, path)) }}
		if exit := stage.Programs[call.Program].Run(env); exit != 0 && name != "inspect" && line != "product edit" {
			t.Fatalf("%s: exit code %d\n%s", line, exit, out.String())
		}
		if name == "mint" {
			blob = regexp.MustCompile(`DTLIC2:\S+`).FindString(out.String())
			key = regexp.MustCompile(`minted (\S+)`).FindStringSubmatch(out.String())[1]
		}
	}
	for _, line := range commands {
		run(line)
	}
	return variables, files
}

const platform = runtime.GOOS + "/" + runtime.GOARCH

// layTemplates makes a folder of templates with one for this platform: this very
// program, with a slot.
func layTemplates(t *testing.T, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	empty := slot.Empty()
	mark, _, _ := bytes.Cut(empty, []byte("\n")) // with which a slot begins; this program has it to look for slots
	image = append(bytes.ReplaceAll(image, mark, make([]byte, len(mark))), empty...)
	release, _ := keys.Version()
	one := stamp.NewTemplate(platform, image)
	list, err := (&stamp.List{Format: 1, Version: release, Templates: []stamp.Template{one}}).Encode()
	if err = errors.Join(err, os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, one.File), image, 0o600),
		os.WriteFile(filepath.Join(dir, stamp.ListFile), list, 0o600)); err != nil {
		t.Fatal(err)
	}
}

var editCopy = regexp.MustCompile(`/product-edit-[0-9a-f]+\.json$`)

func shownFile(s *stage.Stage, path string) string {
	name := "~" + filepath.ToSlash(strings.TrimPrefix(path, s.Dir))
	if strings.HasPrefix(name, "~/toolkit/templates/") {
		return "templates/"
	}
	name = editCopy.ReplaceAllString(name, "/product-edit-*.json")
	return strings.NewReplacer("/.notes-creator/", "/.PRODUCT-creator/", "/.notes/", "/DIRECTORY/").Replace(name)
}

var environmentRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| [^|]+ \\|$")

// environment reads a table of environment.md: who uses what.
func environment(t *testing.T, section string) map[string]string {
	t.Helper()
	p := readPage(t, "docs/environment.md")
	_, text, found := strings.Cut(p.text, "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	rows := make(map[string]string)
	for _, m := range environmentRow.FindAllStringSubmatch(text, -1) {
		rows[m[1]] = m[2]
	}
	if !found || len(rows) < 5 {
		t.Fatalf("environment.md has %d rows in %q", len(rows), section)
	}
	return rows
}

// TestVariables compares the page with what the commands really ask for.
func TestVariables(t *testing.T) {
	rows := environment(t, "Variables")
	delete(rows, "HOME") // it is no variable to the programs, which know the home
	asked, _ := lived(t, newSession(t).Stage, append(slices.Clip(life), "deactivate --yes")...)
	everybody := make(map[string]bool)
	for command, variables := range asked {
		for _, v := range variables {
			everybody[v] = true
			if by, ok := rows[v]; !ok {
				t.Errorf("environment.md does not have %s, which %s reads", v, command)
			} else if !strings.HasPrefix(by, "every command") && !strings.Contains(by, "`"+command+"`") {
				t.Errorf("environment.md says that %s is read by %s, and %s reads it too", v, by, command)
			}
		}
	}
	for v, by := range rows {
		if !everybody[v] {
			t.Errorf("environment.md has %s, which nothing reads", v)
		}
		for _, m := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(by, -1) {
			command := m[1]
			if variables, ran := asked[command]; ran && !slices.Contains(variables, v) && !strings.HasPrefix(by, "every") {
				t.Errorf("environment.md says that %s reads %s, which it does not", command, v)
			}
		}
	}
}

// TestFiles compares the page with what the commands open, and with what lies in
// a home after them.
func TestFiles(t *testing.T) {
	rows := environment(t, "Files")
	s := newSession(t).Stage
	_, opened := lived(t, s, life...)
	for command, files := range opened {
		for _, file := range files {
			by, listed := rows[file]
			if listed && !strings.HasPrefix(by, "every command") && !strings.Contains(by, "`"+command+"`") {
				t.Errorf("environment.md says that %s is used by %s, and %s uses it too", file, by, command)
			}
		}
	}
	if len(opened["status"]) == 0 {
		t.Error("nobody saw which files status opens")
	}
	found := make(map[string]bool)
	err := filepath.WalkDir(s.Dir, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.Name() == "programs" {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || entry.Name() == "other.env" || entry.Name() == "given.txt" || strings.HasSuffix(path, ".lock") {
			return err
		}
		found[shownFile(s, path)] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, want := slices.Sorted(maps.Keys(rows)), slices.Sorted(maps.Keys(found))
	if !slices.Equal(got, want) {
		t.Errorf("environment.md lists\n%q\nand there are\n%q", got, want)
	}
}
