package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sums is what checksums.txt says: the SHA-256 of each file, by its name, and
// the SHA-256 of checksums.txt itself, which stands for the whole release.
type sums struct {
	of     map[string]string
	digest string
}

func readSums(path string) (sums, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return sums{}, err
	}
	s := sums{of: map[string]string{}, digest: digestOf(data)}
	for line := range strings.Lines(string(data)) {
		digest, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if _, twice := s.of[name]; !ok || twice || len(digest) != 64 {
			return sums{}, fmt.Errorf("%s has the line %q", path, line)
		}
		s.of[name] = digest
	}
	return s, nil
}

// checkSums compares checksums.txt with the files beside it, and these with
// what a release consists of.
func checkSums(r *release, _ string) (wrong []string, err error) {
	for _, name := range r.names() {
		if _, ok := r.sums.of[name]; !ok {
			wrong = append(wrong, name+" is not named")
		}
	}
	for name, digest := range r.sums.of {
		if !slices.Contains(r.names(), name) {
			wrong = append(wrong, name+" is named, and no part of a release")
		}
		if _, got, err := hash(filepath.Join(r.dist, name)); err != nil {
			return nil, err
		} else if got != digest {
			wrong = append(wrong, name+" has another hash")
		}
	}
	files, err := r.published()
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if _, ok := r.sums.of[f.path]; !ok && f.path != "checksums.txt" {
			wrong = append(wrong, f.path+" is there, and not named")
		}
	}
	slices.Sort(wrong)
	return wrong, nil
}

// names are the files that a release consists of, checksums.txt apart.
func (r *release) names() (names []string) {
	for _, platform := range platforms {
		goos, goarch, _ := strings.Cut(platform, "/")
		names = append(names, r.archive(platform),
			fmt.Sprintf("dtlic_%s_%s_%s.cdx.json", r.version, goos, goarch),
			fmt.Sprintf("dtlic-buyer_%s_%s_%s.cdx.json", r.version, goos, goarch))
		if goos == "linux" {
			names = append(names,
				fmt.Sprintf("dtlic_%s_linux_%s.deb", r.version, goarch),
				fmt.Sprintf("dtlic_%s_linux_%s.rpm", r.version, goarch))
		}
	}
	return names
}
