//go:build dtlic_toolkit && !dtlic_product

package keys

const channel = Toolkit
