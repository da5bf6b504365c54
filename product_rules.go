package dtlic

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// isPlain tells whether s has 1 to most characters, letters and digits
// anywhere and the others of more behind the first.
func isPlain(s string, most int, more string) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && strings.IndexByte(more, c) >= 0:
		default:
			return false
		}
	}
	return true
}

// isUpper is isPlain without lower-case letters.
func isUpper(s string, most int, more string) bool {
	return isPlain(s, most, more) && s == strings.ToUpper(s)
}

// Validate checks a product that was put together by hand, by the rules of
// [ParseProduct].
func (p *Product) Validate() error {
	switch {
	case !IsName(p.Name):
		return errors.New("product must be " + nameForm)
	case !isUpper(p.LicenseKeyPrefix, 16, ""):
		return errors.New("license_key_prefix must be 1 to 16 of A-Z 0-9")
	case !isUpper(p.EnvPrefix, 32, "_") || p.EnvPrefix[0] <= '9':
		return errors.New("env_prefix must be 1 to 32 of A-Z 0-9 _ and begin with a letter")
	}
	if err := checkProgram(p.Program); err != nil {
		return err
	}
	if err := checkDirectory(p.Directory); err != nil {
		return err
	}
	if err := checkHolderText("title", p.Title, 64); err != nil {
		return err
	}
	if err := checkSupport(p.Support); err != nil {
		return err
	}
	if err := p.validateKeys(); err != nil {
		return err
	}
	return p.validateTiers()
}

func checkProgram(s string) error {
	if !isPlain(s, 64, "._-") {
		return errors.New("program must be a plain file name, not a path: 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit")
	}
	return checkWindowsName("program", s)
}

// takenDirectories are well-known ones of other programs. Activating a license
// makes its directory the user's alone, which these need not be.
var takenDirectories = []string{".ssh", ".gnupg", ".aws", ".kube", ".docker", ".git", ".config", ".local", ".cache"}

// checkDirectory keeps the buyer's files apart from the creator's: deactivating
// on a creator's computer must never reach a signing key or the log.
func checkDirectory(s string) error {
	if !isPlain(strings.TrimPrefix(s, "."), 63, "._-") {
		return errors.New("directory must be one plain name below the home directory, such as .datatools, of at most 63 characters behind the dot")
	}
	// Not every file system tells capitals from small letters.
	lower := strings.ToLower(s)
	if lower == ".dtlic" || strings.HasSuffix(lower, "-creator") {
		return errors.New("directory must not be .dtlic or end in -creator: the creator's own files lie there")
	}
	if slices.Contains(takenDirectories, lower) {
		return errors.New("directory must not be " + lower + ": other programs keep their files there")
	}
	return checkWindowsName("directory", s)
}

// checkWindowsName refuses names that no file can have on Windows: it drops a
// dot at the end, and takes CON, NUL and others for devices, with any extension.
func checkWindowsName(member, s string) error {
	if strings.HasSuffix(s, ".") {
		return errors.New(member + " must not end in a dot: Windows drops it")
	}
	base, _, _ := strings.Cut(strings.ToUpper(s), ".")
	numbered := len(base) == 4 && (strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")) && base[3] <= '9'
	if numbered || slices.Contains([]string{"CON", "PRN", "AUX", "NUL"}, base) {
		return errors.New(member + " must not be " + base + ": that is a device on Windows")
	}
	return nil
}

func checkSupport(s string) error {
	if err := checkHolderText("support", s, 254); err != nil {
		return err
	}
	if u, err := url.Parse(s); err == nil && u.Scheme == "https" && u.Hostname() != "" && !strings.ContainsFunc(s, unicode.IsSpace) {
		return nil
	}
	if !IsMailAddress(s) {
		return errors.New("support must be a mail address or an https:// address")
	}
	return nil
}

// IsMailAddress tells whether s has the form of a mail address: something
// before and something behind exactly one @, and no white space, brackets or
// quotes. Whether it exists only a mail can tell.
func IsMailAddress(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	return found && local != "" && domain != "" && !strings.Contains(domain, "@") &&
		!strings.ContainsAny(s, `<>",;`) && !strings.ContainsFunc(s, unicode.IsSpace)
}

func (p *Product) validateKeys() error {
	issuing := 0
	seen := make(map[PublicKey]bool)
	for i, k := range p.Keys {
		switch {
		case k.Role != RoleIssuing && k.Role != RoleRoot:
			return fmt.Errorf("keys[%d]: role must be issuing or root", i)
		case k.PublicKey == PublicKey{}:
			return fmt.Errorf("keys[%d]: public_key is missing", i)
		case seen[k.PublicKey]:
			return fmt.Errorf("keys[%d]: public_key stands twice", i)
		}
		seen[k.PublicKey] = true
		if k.Role == RoleIssuing {
			issuing++
		}
	}
	if issuing == 0 {
		return errors.New("keys must hold a key of role issuing")
	}
	return nil
}

func (p *Product) validateTiers() error {
	if len(p.Tiers) == 0 {
		return errors.New("tiers must not be empty")
	}
	for _, name := range p.TierNames() {
		t := p.Tiers[name]
		if !IsName(name) {
			return errors.New("a name in tiers must be " + nameForm)
		}
		if len(t.Features) == 0 {
			return fmt.Errorf("tier %q: features must not be empty", name)
		}
		if err := checkNames("features", t.Features, maxFeatures); err != nil {
			return fmt.Errorf("tier %q: %w", name, err)
		}
		if err := checkLimits(t.Limits); err != nil {
			return fmt.Errorf("tier %q: %w", name, err)
		}
	}
	if _, ok := p.Tiers[p.DefaultTier]; !ok {
		return fmt.Errorf("default_tier must be one of tiers: %s", strings.Join(p.TierNames(), ", "))
	}
	if _, err := ParseTerm(p.DefaultTerm); err != nil {
		return fmt.Errorf("default_term: %w", err)
	}
	if p.Trial == nil {
		return nil
	}
	if p.Trial.Days < 1 || p.Trial.Days > maxValidDays {
		return errors.New("trial: days must be from 1 to 3660")
	}
	if _, ok := p.Tiers[p.Trial.Tier]; !ok {
		return fmt.Errorf("trial: tier must be one of tiers: %s", strings.Join(p.TierNames(), ", "))
	}
	if err := checkLimits(p.Trial.Limits); err != nil {
		return fmt.Errorf("trial: %w", err)
	}
	return nil
}
