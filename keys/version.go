package keys

import "runtime/debug"

// version and commit are set by the linker in a release.
var version, commit string

// Version returns the release, "devel" where the build is none, and the commit
// it was made from, "" where that is not known.
func Version() (release, revision string) {
	release, revision = version, commit
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; release == "" && v != "(devel)" {
			release = v
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && revision == "" {
				revision = s.Value
			}
		}
	}
	if release == "" {
		release = "devel"
	}
	return release, revision
}
