package ledger

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Licenses for these tests: their shape is the real one's, and their signature a
// SHA-512, which has as many bytes.

var base64url = base64.RawURLEncoding

const (
	testKey    = "AAAAAAAAAAA"
	foreignKey = "BBBBBBBBBBB"
)

// signed puts a license into a record that says the same.
func signed(r Record) Record {
	payload := r
	payload.Blob, payload.KeyID, payload.Order, payload.Replaces, payload.Note = "", "", "", "", ""
	text := "DTLIC2:" + r.KeyID + "." + base64url.EncodeToString(payload.Append(nil))
	sum := sha512.Sum512([]byte(text))
	r.Blob = text + "." + base64url.EncodeToString(sum[:])
	return r
}

// nth is the nth record of a log, a minute younger than the one before it.
func nth(n int) Record {
	issued := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	return signed(Record{
		LicenseKey: fmt.Sprintf("K-%d", n), Name: fmt.Sprintf("Zoë %d", n), Email: fmt.Sprintf("b%d@example.com", n), Tier: "core",
		IssuedAt: issued.Format(time.RFC3339), ExpiresAt: issued.AddDate(1, 0, 0).Format(time.RFC3339), KeyID: testKey, Product: "notes",
	})
}

func lineOf(r Record) string { return string(r.Append(nil)) }

var licenseShape = regexp.MustCompile(`DTLIC2:[A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}`)

// testJudge judges these licenses for the product notes.
func testJudge() *Judge {
	return &Judge{
		Product: "notes",
		Verify:  verifyTest,
		Find:    func(text string) []string { return licenseShape.FindAllString(text, -1) },
	}
}

func verifyTest(blob string) (Record, *Finding) {
	problem := func(class Class) (Record, *Finding) {
		return Record{}, &Finding{Class: class, What: "the license is " + string(class)}
	}
	parts := strings.Split(blob, ".")
	switch {
	case strings.HasPrefix(blob, "DTLIC1:"):
		return problem(OtherKind)
	case licenseShape.FindString(blob) != blob || blob == "":
		return problem(BadLicense)
	case parts[0] == "DTLIC2:"+foreignKey:
		return problem(UnknownKey)
	}
	sum := sha512.Sum512([]byte(parts[0] + "." + parts[1]))
	if base64url.EncodeToString(sum[:]) != parts[2] {
		return problem(BadSignature)
	}
	payload, err := base64url.DecodeString(parts[1])
	if err != nil {
		return problem(BadLicense)
	}
	r, err := Parse(payload)
	if err != nil {
		return problem(BadLicense)
	}
	if r.Product != "notes" {
		return problem(OtherProduct)
	}
	r.Blob, r.KeyID = blob, testKey
	return r, nil
}
