package quiet_test

import (
	"os"
	"testing"

	"github.com/dtlic/dtlic/internal/quiet"
)

func TestRestoreOnlyOnce(t *testing.T) {
	if os.Getenv("NO_COLOR") != "1" {
		t.Error("NO_COLOR is not set while packages are initialized")
	}
	quiet.Restore()
	t.Setenv("NO_COLOR", "later")
	quiet.Restore()
	if got := os.Getenv("NO_COLOR"); got != "later" {
		t.Errorf("NO_COLOR is %q: what was set since is lost", got)
	}
}
