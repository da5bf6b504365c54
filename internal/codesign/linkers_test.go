package codesign_test

import (
	"bytes"
	"debug/macho"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/codesign"
)

const slotSize = 8192

// slots are two contents of the same size.
var slots = [2]string{strings.Repeat("a slot: ", slotSize/8), strings.Repeat("ANOTHER ", slotSize/8)}

// built returns programs for darwin as Go's linker made and signed them, alike
// but for the slot.
func built(t *testing.T, arch string) (programs [2][]byte) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/slot\n\ngo 1.26\n",
		"main.go": `package main

import _ "embed"

//go:embed slot
var slot string

func main() {
	for _, c := range []byte(slot) {
		print(c, " ")
	}
}
`,
	} {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	for n, slot := range slots {
		write(t, filepath.Join(dir, "slot"), []byte(slot))
		out := filepath.Join(dir, "program")
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=x", "-o", out, ".")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOOS=darwin", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
		if msg, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, msg)
		}
		programs[n] = read(t, out)
	}
	if len(programs[0]) != len(programs[1]) || bytes.Equal(programs[0], programs[1]) {
		t.Fatal("the programs must differ, and not in size")
	}
	return programs
}

// stamped returns the first program with the slot of the second, and where the
// slot lies.
func stamped(t *testing.T, programs [2][]byte) (image []byte, at int) {
	t.Helper()
	image = bytes.Clone(programs[0])
	if n := bytes.Count(image, []byte(slots[0])); n != 1 {
		t.Fatalf("the slot is there %d times", n)
	}
	at = bytes.Index(image, []byte(slots[0]))
	copy(image[at:], slots[1])
	return image, at
}

// A stamped and refreshed program is, byte for byte, the one that Go's linker
// makes of the other slot.
func TestAsGosLinker(t *testing.T) {
	t.Parallel()
	programs := built(t, "arm64")
	image, at := stamped(t, programs)
	sound, err := codesign.Verify(programs[0])
	if err != nil || sound.Kind != codesign.AdHoc || !sound.LinkerSigned || !sound.AppleSilicon || sound.Identifier != "a.out" || sound.TeamID != "" || sound.Unchecked != nil {
		t.Errorf("as built: %+v, %v", sound, err)
	}
	var page *codesign.PageError
	if _, err := codesign.Verify(image); !errors.As(err, &page) || page.Page != at/4096 {
		t.Errorf("stamped, with the slot at %d: %v", at, err)
	}
	if bytes.Equal(image, programs[1]) {
		t.Error("there is nothing to refresh")
	}
	if kind, err := refresh(t, image); err != nil || kind != codesign.AdHoc {
		t.Fatalf("%v, %v", kind, err)
	}
	if !bytes.Equal(image, programs[1]) {
		t.Errorf("%d of %d bytes differ from what the linker makes", differ(image, programs[1]), len(image))
	}
	t.Logf("%d bytes, %d pages, slot at %#x", len(image), sound.Pages, at)
	cutAtCommands(t, image)
}

// cutAtCommands cuts a real program off at the end of each load command.
func cutAtCommands(t *testing.T, image []byte) {
	t.Helper()
	f, err := macho.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Loads) < 5 {
		t.Errorf("%d load commands", len(f.Loads))
	}
	end := 32
	for n, load := range f.Loads {
		for _, size := range []int{end, end + 4, end + 8} {
			for _, err := range []error{second(refresh(t, image[:size:size])), second(codesign.Verify(image[:size]))} {
				if !errors.Is(err, codesign.ErrForm) {
					t.Errorf("cut off in load command %d: %v", n, err)
				}
			}
		}
		end += len(load.Raw())
	}
}

// Go does not sign for Intel, and nothing is to be done.
func TestIntelIsNotSigned(t *testing.T) {
	t.Parallel()
	programs := built(t, "amd64")
	image, _ := stamped(t, programs)
	if kind, err := refresh(t, image); err != nil || kind != codesign.Unsigned || !bytes.Equal(image, programs[1]) {
		t.Errorf("%v, %v, %d bytes differ from what the linker makes", kind, err, differ(image, programs[1]))
	}
	if s, err := codesign.Verify(image); err != nil || s.Kind != codesign.Unsigned || s.AppleSilicon {
		t.Errorf("%+v, %v", s, err)
	}
}

// LLVM signs anew what it copies: the second linker to be equal to.
func TestAsLLVM(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("llvm-objcopy")
	if err != nil {
		t.Skip("llvm-objcopy is not installed")
	}
	version, err := exec.Command(tool, "--version").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`version (\d+)`).FindSubmatch(version); m == nil || len(m[1]) < 2 || string(m[1]) < "14" {
		t.Skipf("llvm-objcopy signs since version 14; this is %s", version)
	}
	programs := built(t, "arm64")
	var copied [2][]byte
	for n, program := range programs {
		dir := filepath.Join(t.TempDir(), strconv.Itoa(n))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		in, out := filepath.Join(dir, "in"), filepath.Join(dir, "copied")
		write(t, in, program)
		if msg, err := exec.Command(tool, in, out).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, msg)
		}
		copied[n] = read(t, out)
	}
	s, err := codesign.Verify(copied[0])
	if err != nil || s.Kind != codesign.AdHoc || !s.LinkerSigned || s.Identifier == "a.out" {
		t.Errorf("as LLVM has signed it: %+v, %v", s, err)
	}
	image, _ := stamped(t, copied)
	if _, err := codesign.Verify(image); !errors.Is(err, codesign.ErrBroken) {
		t.Errorf("stamped: %v", err)
	}
	if _, err := refresh(t, image); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(image, copied[1]) {
		t.Errorf("%d of %d bytes differ from what LLVM makes", differ(image, copied[1]), len(image))
	}
}

func differ(a, b []byte) (n int) {
	for at := range min(len(a), len(b)) {
		if a[at] != b[at] {
			n++
		}
	}
	return n + max(len(a), len(b)) - min(len(a), len(b))
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
