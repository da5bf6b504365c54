package creatorcli

import (
	"path/filepath"
	"runtime"
	"strings"
)

// shell is what a person types commands into: a POSIX shell, or PowerShell.
type shell struct{ power bool }

// here is the shell that people have on this system.
var here = shell{power: runtime.GOOS == "windows"}

// loadLine exports what a key file says. In a POSIX shell source alone does not
// export.
func (s shell) loadLine(path string) string {
	if s.power {
		return "Get-Content " + s.word(path) + ` | Where-Object { $_ -match '^\w+=' } | ForEach-Object { $n, $v = $_ -split '=', 2; Set-Item "env:$n" $v }`
	}
	if !filepath.IsAbs(path) {
		path = "./" + path // without a slash, "." looks in $PATH
	}
	return "set -a; . " + s.word(path) + "; set +a"
}

// copyLine copies a file.
func (s shell) copyLine(from, to string) string {
	if s.power {
		return "Copy-Item " + s.word(from) + " " + s.word(to)
	}
	return "cp " + s.word(from) + " " + s.word(to)
}

// withVariable runs a command with a variable set; in PowerShell it stays set.
func (s shell) withVariable(name, value, command string) string {
	if s.power {
		// Quoted always: what stands here without quotes is a command.
		return "$env:" + name + " = '" + strings.ReplaceAll(value, "'", "''") + "'; " + command
	}
	return name + "=" + s.word(value) + " " + command
}

// word quotes a text, where it has to be.
func (s shell) word(text string) string {
	plain, quote := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%", `'\''`
	if s.power {
		plain, quote = plain+`\`, "''"
	}
	if strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", quote) + "'"
}
