//go:build linux

package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

func wholePath(s *scene) {
	s.dtlic("init", "--product", "notes", "--title", "Notes", "--support", "help@example.com",
		"--program", "notes-license", "--tiers", "basic=export,studio=export+batch", "--yes").exit(0)
	mail := s.dtlic(withHolder("mint", "--days", "30", "--mail")...).exit(0).shows("Ada Buyer", "help@example.com").stdout
	file := s.write(s.folder+`\Mail.txt`, []byte(strings.ReplaceAll(mail, "\n", "\r\n")))
	s.dtlic(withHolder("activate", file)...).exit(0).shows("state: active", "granted_features: export\n")
	s.dtlic("status").exit(0).shows("state: active", "name: Ada Buyer", "path: "+s.home+`\.notes\license.json`)
	renewal := s.dtlic(withHolder("mint", "--years", "2", "--tier", "studio")...).exit(0).blob()
	s.dtlic("renew", renewal).exit(0).shows("state: active")
	s.dtlic("status").exit(0).shows("tier: studio")
	// The former license is worse now, and does not come back.
	s.dtlic(withHolder("activate", file)...).exit(3).says("would replace a better one")
	lines := strings.Split(strings.TrimSuffix(s.dtlic("log", "list").exit(0).stdout, "\n"), "\n")
	if len(lines) < 2 {
		failf("log list shows %q", lines)
	}
	s.dtlic("deactivate", "--yes").exit(0)
	s.dtlic("status").exit(5)
	s.dtlic("deactivate", "--yes").exit(5)
	s.wantFiles(s.home + `\.notes`)
	s.wantFiles(s.home+`\.notes-creator`, "issued.jsonl", "issued.jsonl.lock", "key.env", "product.json", "spare.env")
}

// wantFiles requires that just these stand in a folder.
func (s *scene) wantFiles(folder string, want ...string) {
	entries, err := os.ReadDir(s.unixPath(folder))
	must(err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		failf("%s holds %q, want %q", folder, got, want)
	}
}

func umlautHome(s *scene) {
	s.activate("--days", "9")
	if !strings.Contains(s.home, "ä") || !s.exists(s.licenseFile()) {
		failf("%s is not there", s.licenseFile())
	}
	s.buyer("status").exit(0).shows("path: " + s.licenseFile() + "\n")
	s.buyer("report").exit(0).shows(s.licenseFile(), "windows")
}

func statusJSON(s *scene) {
	s.activate("--days", "9")
	var got struct {
		State, Path string
		Email       string
		ActivatedAt time.Time `json:"activated_at"`
		ExpiresAt   time.Time `json:"expires_at"`
		Error       any
	}
	document := s.buyer("status", "--json").exit(0).stdout
	must(json.Unmarshal([]byte(document), &got))
	if got.State != "active" || got.Path != s.licenseFile() || got.Email != "ada@example.com" || got.Error != nil ||
		got.ActivatedAt.IsZero() || !got.ExpiresAt.After(got.ActivatedAt) || strings.Contains(document, "\r") {
		failf("status --json: %s", document)
	}
	s.buyer("deactivate", "--yes").exit(0)
	var none struct{ Error struct{ Code string } }
	must(json.Unmarshal([]byte(s.buyer("status", "--json").exit(5).stdout), &none))
	if none.Error.Code != "not_activated" {
		failf("status --json without a license: code %q", none.Error.Code)
	}
}

func exitCodes(s *scene) {
	s.buyer("--help").exit(0)
	s.buyer("activate", `C:\nowhere\x.dtlic`, "--name", "Ada Buyer", "--email", "ada@example.com").exit(4)
	s.buyer(withHolder("activate", `C:\windows`)...).exit(1).says("directory")
	s.buyer("activate", "--nonsense").exit(2)
	s.buyer("activate", s.mint(), "--name", "Ada Buyer", "--email", "other@example.com").exit(3)
	damaged := []byte(s.mint())
	damaged[len(damaged)-1] ^= 'A' ^ 'Q' // a bit of the signature
	s.buyer(withHolder("activate", string(damaged))...).exit(4)
	s.buyer("status").exit(5)
}

// mails are activated from files and from standard input, in every form in
// which Windows' own programs save a text.
func mails(s *scene) {
	mail := strings.ReplaceAll(s.dtlic(withHolder("mint", "--mail")...).exit(0).stdout, "\n", "\r\n")
	for _, form := range []struct {
		name string
		text []byte
	}{
		{"UTF-8 and CRLF (Notepad)", []byte(mail)},
		{"UTF-8 with a byte-order mark", append([]byte("\ufeff"), mail...)},
		{"UTF-16LE with a byte-order mark (PowerShell 5.1's >)", utf16Text(binary.LittleEndian, mail)},
		{"UTF-16BE with a byte-order mark", utf16Text(binary.BigEndian, mail)},
		{"Windows-1252", []byte("F\xfcr Sie:\r\n" + mail)},
	} {
		file := s.write(s.folder+`\Ihre Lizenz.txt`, form.text)
		for _, c := range []call{
			{args: withHolder("activate", file)},
			{args: withHolder("activate", "-"), stdin: string(form.text)},
		} {
			c.program = development + `\dtlic-buyer`
			a := s.run(c)
			if a.code != 0 {
				failf("%s: %s: exit code %d: %s", form.name, a.what, a.code, a.stderr)
			}
			a.exit(0).shows("state: active")
			s.buyer("deactivate", "--yes").exit(0)
		}
	}
}

func utf16Text(order binary.AppendByteOrder, text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

func standardInput(s *scene) {
	s.run(call{program: development + `\dtlic-buyer`, args: withHolder("activate", "-"), stdin: s.mint("--days", "9") + "\r\n"}).exit(0)
	s.run(call{program: development + `\dtlic-buyer`, args: []string{"renew"}, stdin: s.mint("--days", "99") + "\n"}).exit(0)
	s.run(call{program: development + `\dtlic-buyer`, args: []string{"renew", "-"}}).exit(4).says("there is no license")
	s.buyer("activate", "-").exit(2) // nobody can be asked who the holder is
}

func exitCodeSix(s *scene, args ...string) {
	s.run(call{program: unkeyed + `\dtlic-buyer`, args: args}).exit(6).says("error")
}

func unkeyedBuild(s *scene) {
	exitCodeSix(s, "status")
	exitCodeSix(s, withHolder("activate", s.mint())...)
	s.run(call{program: unkeyed + `\dtlic-buyer`, args: []string{"version"}}).exit(0).shows("platform: windows/amd64")
	if s.exists(s.licenseFile()) {
		failf("it wrote %s all the same", s.licenseFile())
	}
}

func productBuild(s *scene) {
	buyer := product + `\dtlic-buyer`
	anybodys := s.mint("--days", "9")
	s.run(call{program: buyer, args: withHolder("activate", anybodys)}).exit(4).says("not signed with a key that this program trusts")
	// Nothing in the environment adds a key.
	pair := s.dtlic("pubkey").exit(0).stdout
	s.run(call{
		program: buyer, args: withHolder("activate", anybodys),
		env: []string{"DATATOOLS_LICENSE_PUBKEY=" + strings.TrimSpace(pair)},
	}).exit(4)
	own := s.run(call{
		program: product + `\dtlic`, args: withHolder("mint", "--days", "9"),
		env: []string{"DATATOOLS_LICENSE_PRIVKEY=" + sellerSeed},
	}).exit(0).blob()
	s.run(call{program: buyer, args: withHolder("activate", own)}).exit(0).shows("state: active")
	s.run(call{program: buyer, args: []string{"status"}}).exit(0).shows("state: active")
	s.buyer("status").exit(4) // the development build does not trust the seller's key
}

func powershell(s *scene) {
	s.buyer("completion", "powershell").exit(0).shows("Register-ArgumentCompleter", "dtlic-buyer")
	s.dtlic("completion", "powershell").exit(0).shows("Register-ArgumentCompleter")
	s.dtlic("__complete", "mint", "--ti").exit(0).shows("--tier")
}
