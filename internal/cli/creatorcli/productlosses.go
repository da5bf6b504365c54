package creatorcli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/internal/signer"
)

// losses says what a change of the product file takes away, each with what that
// means for buyers, or for the creator.
func losses(former, changed *dtlic.Product) (list []string) {
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, k := range former.Keys {
		if k.Role == dtlic.RoleIssuing && !issues(changed, k.PublicKey) {
			say("the issuing key %s is dropped: an app with the new file refuses every license under it", k.PublicKey.ID())
		}
		if k.Role == dtlic.RoleRoot && !slices.Contains(changed.Keys, k) {
			say("the root key %s is dropped", k.PublicKey.ID())
		}
	}
	for _, name := range former.TierNames() {
		before := former.Tiers[name]
		after, stays := changed.Tiers[name]
		if !stays {
			say("tier %q is removed: those who update the app lose what it granted; their license stays valid, and its own features hold", name)
			continue
		}
		if gone := without(before.Features, after.Features); len(gone) > 0 {
			say("tier %q loses %s: those who update the app lose it too", name, strings.Join(gone, ", "))
		}
		for _, limit := range slices.Sorted(maps.Keys(after.Limits)) {
			if n, limited := before.Limits[limit]; !limited || after.Limits[limit] < n {
				say("tier %q is limited to %s %d: that holds for those who update the app too", name, limit, after.Limits[limit])
			}
		}
	}
	if former.EnvPrefix != changed.EnvPrefix {
		say("env_prefix changes from %[1]s to %[2]s: an app with the new file does not read $%[1]s_LICENSE any more; here, rename the lines of your key files to %[2]s%[3]s=… and %[2]s%[4]s=…",
			former.EnvPrefix, changed.EnvPrefix, signer.PrivateSuffix, signer.PublicSuffix)
	}
	if former.Directory != changed.Directory {
		say("directory changes from %q to %q: an app with the new file does not find the license of those who activated it; they have to activate it again",
			former.Directory, changed.Directory)
	}
	return list
}

// without returns what of a list is not in another.
func without(list, other []string) (gone []string) {
	for _, item := range list {
		if !slices.Contains(other, item) {
			gone = append(gone, item)
		}
	}
	return gone
}
