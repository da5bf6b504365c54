package creatorcli_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/slot"
	"github.com/dtlic/dtlic/internal/stage"
	"github.com/dtlic/dtlic/keys"
)

// The programs of these tests are no more than what buyer check reads: a slot and,
// of a Mach-O, its head and signature.

// An issuing key and a root key, of RFC 8032, section 7.1.
const (
	issuingKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
	rootKey    = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
)

// sold is the product file in the programs, with these issuing keys and a root key.
func sold(t *testing.T, issuing string) []byte {
	t.Helper()
	trusted, err := keys.ParseList(issuing + "," + rootKey)
	if err != nil {
		t.Fatal(err)
	}
	trusted[len(trusted)-1].Role = dtlic.RoleRoot
	file, err := (&dtlic.Product{
		Name: "notes", Title: "Notes", Program: "notes-license", Support: "help@example.com", LicenseKeyPrefix: "NOTES",
		EnvPrefix: "NOTES", Directory: ".notes", Keys: trusted, DefaultTier: "basic", DefaultTerm: "1y",
		Tiers: map[string]dtlic.Tier{"basic": {Features: []string{"export"}}},
	}).File()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// stamped is a filled slot.
func stamped(t *testing.T, product []byte) []byte {
	t.Helper()
	s := slot.Empty()
	if err := slot.Fill(s, slot.Content{Product: product, Version: "v1.2.3"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// programCode stands for the code of a Mach-O.
const programCode = "the code"

// forAppleSilicon makes a Mach-O of a slot; sign makes its signature, nil for none.
func forAppleSilicon(s []byte, sign func(code []byte) []byte) []byte {
	le := binary.LittleEndian
	var head []byte
	for _, v := range []uint32{0xfeedfacf, 0x0100000c, 0, 2, 1, 16, 0, 0} { // arm64, MH_EXECUTE, one command
		head = le.AppendUint32(head, v)
	}
	command, length := uint32(0x1d), uint32(0) // LC_CODE_SIGNATURE
	covered := uint32(len(head) + 16 + len(programCode) + len(s))
	if sign == nil {
		command = 0x1b // LC_UUID, the first bytes of one
	} else {
		length = uint32(len(sign(make([]byte, covered))))
	}
	for _, v := range []uint32{command, 16, covered, length} {
		head = le.AppendUint32(head, v)
	}
	code := slices.Concat(head, []byte(programCode), s)
	if sign == nil {
		return code
	}
	return append(code, sign(bytes.Clone(code))...)
}

// signature makes signatures that say they are of a team; byIdentity tells whether
// anybody signed the hashes.
func signature(byIdentity bool, identifier, team string) func(code []byte) []byte {
	return func(code []byte) []byte {
		const page, headLen = 4096, 88 // a code directory of version 0x20400
		flags := uint32(0x2)           // ad hoc
		if byIdentity {
			flags = 0
		}
		be := binary.BigEndian
		dir := append(make([]byte, headLen), identifier+"\x00"+team+"\x00"...)
		hashes, pages := len(dir), 0
		for part := range slices.Chunk(code, page) {
			sum := sha256.Sum256(part)
			dir = append(dir, sum[:]...)
			pages++
		}
		for n, v := range []uint32{0xfade0c02, uint32(len(dir)), 0x20400, flags, uint32(hashes), headLen, 0, uint32(pages), uint32(len(code))} {
			be.PutUint32(dir[4*n:], v)
		}
		dir[36], dir[37], dir[39] = sha256.Size, 2, 12
		be.PutUint32(dir[48:], uint32(headLen+len(identifier)+1))
		blobs := [][]byte{dir}
		if byIdentity {
			blobs = append(blobs, append(be.AppendUint32(be.AppendUint32(nil, 0xfade0b01), 8+4), "made"...))
		}
		var index, data []byte
		for n, blob := range blobs {
			index = be.AppendUint32(index, []uint32{0, 0x10000}[n])
			index = be.AppendUint32(index, uint32(12+8*len(blobs)+len(data)))
			data = append(data, blob...)
		}
		super := be.AppendUint32(nil, 0xfade0cc0)
		super = be.AppendUint32(super, uint32(12+len(index)+len(data)))
		super = be.AppendUint32(super, uint32(len(blobs)))
		return slices.Concat(super, index, data)
	}
}

// check runs buyer check over a program.
func check(t *testing.T, program []byte, terminal bool, flags ...string) (exit int, stdout, stderr string) {
	t.Helper()
	s := stage.New(t.TempDir())
	path := filepath.Join(s.Dir, "program")
	if err := os.WriteFile(path, program, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	exit = s.Run(stage.Call{
		Program: "dtlic", Args: append([]string{"buyer", "check", path}, flags...),
		Stdout: &out, Stderr: &errOut, Terminal: terminal, Width: 80,
	})
	return exit, out.String(), errOut.String()
}

func TestBuyerCheckRefuses(t *testing.T) {
	changed := forAppleSilicon(stamped(t, sold(t, issuingKey)), signature(true, "com.example.notes", "ABCDE12345"))
	changed[bytes.Index(changed, []byte(programCode))] ^= 1
	for _, c := range []struct {
		name    string
		program []byte
		exit    int
		says    string
	}{
		{"an empty slot", slot.Empty(), 6, "error: there is no product in this program: its slot is empty: it is a template, or a build with its keys baked in"},
		{"the development key", stamped(t, sold(t, dtlic.DevelopmentKey)), 6, "error: this program may not be given to buyers: it trusts the development key"},
		{"no product file", stamped(t, []byte("{}")), 6, "error: the product file in this program cannot be used: format must be 1"},
		{"another code than was signed", changed, 1, "error: this program was changed after it was signed: "},
		{"no slot", []byte("hello"), 1, "error: this is no buyer's program: "},
	} {
		for _, flags := range [][]string{nil, {"--json"}} {
			exit, stdout, stderr := check(t, c.program, false, flags...)
			said := stderr
			if flags != nil {
				var failure struct{ Error struct{ Message string } }
				if err := json.Unmarshal([]byte(stdout), &failure); err != nil {
					t.Fatal(err)
				}
				said = "error: " + failure.Error.Message
			} else if stdout != "" {
				t.Errorf("%s: answers %q", c.name, stdout)
			}
			if exit != c.exit || !strings.Contains(said, c.says) {
				t.Errorf("%s, %v: exit code %d, %q", c.name, flags, exit, said)
			}
		}
	}
}

// shownProgram is what buyer check --json says of a good program.
type shownProgram struct {
	Program, Product, Title, Support, Directory, Version string
	TrustedKeyIDs                                        []string `json:"trusted_key_ids"`
	KeyIDs                                               []string `json:"key_ids"`
	Keys                                                 []struct {
		PublicKey string `json:"public_key"`
		Role      string
	}
	Signature *struct {
		Kind, Identifier string
		TeamID           string `json:"team_id"`
		CDHash           string `json:"cd_hash"`
		Pages            int
		Unchecked        []string
	}
}

func checked(t *testing.T, program []byte) (v shownProgram, stderr string) {
	t.Helper()
	exit, stdout, stderr := check(t, program, false, "--json")
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || exit != 0 {
		t.Fatalf("exit code %d, %v: %s%s", exit, err, stdout, stderr)
	}
	return v, stderr
}

func TestBuyerCheckProduct(t *testing.T) {
	v, stderr := checked(t, stamped(t, sold(t, issuingKey)))
	id := func(text string) string {
		key, err := dtlic.ParsePublicKey(text)
		if err != nil {
			t.Fatal(err)
		}
		return key.ID()
	}
	if v.Program != "notes-license" || v.Product != "notes" || v.Title != "Notes" || v.Support != "help@example.com" ||
		v.Directory != ".notes" || v.Version != "v1.2.3" || v.Signature != nil || stderr != "" {
		t.Errorf("%+v, %q", v, stderr)
	}
	if want := []string{id(issuingKey)}; !slices.Equal(v.TrustedKeyIDs, want) {
		t.Errorf("trusted_key_ids are %q, and a root key signs no license: want %q", v.TrustedKeyIDs, want)
	}
	if want := []string{id(issuingKey), id(rootKey)}; !slices.Equal(v.KeyIDs, want) {
		t.Errorf("key_ids are %q, want %q", v.KeyIDs, want)
	}
	if len(v.Keys) != 2 || v.Keys[0].PublicKey != issuingKey || v.Keys[0].Role != "issuing" || v.Keys[1].PublicKey != rootKey || v.Keys[1].Role != "root" {
		t.Errorf("keys are %+v", v.Keys)
	}
}

func TestBuyerCheckSignature(t *testing.T) {
	s := stamped(t, sold(t, issuingKey))
	const noMacStarts = "warning: it has no signature at all, and no Mac with Apple's chips starts it: sign it"
	v, stderr := checked(t, forAppleSilicon(s, nil))
	if v.Signature == nil || v.Signature.Kind != "unsigned" || v.Signature.CDHash != "" || !strings.Contains(stderr, noMacStarts) {
		t.Errorf("unsigned: %+v, %q", v.Signature, stderr)
	}
	v, stderr = checked(t, forAppleSilicon(s, signature(false, "a.out", "ABCDE12345")))
	if g := v.Signature; g == nil || g.Kind != "ad_hoc" || g.Identifier != "a.out" || g.TeamID != "" || g.Pages != 3 || len(g.Unchecked) > 0 || stderr != "" {
		t.Errorf("ad hoc: %+v, %q", g, stderr)
	} else if raw, err := hex.DecodeString(g.CDHash); err != nil || len(raw) != 20 {
		t.Errorf("cd_hash is %q", g.CDHash)
	}
	v, stderr = checked(t, forAppleSilicon(s, signature(true, "com.example.notes", "ABCDE12345")))
	if g := v.Signature; g == nil || g.Kind != "signed" || g.Identifier != "com.example.notes" || g.TeamID != "ABCDE12345" || stderr != "" ||
		!slices.Contains(g.Unchecked, "who signed it, and whether Apple has notarized it") ||
		!slices.Contains(g.Unchecked, "whether it is of team ABCDE12345, as it says") {
		t.Errorf("signed: %+v, %q", g, stderr)
	}
}

// Golden lines of the sheet, without its frame.
func TestBuyerCheckSheet(t *testing.T) {
	const of = `Notes

Program         notes-license
Product         notes
Support         help@example.com

Trusted keys    KEY1, issuing
                KEY2, root

Version         v1.2.3
`
	s := stamped(t, sold(t, issuingKey))
	for _, c := range []struct {
		name      string
		program   []byte
		signature string
	}{
		{"no Mach-O", s, ""},
		{"unsigned", forAppleSilicon(s, nil), "Signature       not signed\n"},
		{"by a team", forAppleSilicon(s, signature(true, "com.\x1b[31m", "ABCDE12345")), `Signature       signed, 3 pages, as com.\u{001B}[31m
                says it is of team ABCDE12345, which is not checked here
                CDHash HASH
Not checked     who signed it, and whether Apple has notarized it
                whether it is of team ABCDE12345, as it says
`},
	} {
		v, _ := checked(t, c.program)
		exit, stdout, _ := check(t, c.program, true, "--color=never")
		var lines []string
		for line := range strings.Lines(stdout) {
			if line = strings.Trim(line, "│╭╮╰╯─\n"); strings.Trim(line, " ") != "" || len(lines) > 0 {
				lines = append(lines, strings.TrimRight(strings.TrimPrefix(line, "  "), " "))
			}
		}
		want := strings.NewReplacer("KEY1", v.KeyIDs[0], "KEY2", v.KeyIDs[1]).Replace(of + c.signature)
		if v.Signature != nil {
			want = strings.Replace(want, "HASH", v.Signature.CDHash, 1)
		}
		if got := strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"; exit != 0 || got != want {
			t.Errorf("%s: exit code %d\n%s\nwant\n%s", c.name, exit, got, want)
		}
	}
}
