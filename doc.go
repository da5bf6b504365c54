// Package dtlic checks licenses offline: who may use a program, at which tier,
// until when. A seller signs a license once; the program verifies it anywhere,
// with no server and no network.
//
// # Terms
//
// A license is what was sold: holder, product, tier, end. Its text, which
// begins with DTLIC2: and fits into a mail, is the blob; the ID in it, such as
// DT1-CORE-5dd8e1db-d90c4656, is the license key. A license is
//
//   - genuine where its signature holds under a key that the product trusts,
//     and it is for this product ([Verifier.Genuine]);
//   - valid where it is genuine and now lies in its window ([Verifier.Verify]);
//   - active where it is valid and activated on this machine ([Load]).
//
// A [Product] is everything that makes the toolkit somebody's own: its names,
// its trust store (the accepted public keys) and its tiers. A tier grants
// features, which are names that a program asks for, and sets limits, which are
// numbers by name.
//
// # Use
//
// The creator's program, dtlic, writes the product file that an app embeds:
//
//	//go:embed product.json
//	var productFile []byte
//
//	func main() {
//		product, err := dtlic.ParseProduct(productFile)
//		if err != nil {
//			log.Fatal(err) // a mistake of the build, not of the user
//		}
//		home, _ := os.UserHomeDir()
//		license, err := dtlic.Load(product, dtlic.Options{Now: time.Now, Getenv: os.Getenv, Home: home})
//		if err != nil {
//			fmt.Println("no license:", err)
//			if e, ok := errors.AsType[*dtlic.Error](err); ok && e.Hint != "" {
//				fmt.Println("to do:", e.Hint)
//			}
//		}
//		if license.Has("text-cleaner") { // false after any error
//			cleanTexts()
//		}
//	}
//
// [Load] checks the signature once. [License.Has] and [License.Limit] look at
// the clock at every call, so that a program that runs for months notices the
// end. [Activate] makes a pasted text this machine's license; the program
// dtlic-buyer does the same, and both keep it in the same place.
//
// Whatever can differ from one run to the next comes in through [Options]:
// clock, environment, home directory. This package has no settings of its own
// and keeps no state, so that two products work in one process. It links no
// third-party module and no private key; package dtlictest, for an app's own
// tests, does.
//
// # Errors
//
// Every error about a license is an [*Error] with a class: match it with
// [errors.Is] and [ErrExpired] and its like, and show the person its Hint. Any
// error goes with a zero License, which grants nothing, so that a program that
// forgets to look at the error locks up instead of opening up.
//
// # Format
//
// A license is one line of ASCII text, at most 16,384 characters:
//
//	"DTLIC2:" key-id "." payload "." signature
//
// key-id is the first 8 bytes of the SHA-256 of the Ed25519 public key, payload
// a JSON object, signature the 64 bytes of Ed25519 (RFC 8032 section 5.1) over
// all the text before the last dot; each in base64url (RFC 4648 section 5,
// without padding, unused bits zero), so that a license has one spelling.
// Because tag and version are signed too, no other kind of document passes as a
// license. Nothing is parsed as JSON before its signature holds.
//
// The payload has license_key, product, name, email, tier, issued_at and
// expires_at, and may have starts_at, updates_until, trial, features, limits
// and the creator's own members, named x_…. Times are UTC with whole seconds,
// like 2027-05-13T22:10:27Z; a license is valid while now is before expires_at,
// and 9999-12-31T23:59:59Z is "never". It is read strictly: no duplicate
// members, no null, no names in another case, nothing behind it (RFC 8259, RFC
// 7493). Unknown members are ignored unless the member crit names them.
//
// [Extract] finds a license in what a person pastes, with whatever mail
// programs do to it; [Verifier.Verify] takes exactly the text that was signed.
//
// # The promise
//
// A DTLIC2 license minted by any release verifies in every later one. A format
// that cannot keep this gets a tag of its own, and an older verifier answers
// [ErrUnsupported] to it.
//
// # What it cannot do
//
// Whoever owns a machine can change the program, set its clock back, and give
// a license to others together with the name in it. Licenses keep honest people
// honest; the project's threat model says what else helps, and what does not.
package dtlic
