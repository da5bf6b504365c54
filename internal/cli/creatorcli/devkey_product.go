//go:build dtlic_product || dtlic_toolkit

package creatorcli

import "crypto/ed25519"

func developmentKey() ed25519.PrivateKey { return nil }
