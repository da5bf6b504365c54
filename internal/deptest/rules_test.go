package deptest_test

import (
	"slices"

	"github.com/dtlic/dtlic/internal/deptest"
)

// leaves of the project, which know nothing of it but each other.
var (
	forApps = []string{"internal/envelope", "internal/fsys", "internal/store", "internal/wording"}
	withApp = append([]string{""}, forApps...)
	none    = []string{}
)

// rules hold for every system and channel.
var rules = []deptest.Rule{
	// What an app imports: the standard library, and four packages of ours.
	{Of: "", Project: forApps, Modules: none},
	{Of: "internal/envelope", Project: none, Modules: none},
	{Of: "internal/wording", Project: none, Modules: none},
	{Of: "internal/mailtext", Project: none, Modules: none},
	{Of: "internal/fsys", Project: none, Modules: none},
	{Of: "internal/store", Project: []string{"internal/fsys"}, Modules: none},
	{Of: "internal/quiet", Project: none, Modules: none},
	{Of: "internal/signer", Project: none, Modules: none},
	{Of: "internal/codesign", Project: none, Modules: none},
	{Of: "internal/mint", Project: withApp, Modules: []string{"golang.org/x/text/"}},
	{Of: "internal/journal", Project: []string{"internal/fsys"}, Modules: []string{"github.com/gofrs/flock", "golang.org/x/sys/"}},
	{
		Of: "internal/ledger", Project: []string{"internal/journal", "internal/fsys"},
		Modules: []string{"github.com/gofrs/flock", "golang.org/x/sys/", "github.com/tidwall/gjson"},
	},
	{
		Of: "internal/export", Project: []string{"internal/ledger", "internal/journal", "internal/fsys", "internal/envelope"},
		Modules: []string{"github.com/gofrs/flock", "golang.org/x/sys/", "github.com/tidwall/gjson"},
	},
	{
		Of: "internal/backup", Project: withApp,
		Modules: []string{"filippo.io/age", "filippo.io/hpke", "golang.org/x/crypto/", "golang.org/x/sys/cpu"},
	},
	{Of: "internal/creator", Project: withApp, Modules: none},
	{
		Of: "internal/ui", Project: append([]string{"internal/quiet"}, withApp...),
		Modules: []string{"charm.land/lipgloss/v2", "golang.org/x/term", "golang.org/x/sys/"},
	},
	{Of: "internal/slot", Project: none, Modules: none},
	{Of: "internal/stamp", Project: []string{"internal/slot", "internal/codesign", "internal/fsys", "internal/store"}, Modules: none},
	{Of: "keys", Project: append([]string{"internal/slot"}, withApp...), Modules: none},
	{Of: "keys/stamped", Project: none, Modules: none},
	{Of: "keys/dev", Project: none, Modules: none},
	{Of: "dtlictest", Project: append([]string{"internal/mint"}, withApp...), Modules: []string{"golang.org/x/text/"}},
	// The buyer's program: nothing that mints or keeps a log.
	{Of: "cmd/dtlic-buyer", Never: append(slices.Clip(creatorsOnly), forPages...)},
	{Of: "internal/cli", Never: creatorsOnly},
	{Of: "cmd/dtlic", Never: append([]string{"dtlictest", "internal/vectors", "internal/fsys/faultfs", "internal/fsys/powerfs", "keys/stamped"}, forPages...)},
	// What makes pages and pictures.
	{Of: "internal/manpage", Project: none, Modules: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"}},
	{Of: "internal/svgterm", Project: none, Modules: []string{"golang.org/x/text/"}},
}

// forPages are in no program.
var forPages = []string{"internal/stage", "internal/manpage", "internal/svgterm"}

var creatorsOnly = []string{
	"internal/mint", "internal/journal", "internal/ledger", "internal/signer", "internal/creator", "internal/cli/creatorcli",
	"internal/stamp", "internal/codesign", "internal/mailtext", "internal/backup", "internal/export", "filippo.io/age",
	"keys/dev", "dtlictest", "internal/vectors", "internal/fsys/faultfs", "internal/fsys/powerfs", "github.com/tidwall/gjson", "github.com/gofrs/flock",
}

// shippedRules hold for builds that are shipped.
var shippedRules = []deptest.Rule{
	{Of: "cmd/dtlic", Never: []string{"keys/dev"}},
	{Of: "cmd/dtlic-buyer", Never: []string{"keys/dev"}},
}

// importers are the only ones of the project that import a package directly.
var importers = map[string][]string{
	"internal/cli":            {"cmd/dtlic", "cmd/dtlic-buyer", "internal/cli/clitest", "internal/cli/creatorcli", "internal/stage", "scripts/generate"},
	"internal/cli/creatorcli": {"cmd/dtlic", "internal/cli/clitest", "internal/stage", "scripts/generate"},
	"internal/mint":           {"dtlictest", "internal/cli/creatorcli", "scripts/bench"},
	"internal/ledger":         {"internal/cli/creatorcli", "internal/export", "scripts/bench"},
	"internal/export":         {"internal/cli/creatorcli"},
	"internal/mailtext":       {"internal/cli/creatorcli"},
	"internal/signer":         {"internal/cli/creatorcli"},
	"internal/backup":         {"internal/cli/creatorcli"},
	"internal/stamp":          {"internal/cli/creatorcli", "scripts/bench", "scripts/faults", "scripts/toolkit"},
	"internal/codesign":       {"internal/cli/creatorcli", "internal/stamp"},
	"internal/slot":           {"internal/cli/creatorcli", "internal/stamp", "keys"},
	"keys/stamped":            {"cmd/dtlic-buyer"},
	"keys/dev":                {"internal/cli/creatorcli", "scripts/bench"},
	"internal/fsys/faultfs":   {},
	"internal/fsys/powerfs":   {},
	"internal/stage":          {"scripts/generate"},
	"internal/manpage":        {"scripts/generate"},
	"internal/svgterm":        {"scripts/generate"},
	"internal/vectors":        {"scripts/conformance"},
	"dtlictest":               {},
}
