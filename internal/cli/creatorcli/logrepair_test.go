package creatorcli

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// A repair that fails says what of the two files was changed, and no more.
func TestARepairByHalf(t *testing.T) {
	const revoked = `{"license_key":"SOLD-1","action":"revoke","at":"2026-11-21T12:00:00Z"}` + "\n"
	for _, c := range []struct {
		fails, want string
		log         bool // whether the log was repaired
	}{
		{".issued.jsonl.dtlic-new", "dtlic: error: the issuance log was not repaired: ", false},
		{".revoked.jsonl.dtlic-new", "dtlic: error: what is revoked was not repaired: ", true},
	} {
		b, disk, _ := twoComputers(t)
		log := b.read(b.path("issued.jsonl"))
		b.write(map[string]string{"issued.jsonl": "nonsense\n" + log, "revoked.jsonl": "nonsense\n" + revoked})
		disk.writes, disk.err = c.fails, syscall.ENOSPC
		code := b.run("log", "repair", "--yes")
		out := b.out.String()
		if code != 1 || !strings.Contains(out, c.want) || strings.Contains(out, "note: set 1 line of 2 aside") != c.log {
			t.Errorf("%s: exit code %d: %s", c.fails, code, out)
		}
		if repaired := b.read(b.path("issued.jsonl")) == log; repaired != c.log || !strings.HasPrefix(b.read(b.path("revoked.jsonl")), "nonsense\n") {
			t.Errorf("%s: the log was repaired: %v", c.fails, repaired)
		}
		disk.writes = ""
		if code := b.run("log", "repair", "--yes"); code != 0 || b.read(b.path("issued.jsonl")) != log || b.read(b.path("revoked.jsonl")) != revoked {
			t.Errorf("%s: again: exit code %d: %s", c.fails, code, &b.out)
		}
	}
}

// A log that a program without its lock writes to stays as that program left it,
// whichever command was about to replace it.
func TestALogThatIsWrittenToMeanwhile(t *testing.T) {
	for _, args := range []string{"log merge OTHER", "log import --unverified OTHER", "log repair --yes", "restore BACKUP --identity KEY"} {
		b, disk, other := twoComputers(t)
		v := newVault(t)
		if code := b.run("backup", "-r", v.recipient, "-o", v.backup); code != 0 {
			t.Fatalf("exit code %d: %s", code, &b.out)
		}
		b.write(map[string]string{"issued.jsonl": "nonsense\n"})
		b.env.Disk = watchedFS{FS: disk, opening: func(name string) {
			if !strings.HasSuffix(name, ".issued.jsonl.dtlic-new") {
				return
			}
			if err := os.WriteFile(b.path("issued.jsonl"), []byte("another's\n"), 0o600); err != nil {
				t.Error(err)
			}
		}}
		words := strings.Fields(strings.NewReplacer("OTHER", other, "BACKUP", v.backup, "KEY", v.identity).Replace(args))
		code := b.run(append(words, "--json")...)
		if out := b.out.String(); code != 1 || !strings.Contains(out, `"code": "changed"`) || !strings.Contains(out, "another program wrote to") {
			t.Errorf("%s: exit code %d: %s", args, code, out)
		}
		if log := b.read(b.path("issued.jsonl")); log != "another's\n" {
			t.Errorf("%s: the log has %q", args, log)
		}
	}
}
