//go:build dtlic_product

package keys

const channel = Product
