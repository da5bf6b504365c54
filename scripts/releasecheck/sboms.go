package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// sbom is what is looked at in a CycloneDX document.
type sbom struct {
	BOMFormat    string
	SerialNumber string
	Metadata     struct {
		Timestamp string
		Component struct{ Name, Version, PURL string }
	}
	Components []struct{ Name, Version, PURL string }
}

// linked are modules that each program is known to link.
var linked = map[string][]string{
	"dtlic":       {"github.com/spf13/cobra", "charm.land/lipgloss/v2", "github.com/tidwall/gjson", "github.com/gofrs/flock"},
	"dtlic-buyer": {"github.com/spf13/cobra", "charm.land/lipgloss/v2"},
}

func checkSBOMs(r *release, _ string) (wrong []string, err error) {
	for _, name := range r.names() {
		if !strings.HasSuffix(name, ".cdx.json") {
			continue
		}
		program, rest, _ := strings.Cut(strings.TrimSuffix(name, ".cdx.json"), "_")
		_, platform, _ := strings.Cut(rest, "_")
		text, err := os.ReadFile(filepath.Join(r.dist, name))
		if err != nil {
			return nil, err
		}
		for _, w := range wrongSBOM(text, program, r.version, strings.Replace(platform, "_", "/", 1)) {
			wrong = append(wrong, name+": "+w)
		}
	}
	return wrong, nil
}

// wrongSBOM says what is wrong with the document of a program for a platform.
func wrongSBOM(text []byte, program, version, platform string) (wrong []string) {
	var s sbom
	if err := json.Unmarshal(text, &s); err != nil {
		return []string{err.Error()}
	}
	if s.BOMFormat != "CycloneDX" {
		wrong = append(wrong, fmt.Sprintf("its format is %q", s.BOMFormat))
	}
	if s.SerialNumber != "" || s.Metadata.Timestamp != "" {
		wrong = append(wrong, "it has a serial number or a time, and is another at each build")
	}
	goos, goarch, _ := strings.Cut(platform, "/")
	of := s.Metadata.Component
	if of.Name != "github.com/dtlic/dtlic" || of.Version != "v"+version || !strings.HasSuffix(of.PURL, "#cmd/"+program) ||
		!strings.Contains(of.PURL, "goos="+goos+"&") || !strings.Contains(of.PURL, "goarch="+goarch+"&") {
		wrong = append(wrong, fmt.Sprintf("it is about %+v", of))
	}
	modules := map[string]string{}
	for _, c := range s.Components {
		modules[c.Name] = c.Version
		if c.Version == "" || c.PURL == "" {
			wrong = append(wrong, fmt.Sprintf("component %q has no version or package URL", c.Name))
		}
	}
	if modules["std"] != runtime.Version() {
		wrong = append(wrong, fmt.Sprintf("it names Go %q, and this is %s", modules["std"], runtime.Version()))
	}
	for _, m := range linked[program] {
		if modules[m] == "" {
			wrong = append(wrong, m+" is not named")
		}
	}
	if program == "dtlic-buyer" && modules["github.com/tidwall/gjson"] != "" {
		wrong = append(wrong, "the buyer's program links gjson, which only the log needs")
	}
	slices.Sort(wrong)
	return wrong
}
