// Package codesign makes the page hashes of a Mach-O's ad-hoc signature anew,
// after bytes of the program were changed, and checks them.
//
// Apple silicon starts no program without a code signature. So the linkers sign
// ad hoc, with no identity: a LC_CODE_SIGNATURE load command points to a super
// blob at the end of the file, in it lies one code directory, and in that the
// SHA-256 of each page of 4 KiB before the signature. The kernel compares a page
// with its hash when the page is first used, and kills the program if they
// differ. Changed bytes therefore need changed hashes, and nothing else: the
// hashes have a fixed place and size, and in this form nothing is signed over
// them.
//
// [Refresh] knows this one form. Everything that a person or Apple's codesign has
// signed is refused, for only they can sign it again. [Verify] reads these too.
//
// The structures, all numbers big-endian, are those of xnu's
// osfmk/kern/cs_blobs.h; what the kernel checks in them stands in
// bsd/kern/ubc_subr.c. Apple's technotes TN3126 (Inside Code Signing: Hashes) and
// TN2206 (macOS Code Signing In Depth) tell what the hashes are for. Pages have
// 4 KiB in what Go's, LLVM's and Apple's linkers sign, though arm64 has pages of
// 16 KiB in memory; codesign writes either.
//
// # On a Mac
//
// This package was compared with linkers, not with a Mac. There, for a program
// that [Refresh] has changed,
//
//	codesign -dvvv PROGRAM
//
// should show flags=0x20002(adhoc,linker-signed), hashes=N+0 with N the number of
// pages, Signature=adhoc, TeamIdentifier=not set, and CDHash equal to
// [Signature.CDHash];
//
//	codesign --verify --strict -vv PROGRAM
//
// should say that it is valid on disk and satisfies its Designated Requirement,
// and PROGRAM itself should start. One that was changed without [Refresh] is
// killed by signal 9, and codesign calls its signature invalid.
//
// The kernel remembers signatures by file, not by content. A program that has
// run before must be replaced by a new file that is renamed to its place. Written
// over, it may be killed although its signature holds.
package codesign
