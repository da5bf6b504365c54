package envelope_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dtlic/dtlic/internal/envelope"
)

// curve is edwards25519 in the plainest way (RFC 8032 section 5.1), with
// constants worked out and not copied.
type curve struct{ p, d, sqrtMinusOne *big.Int }

func newCurve() curve {
	p := new(big.Int).Lsh(big.NewInt(1), 255)
	p.Sub(p, big.NewInt(19))
	d := new(big.Int).ModInverse(big.NewInt(121666), p)
	d.Mul(d, big.NewInt(-121665)).Mod(d, p)
	e := new(big.Int).Sub(p, big.NewInt(1))
	return curve{p, d, new(big.Int).Exp(big.NewInt(2), e.Rsh(e, 2), p)}
}

// decode follows RFC 8032 section 5.1.3 step by step.
func (c curve) decode(key []byte) (x, y *big.Int, ok bool) {
	le := slices.Clone(key)
	sign := uint(le[31] >> 7)
	le[31] &= 0x7f
	slices.Reverse(le)
	if y = new(big.Int).SetBytes(le); y.Cmp(c.p) >= 0 {
		return nil, nil, false
	}
	one := big.NewInt(1)
	yy := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(yy, one)
	v := new(big.Int).Mul(c.d, yy)
	v.Add(v, one)
	// The candidate root of u/v is (u/v)^((p+3)/8).
	xx := new(big.Int).Mul(u, new(big.Int).ModInverse(v.Mod(v, c.p), c.p))
	xx.Mod(xx, c.p)
	e := new(big.Int).Add(c.p, big.NewInt(3))
	x = new(big.Int).Exp(xx, e.Rsh(e, 3), c.p)
	if !c.isSquareOf(x, xx) {
		x.Mul(x, c.sqrtMinusOne).Mod(x, c.p)
		if !c.isSquareOf(x, xx) {
			return nil, nil, false
		}
	}
	if x.Sign() == 0 && sign == 1 {
		return nil, nil, false
	}
	if x.Bit(0) != sign {
		x.Sub(c.p, x)
	}
	return x, y, true
}

func (c curve) isSquareOf(x, xx *big.Int) bool {
	square := new(big.Int).Mul(x, x)
	return square.Mod(square, c.p).Cmp(xx) == 0
}

func (c curve) encode(x, y *big.Int) []byte {
	out := y.FillBytes(make([]byte, 32))
	slices.Reverse(out)
	out[31] |= byte(x.Bit(0) << 7)
	return out
}

// double adds a point to itself by the affine law.
func (c curve) double(x, y *big.Int) (x2, y2 *big.Int) {
	xy := new(big.Int).Mul(x, y)
	xx, yy := new(big.Int).Mul(x, x), new(big.Int).Mul(y, y)
	t := new(big.Int).Mul(xx, yy)
	t.Mul(t, c.d).Mod(t, c.p)
	one := big.NewInt(1)
	plus := new(big.Int).ModInverse(new(big.Int).Add(one, t), c.p)
	minus := new(big.Int).Sub(one, t)
	minus.ModInverse(minus.Mod(minus, c.p), c.p)
	x2 = new(big.Int).Lsh(xy, 1)
	y2 = new(big.Int).Add(yy, xx)
	return x2.Mul(x2, plus).Mod(x2, c.p), y2.Mul(y2, minus).Mod(y2, c.p)
}

// takes is the oracle: a canonical point of more than order 8.
func (c curve) takes(key []byte) bool {
	x, y, ok := c.decode(key)
	if !ok || !bytes.Equal(c.encode(x, y), key) {
		return false
	}
	for range 3 {
		x, y = c.double(x, y)
	}
	return x.Sign() != 0 || y.Cmp(big.NewInt(1)) != 0
}

func TestCheckPublicKeyAgainstAnOracle(t *testing.T) {
	c := newCurve()
	random := rand.New(rand.NewPCG(1, 2))
	taken := 0
	check := func(key []byte) {
		want := c.takes(key)
		if err := envelope.CheckPublicKey(key); (err == nil) != want {
			t.Errorf("%x: %v, the oracle takes it: %v", key, err, want)
		}
		if want {
			taken++
		}
	}
	key := make([]byte, ed25519.PublicKeySize)
	for range 10_000 {
		for i := range key {
			key[i] = byte(random.Uint32())
		}
		check(key)
	}
	if taken < 4_700 || taken > 5_300 {
		t.Errorf("%d of 10,000 are points, half of them have to be", taken)
	}
	// All small y, and all that are p and more, with either sign.
	for n := range 256 {
		for _, sign := range []byte{0, 0x80} {
			clear(key)
			key[0], key[31] = byte(n), sign
			check(key)
			for i := range key {
				key[i] = 0xff
			}
			key[0], key[31] = byte(n), 0x7f|sign
			check(key)
		}
	}
}

func TestKeysOfSignersAreTaken(t *testing.T) {
	for n := range 200 {
		seed := sha256.Sum256([]byte{byte(n)})
		public := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
		if err := envelope.CheckPublicKey(public); err != nil {
			t.Errorf("%x: %v", public, err)
		}
	}
}

func TestLowOrderKeys(t *testing.T) {
	data, err := os.ReadFile("../../testdata/vectors/low-order-keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		key, err := hex.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		found++
		if err := envelope.CheckPublicKey(key); err == nil || !strings.Contains(err.Error(), "low-order") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if found != 14 {
		t.Errorf("%d keys, want 14", found)
	}
}

func TestKeySize(t *testing.T) {
	for _, n := range []int{0, 31, 33, 64} {
		if envelope.CheckPublicKey(make([]byte, n)) == nil {
			t.Errorf("%d bytes are taken", n)
		}
	}
}

func TestKeyID(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	sum := sha256.Sum256(key)
	if got, want := envelope.KeyID(key), base64.RawURLEncoding.EncodeToString(sum[:8]); got != want || len(got) != envelope.KeyIDLength {
		t.Errorf("got %q, want %q", got, want)
	}
}
