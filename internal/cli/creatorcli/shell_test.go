package creatorcli

import "testing"

func TestShellLines(t *testing.T) {
	posix, power := shell{}, shell{power: true}
	for _, c := range []struct{ got, want string }{
		{posix.word("key.env"), "key.env"},
		{posix.word("Ada's key"), `'Ada'\''s key'`},
		{posix.word(`a\b`), `'a\b'`},
		{power.word(`C:\Users\ada\key.env`), `C:\Users\ada\key.env`},
		{power.word(`C:\Users\Ada's key`), `'C:\Users\Ada''s key'`},
		{posix.loadLine("keypair.env"), "set -a; . ./keypair.env; set +a"},
		{posix.loadLine("/a b/key.env"), "set -a; . '/a b/key.env'; set +a"},
		{power.loadLine("keypair.env"), `Get-Content keypair.env | Where-Object { $_ -match '^\w+=' } | ForEach-Object { $n, $v = $_ -split '=', 2; Set-Item "env:$n" $v }`},
		{posix.copyLine("a", "b c"), "cp a 'b c'"},
		{power.copyLine(`C:\a`, "b c"), `Copy-Item C:\a 'b c'`},
		{posix.withVariable("LOG", "a b", "dtlic log repair"), "LOG='a b' dtlic log repair"},
		{power.withVariable("LOG", `C:\Ada's`, "dtlic log repair"), `$env:LOG = 'C:\Ada''s'; dtlic log repair`},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
