package dtlictest_test

import (
	"testing"

	"github.com/dtlic/dtlic"
	"github.com/dtlic/dtlic/dtlictest"
)

// App is the program under test.
type App struct{ license dtlic.License }

// Open starts the app, which goes on without a license.
func Open(p dtlic.Product, o dtlic.Options) *App {
	license, _ := dtlic.Load(p, o) // its features stay locked
	return &App{license}
}

// MayJoin tells whether tables can be joined now.
func (a *App) MayJoin() bool { return a.license.Has("table-joiner") }

// A test of an app: what a tier unlocks, and what happens at its end. In a
// test file of your own, t is the test's.
func Example() {
	_ = func(t *testing.T, product dtlic.Product) {
		kit := dtlictest.New(t, product)
		if Open(kit.Product(), kit.Options()).MayJoin() {
			t.Error("it joins without a license")
		}

		license := kit.Activate(dtlictest.Holder("Ada Løvelace", "ada@example.com"), dtlictest.Tier("core"))
		app := Open(kit.Product(), kit.Options())
		if !app.MayJoin() {
			t.Error("core does not join")
		}

		kit.SetNow(license.ExpiresAt)
		if app.MayJoin() {
			t.Error("it joins after the end")
		}
	}
}
