//go:build !dtlic_product && !dtlic_toolkit

package keys

const channel = Development
