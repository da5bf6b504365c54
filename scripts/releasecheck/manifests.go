package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// download is what a manifest says about one archive.
type download struct{ url, digest string }

// checkManifests reads the three manifests and compares what they name with
// checksums.txt and with the archives.
func checkManifests(r *release, _ string) (wrong []string, err error) {
	cask := filepath.Join(r.dist, "homebrew", "Casks", "dtlic.rb")
	if _, err := exec.LookPath("ruby"); err == nil {
		if err := command("", nil, "ruby", "-c", cask); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(cask)
	if err != nil {
		return nil, err
	}
	parts, err := r.expected()
	if err != nil {
		return nil, err
	}
	downloads, named, err := readCask(string(text))
	if err != nil {
		return nil, err
	}
	wrong = append(r.wrongDownloads("homebrew", downloads, "darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64"), wrongCask(named, parts)...)

	text, err = os.ReadFile(filepath.Join(r.dist, "scoop", "dtlic.json"))
	if err != nil {
		return nil, err
	}
	if downloads, err = readScoop(text); err != nil {
		return nil, err
	}
	wrong = append(wrong, r.wrongDownloads("scoop", downloads, "windows/amd64", "windows/arm64")...)

	folder := filepath.Join(r.dist, "winget", "manifests", "d", "dtlic", "dtlic", r.version)
	for _, name := range []string{"dtlic.dtlic.yaml", "dtlic.dtlic.locale.en-US.yaml", "dtlic.dtlic.installer.yaml"} {
		if text, err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return nil, err
		}
		if downloads, err = readWinget(text, r.version); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return append(wrong, r.wrongDownloads("winget", downloads, "windows/amd64", "windows/arm64")...), nil
}

// wrongDownloads compares what a manifest names with the archives of the
// platforms that it is for, in their order: another one is another manifest.
func (r *release) wrongDownloads(manifest string, got []download, platforms ...string) (wrong []string) {
	var want []download
	for _, platform := range platforms {
		name := r.archive(platform)
		want = append(want, download{"https://github.com/dtlic/dtlic/releases/download/v" + r.version + "/" + name, r.sums.of[name]})
	}
	for _, d := range got {
		if !slices.Contains(want, d) {
			wrong = append(wrong, fmt.Sprintf("%s names %s with %s", manifest, d.url, d.digest))
		}
	}
	for _, d := range want {
		if !slices.Contains(got, d) {
			wrong = append(wrong, fmt.Sprintf("%s does not name %s with %s", manifest, d.url, d.digest))
		}
	}
	if len(wrong) == 0 && !slices.Equal(got, want) {
		wrong = append(wrong, fmt.Sprintf("%s does not name its archives once and in the order %s", manifest, strings.Join(platforms, ", ")))
	}
	return wrong
}

var (
	caskVersion  = regexp.MustCompile(`(?m)^  version "(.*)"$`)
	caskDownload = regexp.MustCompile(`url "(.*)"\n\s*sha256 "(.*)"\n`)
	caskFile     = regexp.MustCompile(`(?m)^  (binary|manpage|bash_completion|zsh_completion|fish_completion) "(.*)"$`)
	caskOpens    = regexp.MustCompile(`(?m)\bdo$`)
	caskCloses   = regexp.MustCompile(`(?m)^\s*end$`)
)

// readCask reads the downloads of a Homebrew cask, and the files that it
// installs out of an archive, by their kind. It looks at the lines and at what
// opens and closes; Ruby itself is asked where it is there.
func readCask(text string) (downloads []download, files map[string][]string, err error) {
	version := caskVersion.FindStringSubmatch(text)
	if version == nil {
		return nil, nil, fmt.Errorf("the cask has no version")
	}
	if a, b := len(caskOpens.FindAllString(text, -1)), len(caskCloses.FindAllString(text, -1)); a != b || a == 0 {
		return nil, nil, fmt.Errorf("the cask has %d blocks and %d ends", a, b)
	}
	for _, m := range caskDownload.FindAllStringSubmatch(text, -1) {
		downloads = append(downloads, download{strings.ReplaceAll(m[1], "#{version}", version[1]), m[2]})
	}
	files = map[string][]string{}
	for _, m := range caskFile.FindAllStringSubmatch(text, -1) {
		files[m[1]] = append(files[m[1]], m[2])
	}
	return downloads, files, nil
}

// wrongCask compares the files that a cask installs with the parts of an archive.
func wrongCask(files map[string][]string, parts map[string]string) (wrong []string) {
	want := map[string][]string{
		"binary": {"dtlic"}, "bash_completion": {"completions/dtlic.bash"},
		"zsh_completion": {"completions/_dtlic"}, "fish_completion": {"completions/dtlic.fish"},
	}
	for p := range parts {
		if path.Dir(p) == "man" {
			want["manpage"] = append(want["manpage"], p)
		}
	}
	for kind, names := range want {
		got := slices.Sorted(slices.Values(files[kind]))
		slices.Sort(names)
		if !slices.Equal(got, names) {
			wrong = append(wrong, fmt.Sprintf("homebrew has %s %q, not %q", kind, got, names))
		}
		for _, name := range got {
			if _, ok := parts[name]; !ok && kind != "binary" {
				wrong = append(wrong, "homebrew installs "+name+", which is in no archive")
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

func readScoop(text []byte) (downloads []download, err error) {
	var manifest struct {
		Architecture map[string]struct {
			URL, Hash string
			Bin       []string
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("scoop: %w", err)
	}
	for _, arch := range slices.Sorted(maps.Keys(manifest.Architecture)) {
		a := manifest.Architecture[arch]
		if !slices.Equal(a.Bin, []string{"dtlic.exe"}) {
			return nil, fmt.Errorf("scoop: %s installs %q", arch, a.Bin)
		}
		downloads = append(downloads, download{a.URL, a.Hash})
	}
	return downloads, nil
}

// readWinget reads one of the three files of a winget manifest; only that of
// the installer has downloads.
func readWinget(text []byte, version string) (downloads []download, err error) {
	var manifest struct {
		Package    string `yaml:"PackageIdentifier"`
		Version    string `yaml:"PackageVersion"`
		Installers []struct {
			URL    string `yaml:"InstallerUrl"`
			SHA256 string `yaml:"InstallerSha256"`
			Files  []struct {
				Path string `yaml:"RelativeFilePath"`
			} `yaml:"NestedInstallerFiles"`
		} `yaml:"Installers"`
	}
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		return nil, err
	}
	if manifest.Package != "dtlic.dtlic" || manifest.Version != version {
		return nil, fmt.Errorf("it is for %s %s", manifest.Package, manifest.Version)
	}
	for _, i := range manifest.Installers {
		if len(i.Files) != 1 || i.Files[0].Path != "dtlic.exe" {
			return nil, fmt.Errorf("it installs %v", i.Files)
		}
		downloads = append(downloads, download{i.URL, i.SHA256})
	}
	return downloads, nil
}
