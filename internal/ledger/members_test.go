package ledger

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestMembers(t *testing.T) {
	const line = ` { "x_shop" : {"a": [1, "\u001b"]}, "license_key":"K-1","name":"Ada","email":"ada@example.com","tier":"core",` +
		`"issued_at":"2026-11-21T12:00:00Z","expires_at":"2027-11-21T12:00:00Z","blob":"b","trial":true,"note":"n", "state":null}`
	r, err := Parse([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	want := []Member{
		{"license_key", "K-1"},
		{"name", "Ada"},
		{"email", "ada@example.com"},
		{"tier", "core"},
		{"issued_at", "2026-11-21T12:00:00Z"},
		{"expires_at", "2027-11-21T12:00:00Z"},
		{"blob", "b"},
		{"key_id", ""},
		{"product", ""},
		{"trial", true},
		{"note", "n"},
	}
	if got := r.Members(); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	e := Entry{Record: r, Raw: []byte(line)}
	unknown := []Member{{"x_shop", json.RawMessage(`{"a": [1, "\u001b"]}`)}, {"state", json.RawMessage("null")}}
	if got := e.Unknown(); !reflect.DeepEqual(got, unknown) {
		t.Errorf("%v, want %v", got, unknown)
	}
}

// TestMembersAreWhatIsWritten: the one list of members serves both.
func TestMembersAreWhatIsWritten(t *testing.T) {
	for _, r := range []Record{{}, {LicenseKey: "K", StartsAt: "s", UpdatesUntil: "u", Trial: true, Order: "o", Replaces: "r", Note: "n"}} {
		var written map[string]any
		if err := json.Unmarshal(r.Append(nil), &written); err != nil {
			t.Fatal(err)
		}
		listed := make(map[string]any)
		for _, m := range r.Members() {
			listed[m.Name] = m.Value
		}
		if !reflect.DeepEqual(listed, written) {
			t.Errorf("%v is listed, %v is written", listed, written)
		}
	}
}
