package main

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// installed returns where a package of a kind, deb or rpm, puts what: the path
// on the system, and the file in the clone, "" for the program.
func (r *release) installed(kind string) (map[string]string, error) {
	parts, err := r.expected()
	if err != nil {
		return nil, err
	}
	places := map[string]string{
		"LICENSE":                "usr/share/doc/dtlic/copyright",
		"README.md":              "usr/share/doc/dtlic/README.md",
		"completions/dtlic.bash": "usr/share/bash-completion/completions/dtlic",
		"completions/dtlic.fish": "usr/share/fish/vendor_completions.d/dtlic.fish",
		"completions/_dtlic":     "usr/share/zsh/vendor-completions/_dtlic",
	}
	if kind == "rpm" {
		places["LICENSE"] = "usr/share/licenses/dtlic/LICENSE"
		places["completions/_dtlic"] = "usr/share/zsh/site-functions/_dtlic"
	}
	folders := map[string]string{"docs": "usr/share/doc/dtlic/docs", "docs/pictures": "usr/share/doc/dtlic/docs/pictures", "man": "usr/share/man/man1", "templates": "usr/lib/dtlic/templates"}
	want := map[string]string{"usr/bin/dtlic": ""}
	for part, source := range parts {
		if place, ok := places[part]; ok {
			want[place] = source
		} else if folder, ok := folders[path.Dir(part)]; ok {
			want[path.Join(folder, path.Base(part))] = source
		}
	}
	return want, nil
}

// wrongFiles compares the files of a package, unpacked below root, with what it
// should install.
func wrongFiles(root string, want map[string]string) (wrong []string, err error) {
	files, err := tree(root)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, f := range files {
		seen[f.path] = true
		source, ok := want[f.path]
		mode := os.FileMode(0o644)
		switch {
		case !ok:
			wrong = append(wrong, "/"+f.path+" does not belong there")
		case source == "":
			mode = 0o755
		default:
			if _, digest, err := hash(source); err != nil {
				return nil, err
			} else if digest != f.digest {
				wrong = append(wrong, "/"+f.path+" is not the file of the clone")
			}
		}
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(f.path)))
		if err != nil {
			return nil, err
		}
		if info.Mode() != mode {
			wrong = append(wrong, fmt.Sprintf("/%s has mode %o, not %o", f.path, info.Mode(), mode))
		}
	}
	for p := range want {
		if !seen[p] {
			wrong = append(wrong, "/"+p+" is missing")
		}
	}
	slices.Sort(wrong)
	return wrong, nil
}

// packageVersion is how deb and rpm write the version: what comes before a
// release sorts before it by a tilde.
func packageVersion(version string) string { return strings.Replace(version, "-", "~", 1) }

func checkDeb(r *release, scratch string) (wrong []string, err error) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		return nil, skipped("there is no dpkg-deb here")
	}
	want, err := r.installed("deb")
	if err != nil {
		return nil, err
	}
	for _, arch := range []string{"amd64", "arm64"} {
		name := fmt.Sprintf("dtlic_%s_linux_%s.deb", r.version, arch)
		archive := filepath.Join(r.dist, name)
		root := filepath.Join(scratch, "deb-"+arch)
		if err := command("", nil, "dpkg-deb", "-x", archive, root); err != nil {
			return nil, err
		}
		found, err := wrongFiles(root, want)
		if err != nil {
			return nil, err
		}
		control, err := output("", nil, "dpkg-deb", "-f", archive)
		if err != nil {
			return nil, err
		}
		found = append(found, wrongControl(control, map[string]string{
			"Package": "dtlic", "Version": packageVersion(r.version), "Architecture": arch,
			"Section": "utils", "Priority": "optional", "Homepage": "https://github.com/dtlic/dtlic",
			"Maintainer": "", "Installed-Size": "", "Description": "",
		})...)
		if runtime.GOOS == "linux" && runtime.GOARCH == arch {
			said, err := r.use(filepath.Join(root, "usr", "bin", "dtlic"), filepath.Join(scratch, "home-deb"))
			if err != nil {
				return nil, err
			}
			found = append(found, said...)
		}
		for _, w := range found {
			wrong = append(wrong, name+": "+w)
		}
	}
	return wrong, nil
}

// wrongControl compares the fields of a deb package with what they should be;
// "" stands for anything but nothing.
func wrongControl(control string, want map[string]string) (wrong []string) {
	fields := map[string]string{}
	for line := range strings.Lines(control) {
		if name, value, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") {
			fields[name] = strings.TrimSpace(value)
		}
	}
	for name, value := range want {
		if got := fields[name]; got == "" || value != "" && got != value {
			wrong = append(wrong, fmt.Sprintf("field %s is %q", name, got))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func checkRPM(r *release, _ string) (wrong []string, err error) {
	if _, err := exec.LookPath("rpm"); err != nil {
		return nil, skipped("there is no rpm here")
	}
	want, err := r.installed("rpm")
	if err != nil {
		return nil, err
	}
	for arch, rpmArch := range map[string]string{"amd64": "x86_64", "arm64": "aarch64"} {
		name := fmt.Sprintf("dtlic_%s_linux_%s.rpm", r.version, arch)
		const format = `%{NAME} %{VERSION} %{RELEASE} %{ARCH} %{LICENSE} %{BUILDHOST} %{BUILDTIME}\n` +
			`[%{FILENAMES} %{FILEMODES:octal} %{FILEDIGESTS} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEMTIMES}\n]`
		said, err := output("", nil, "rpm", "-qp", "--nosignature", "--qf", format, filepath.Join(r.dist, name))
		if err != nil {
			return nil, err
		}
		head, list, _ := strings.Cut(said, "\n")
		found, err := wrongRPMFiles(list, want, r.time.Unix())
		if err != nil {
			return nil, err
		}
		if should := fmt.Sprintf("dtlic %s 1 %s Apache-2.0 localhost %d", packageVersion(r.version), rpmArch, r.time.Unix()); head != should {
			found = append(found, fmt.Sprintf("it is %q, not %q", head, should))
		}
		for _, w := range found {
			wrong = append(wrong, name+": "+w)
		}
	}
	slices.Sort(wrong)
	return wrong, nil
}

// wrongRPMFiles compares the list of an rpm package, one file a line as
// checkRPM asks for it, with what the package should install.
func wrongRPMFiles(list string, want map[string]string, time int64) (wrong []string, err error) {
	seen := map[string]bool{}
	for line := range strings.Lines(list) {
		var name, mode, digest, owner string
		var mtime int64
		words := strings.Fields(line)
		if len(words) == 4 { // a folder has no digest
			words = slices.Insert(words, 2, "-")
		}
		if _, err := fmt.Sscan(strings.Join(words, " "), &name, &mode, &digest, &owner, &mtime); err != nil {
			return nil, fmt.Errorf("rpm said %q: %w", line, err)
		}
		if owner != "root:root" || mtime != time {
			wrong = append(wrong, fmt.Sprintf("%s belongs to %s and has time %d", name, owner, mtime))
		}
		name = strings.TrimPrefix(name, "/")
		source, ok := want[name]
		should := "100644"
		switch {
		case strings.HasPrefix(mode, "40"):
			if !strings.Contains(name, "dtlic") || mode != "40755" {
				wrong = append(wrong, fmt.Sprintf("folder /%s with mode %s does not belong there", name, mode))
			}
			continue
		case !ok:
			wrong = append(wrong, "/"+name+" does not belong there")
		case source == "":
			should = "100755"
		default:
			if _, d, err := hash(source); err != nil {
				return nil, err
			} else if d != digest {
				wrong = append(wrong, "/"+name+" is not the file of the clone")
			}
		}
		if mode != should {
			wrong = append(wrong, fmt.Sprintf("/%s has mode %s, not %s", name, mode, should))
		}
		seen[name] = true
	}
	for p := range want {
		if !seen[p] {
			wrong = append(wrong, "/"+p+" is missing")
		}
	}
	slices.Sort(wrong)
	return wrong, nil
}
