package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// pieces reads all lines, checking that they lie one behind the other.
func pieces(t *testing.T, v View) (all []Piece) {
	t.Helper()
	var at int64
	for part, err := range Scan(t.Context(), v.Unfinished(), func(*Block, *struct{}) {}) {
		if err != nil {
			t.Fatal(err)
		}
		for p := range part.Pieces() {
			if p.Number += part.First; p.Number != len(all)+1 || p.At != at {
				t.Fatalf("line %d at %d, want %d at %d", p.Number, p.At, len(all)+1, at)
			}
			at += p.Size
			p.Raw = slices.Clone(p.Raw)
			all = append(all, p)
		}
		if part.Lines > 0 && part.End() != at {
			t.Fatalf("block %d ends at %d, want %d", part.Index, part.End(), at)
		}
	}
	if at != v.size {
		t.Fatalf("%d bytes of %d", at, v.size)
	}
	return all
}

func TestPiecesHaveEveryByte(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2))
	lengths := []int{0, 1, 100, 700, int(blockSize) - 1, int(blockSize), int(blockSize) + 1, MaxLine - 1, MaxLine, MaxLine + 1, 3 * MaxLine}
	for range 60 {
		var text strings.Builder
		for range 1 + random.IntN(12) {
			text.WriteString(strings.Repeat("x", lengths[random.IntN(len(lengths))]) + "\n")
		}
		if random.IntN(2) == 0 {
			text.WriteString(strings.Repeat("y", lengths[random.IntN(len(lengths))]))
		}
		f := newFixture(noFault(), logIn(t))
		write(t, f.Path, text.String())
		s, err := f.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		for _, p := range pieces(t, s.View) {
			if err := s.Copy(&got, p); err != nil {
				t.Fatal(err)
			}
			line := text.String()[p.At : p.At+p.Size]
			content, ended := strings.CutSuffix(line, "\n")
			tooLong := len(content) > MaxLine
			if p.Ended != ended || tooLong != (p.Raw == nil) || !tooLong && string(p.Raw) != content || strings.Contains(content, "\n") {
				t.Fatalf("line %d of %d bytes: ended %v, %d bytes", p.Number, p.Size, p.Ended, len(p.Raw))
			}
		}
		if got.String() != text.String() {
			t.Error("the copies are not the file")
		}
		s.Close()
	}
}

func TestMendSeesAnUnfinishedLine(t *testing.T) {
	f := newFixture(noFault(), logIn(t))
	write(t, f.Path, "<1>\n<2")
	err := f.Mend(context.Background(), func(existing View, w io.Writer) error {
		if got := pieces(t, existing); len(got) != 2 || string(got[1].Raw) != "<2" || got[1].Ended {
			t.Errorf("lines %v", got)
		}
		aside, err := f.Aside("mended")
		if err != nil {
			return err
		}
		if _, err := io.WriteString(aside, "<2"); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "<1>\n"); err != nil {
			return err
		}
		return aside.Keep()
	})
	if err != nil || read(t, f.Path) != "<1>\n" || read(t, f.Path+".mended-20261121T120000Z") != "<2" {
		t.Errorf("%v, the log holds %q", err, read(t, f.Path))
	}
	if len(f.warnings) != 0 {
		t.Errorf("warnings %q", f.warnings)
	}
	aside, err := f.Aside("mended")
	if err != nil || !strings.HasSuffix(aside.Path(), "-2") {
		t.Fatalf("%v", err)
	}
	cause := errors.New("no need")
	if err := aside.Discard(cause); !errors.Is(err, cause) || read(t, aside.Path()) != "" {
		t.Errorf("%v", err)
	}
}
