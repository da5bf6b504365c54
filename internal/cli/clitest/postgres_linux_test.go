package clitest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dtlic/dtlic/internal/fsys"
)

// nasty are texts that holders and shops may choose.
var nasty = []string{
	`O'Neil`, `''`, `\`, `\'`, `'); DROP TABLE licenses; --`, `$$`, `E'\''`, `:name :'name'`, "\\copy licenses to '/tmp/x'",
	"two\nlines", "\r", "\t", "\u0001\u001b[31m", "Zoë", "日本", "👩‍💻", "\u202e\u2028\ufeff", `{"a":1}`, `"`, "NULL", "",
}

// pgLog is a log with these texts in every place, more records than one INSERT
// holds, a line twice, and one of the Python predecessor.
func pgLog() (text string, licenses int) {
	var b strings.Builder
	for i, s := range nasty {
		fmt.Fprintf(&b, `{"license_key":"K-%d","name":%s,"email":"a@example.com","tier":"core","issued_at":"2026-11-21T12:00:00Z",`+
			`"expires_at":"9999-12-31T23:59:59Z","blob":"DTLIC2:%d","product":"datatools","note":%[2]s,"shop":{"x":%[2]s}}`+"\n", i, jsonText(s), i)
	}
	last := ""
	for i := range 1000 {
		last = fmt.Sprintf(`{"license_key": "P-%d", "name": "Bob", "email": "bob@example.com", "tier": "lite", "issued_at": "2020-02-29T01:00:00+01:00", `+
			`"expires_at": "2021-02-28T00:00:00Z", "blob": "DTLIC1:%d"}`+"\n", i, i)
		b.WriteString(last)
	}
	// Too long for an ordered index, and not to be made shorter by compression.
	long := make([]byte, 100<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(long) // it never fails
	fmt.Fprintf(&b, `{"license_key":"L-%x","name":"Long","email":"%[1]x","tier":"long","issued_at":"","expires_at":"","blob":"DTLIC2:long"}`+"\n", long)
	return b.String() + last, len(nasty) + 1000 + 1
}

func jsonText(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string has JSON
	}
	return string(text)
}

// TestExportIntoPostgreSQL: dtlic log export --format sql | psql, twice, into a
// server that lives as long as this test.
func TestExportIntoPostgreSQL(t *testing.T) {
	server := startPostgres(t)
	dir := t.TempDir()
	text, licenses := pgLog()
	if err := os.WriteFile(filepath.Join(dir, "here.jsonl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code, stderr := runIn(t.Context(), dir, fsys.OS, &out, "log", "export", "--format", "sql"); code != 0 || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	sql := out.String()
	// Whatever the session is like that reads it.
	for _, settings := range []string{"", "SET standard_conforming_strings = off; SET client_encoding = 'LATIN1'; SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Tokyo';\n"} {
		server.psql(t, settings+sql)
		if got := server.psql(t, "SELECT count(*) FROM licenses;"); got != fmt.Sprint(licenses) {
			t.Errorf("%s licenses are in the table, want %d", got, licenses)
		}
	}
	got := server.psql(t, `SELECT encode(convert_to(name, 'UTF8'), 'hex'), encode(convert_to(note, 'UTF8'), 'hex'),
		encode(convert_to(other::jsonb #>> '{shop,x}', 'UTF8'), 'hex') FROM licenses WHERE tier = 'core' ORDER BY substr(license_key, 3)::int;`)
	var want []string
	for _, s := range nasty {
		want = append(want, fmt.Sprintf("%x|%x|%x", s, s, s))
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("the texts are\n%s, want\n%s", got, strings.Join(want, "\n"))
	}
	got = server.psql(t, `SET timezone = 'UTC'; SELECT DISTINCT tier, issued_at, expires_at, expires_at > '2026-11-21', product, trial,
		encode(sha256(blob::bytea), 'hex') = blob_sha256 FROM licenses WHERE tier <> 'long' ORDER BY 1;`)
	if got != "core|2026-11-21 12:00:00+00|9999-12-31 23:59:59+00|t|datatools|f|t\nlite|2020-02-29 00:00:00+00|2021-02-28 00:00:00+00|f||f|t" {
		t.Errorf("the values are\n%s", got)
	}
	// A part of it changes nothing.
	server.psql(t, "DROP TABLE licenses;")
	server.psql(t, sql[:len(sql)-len("COMMIT;\n")])
	if got := server.psql(t, "SELECT to_regclass('licenses') IS NULL;"); got != "t" {
		t.Errorf("after an export that was cut off: the table is missing: %s", got)
	}
}

// postgres is a server that listens on a socket in a directory of its own.
type postgres struct {
	bin, dir string
	user     *syscall.Credential // nil for this process's
}

// startPostgres makes a database and serves it, or skips the test where
// PostgreSQL is not installed. The server ends with the test, however that ends.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	p := &postgres{bin: postgresPrograms()}
	if p.bin == "" {
		t.Skip("PostgreSQL is not installed: no initdb, postgres and psql in the path or in /usr/lib/postgresql")
	}
	// Not t.TempDir: its name is too long for a socket's, and its parent is closed to
	// the user that serves.
	dir, err := os.MkdirTemp("", "dtlic-pg")
	if err != nil {
		t.Fatal(err)
	}
	p.dir = dir
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if os.Geteuid() == 0 { // PostgreSQL refuses to serve as root
		p.user = unprivileged(t)
		if err := os.Chown(dir, int(p.user.Uid), int(p.user.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	initdb := p.command(context.Background(), "initdb", "-D", data, "-U", "dtlic", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p.serve(t, data)
	return p
}

// postgresPrograms returns the directory of PostgreSQL's programs, the newest that
// is installed; "" where there is none.
func postgresPrograms() string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		if !slices.ContainsFunc([]string{"initdb", "postgres", "psql"}, func(name string) bool {
			_, err := exec.LookPath(filepath.Join(dir, name))
			return err != nil
		}) {
			return dir
		}
	}
	return ""
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// unprivileged is a user that may serve.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Skip("no user to serve as: PostgreSQL does not run as root")
	return nil
}

func (p *postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + p.dir, "LC_ALL=C", "PGCLIENTENCODING=UTF8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.user, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// serve starts the server and waits until it answers.
func (p *postgres) serve(t *testing.T, data string) {
	t.Helper()
	ready, ended := make(chan string, 1), make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		// The server is told when the thread that started it dies: so that must live
		// as long as the test.
		runtime.LockOSThread()
		cmd := p.command(ctx, "postgres", "-D", data, "-k", p.dir, "-c", "listen_addresses=", "-c", "fsync=off",
			"-c", "shared_buffers=8MB", "-c", "max_connections=8", "-c", "autovacuum=off", "-c", "log_min_error_statement=panic", "-c", "dynamic_shared_memory_type=mmap")
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // at once
		cmd.WaitDelay = 10 * time.Second
		log, w := io.Pipe()
		cmd.Stdout, cmd.Stderr = w, w
		go func() {
			var said strings.Builder
			for lines := bufio.NewScanner(log); lines.Scan(); {
				said.WriteString(lines.Text() + "\n")
				if strings.Contains(lines.Text(), "database system is ready to accept connections") {
					ready <- ""
				}
			}
			// A longer line than the scanner takes must not make the server wait.
			_, _ = io.Copy(io.Discard, log)
			ready <- "it said: " + said.String()
		}()
		err := cmd.Run()
		_ = w.Close()
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	if said := <-ready; said != "" {
		t.Fatalf("the server ended:\n%s", said)
	}
}

// psql gives a script to a session, and returns what it answers, values
// separated by bars.
func (p *postgres) psql(t *testing.T, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := p.command(ctx, "psql", "-X", "-q", "-A", "-t", "-h", p.dir, "-U", "dtlic", "-d", "postgres", "-v", "ON_ERROR_STOP=1")
	cmd.Stdin = strings.NewReader(script)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || errs.Len() > 0 {
		t.Fatalf("psql: %v\n%.2000s", err, errs.String())
	}
	return strings.TrimSpace(out.String())
}
