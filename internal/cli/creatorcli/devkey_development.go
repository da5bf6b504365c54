//go:build !dtlic_product && !dtlic_toolkit

package creatorcli

import (
	"crypto/ed25519"

	"github.com/dtlic/dtlic/keys/dev"
)

// developmentKey is linked into development builds only.
func developmentKey() ed25519.PrivateKey { return dev.PrivateKey() }
