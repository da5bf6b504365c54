package dtlic_test

import (
	_ "embed"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/dtlic/dtlic"
)

// An app embeds the product file that the creator's program wrote.
//
//go:embed testdata/product.json
var productFile []byte

// What the buyer of these examples got, quoted and wrapped by a mail program.
//
//go:embed testdata/mail.txt
var mail string

// thatDay is the clock of these examples; a program passes time.Now.
func thatDay() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// A program checks its license at the start and asks for features where they
// are used. Here the license comes from the environment, as in a container; a
// program passes os.Getenv and its user's home directory.
func Example() {
	product, err := dtlic.ParseProduct(productFile)
	if err != nil {
		log.Fatal(err)
	}
	environment := map[string]string{"TIDYTABLE_LICENSE": mail}
	license, err := dtlic.Load(product, dtlic.Options{
		Now:    thatDay,
		Getenv: func(name string) string { return environment[name] },
	})
	if err != nil {
		fmt.Println("starting without a license:", err)
	}

	fmt.Println("Licensed to", license.Name)
	fmt.Println("may sort:", license.Has("sort"))
	fmt.Println("may merge:", license.Has("merge"))
	if n, limited := license.Limit("rows"); limited {
		fmt.Println("rows:", n)
	}
	// Output:
	// Licensed to Ada Løvelace
	// may sort: true
	// may merge: false
	// rows: 10000
}

// A dialogue in which a person pastes the mail, confirms who the license is
// for, and goes on with an active license.
func ExampleActivate() {
	product, err := dtlic.ParseProduct(productFile)
	if err != nil {
		log.Fatal(err)
	}
	home, err := os.MkdirTemp("", "example") // a program asks os.UserHomeDir
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(home)
	options := dtlic.Options{Now: thatDay, Home: home}

	verifier, err := dtlic.NewVerifier(product, options)
	if err != nil {
		log.Fatal(err)
	}
	found, err := verifier.Choose(mail) // finds the license in what was pasted
	if err != nil {
		fmt.Println("try again:", err)
		return
	}
	fmt.Printf("This license is for %s. Is that you?\n", found.Holder().Masked())

	// The person said yes. One that is asked for name and email instead gives
	// what was typed as the holder.
	done, err := dtlic.Activate(product, mail, found.Holder(), options)
	if err != nil {
		fmt.Println("not activated:", err)
		return
	}
	fmt.Println("active until", done.License.ExpiresAt.Format(time.DateOnly))

	license, err := dtlic.Load(product, options) // at the next start
	fmt.Println(license.LicenseKey, err)
	// Output:
	// This license is for Ada L… <a…@example.com>. Is that you?
	// active until 2027-05-01
	// TT-HOME-5dd8e1db-d90c4656 <nil>
}

// What an app shows for each error of [dtlic.Load].
func ExampleError() {
	show := func(err error) string {
		switch {
		case err == nil:
			return "everything is fine"
		case errors.Is(err, dtlic.ErrNotActivated):
			return "a welcome, with the activation dialogue"
		case errors.Is(err, dtlic.ErrExpired):
			return "a button for the renewal, and the free features"
		case errors.Is(err, dtlic.ErrNotYetValid):
			return "when it begins, and a look at the clock"
		case errors.Is(err, dtlic.ErrUnsupported), errors.Is(err, dtlic.ErrUnsupportedCritical):
			return "a button for updating the program"
		case errors.Is(err, dtlic.ErrMalformed), errors.Is(err, dtlic.ErrBadSignature):
			return "the activation dialogue: copy it again, whole"
		case errors.Is(err, dtlic.ErrUnknownKey), errors.Is(err, dtlic.ErrWrongProduct):
			return "the address of the support: it is from somewhere else"
		case errors.Is(err, dtlic.ErrUnsafeBuild):
			return "nothing: it is a mistake of the build, found before shipping"
		case errors.Is(err, dtlic.ErrIO):
			return "the message: " + err.Error()
		default: // a class that a later release adds
			return "the message and its hint"
		}
	}

	product, err := dtlic.ParseProduct(productFile)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range []struct{ text, at string }{
		{mail, "2026-11-21"}, {mail, "2027-05-02"}, {mail, "2026-01-01"}, {mail[:400], "2026-11-21"}, {"DTLIC9:" + mail[90:160], "2026-11-21"},
	} {
		now, err := time.Parse(time.DateOnly, c.at)
		if err != nil {
			log.Fatal(err)
		}
		_, err = dtlic.Load(product, dtlic.Options{
			Now:    func() time.Time { return now },
			Getenv: func(name string) string { return map[string]string{"TIDYTABLE_LICENSE": c.text}[name] },
		})
		fmt.Println(show(err))
	}

	// Or in the words of this package:
	_, err = dtlic.Extract("Hello Ada, your license comes tomorrow.")
	if e, ok := errors.AsType[*dtlic.Error](err); ok {
		fmt.Printf("%s: %s\nto do: %s\n", e.Code, e.What, e.Hint)
	}
	// Output:
	// everything is fine
	// a button for the renewal, and the free features
	// when it begins, and a look at the clock
	// the activation dialogue: copy it again, whole
	// a button for updating the program
	// malformed: there is no license in this text
	// to do: copy the license from the seller's mail, which begins with DTLIC2:, or ask the seller
}

// A program that sells updates for a time asks with the date of its build.
func ExampleLicense_Covers() {
	product, err := dtlic.ParseProduct(productFile)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := dtlic.NewVerifier(product, dtlic.Options{Now: thatDay})
	if err != nil {
		log.Fatal(err)
	}
	license, err := verifier.Choose(mail)
	if err != nil {
		log.Fatal(err)
	}
	for _, built := range []time.Time{
		time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if err := license.Covers(built); errors.Is(err, dtlic.ErrUpdatesEnded) {
			fmt.Println(err)
		} else {
			fmt.Println("go on")
		}
	}
	// Output:
	// go on
	// this license does not cover a build as new as this one: updates are included until 2026-12-31T23:59:59Z, this build is of 2027-01-01T00:00:00Z
}

// How much is left, for a display that warns in time.
func ExampleEvaluate() {
	product, err := dtlic.ParseProduct(productFile)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := dtlic.NewVerifier(product, dtlic.Options{Now: thatDay})
	if err != nil {
		log.Fatal(err)
	}
	license, err := verifier.Choose(mail)
	if err != nil {
		log.Fatal(err)
	}
	for _, day := range []time.Time{
		thatDay(),
		license.ExpiresAt.AddDate(0, 0, -10),
		license.ExpiresAt,
	} {
		s := dtlic.Evaluate(license, day)
		fmt.Printf("%s, %d days left, expiring: %v\n", s.State, s.DaysLeft, s.Expiring)
	}
	// Output:
	// valid, 160 days left, expiring: false
	// valid, 10 days left, expiring: true
	// expired, 0 days left, expiring: false
}

// Two products in one process, such as an app and a plug-in of another maker,
// know nothing of each other.
func Example_twoProducts() {
	tidytable, err := dtlic.ParseProduct(productFile)
	if err != nil {
		log.Fatal(err)
	}
	plugin := tidytable // a file of its own, in real life
	plugin.Name, plugin.EnvPrefix, plugin.Directory = "sparkline", "SPARKLINE", ".sparkline"

	environment := map[string]string{"TIDYTABLE_LICENSE": mail}
	options := dtlic.Options{Now: thatDay, Home: "/no/such/home", Getenv: func(name string) string { return environment[name] }}
	for _, product := range []dtlic.Product{tidytable, plugin} {
		license, err := dtlic.Load(product, options)
		fmt.Println(product.Name, license.Has("sort"), err)
	}
	environment["SPARKLINE_LICENSE"] = mail
	_, err = dtlic.Load(plugin, options)
	fmt.Println(errors.Is(err, dtlic.ErrWrongProduct))
	// Output:
	// tidytable true <nil>
	// sparkline false no license is activated here
	// true
}
