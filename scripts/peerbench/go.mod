module github.com/dtlic/dtlic/scripts/peerbench

go 1.26.0

replace github.com/dtlic/dtlic => ../..

require (
	aidanwoods.dev/go-paseto v1.6.0
	github.com/dtlic/dtlic v0.0.0-00010101000000-000000000000
	github.com/golang-jwt/jwt/v5 v5.3.1
	github.com/hyperboloide/lk v0.0.0-20230325114855-ce3fecd34798
	github.com/keygen-sh/keygen-go/v3 v3.3.0
	github.com/klauspost/cpuid/v2 v2.3.0
	github.com/nats-io/jwt/v2 v2.8.2
	github.com/nats-io/nkeys v0.4.16
)

require (
	aidanwoods.dev/go-result v0.3.1 // indirect
	github.com/google/go-querystring v1.1.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.1 // indirect
	github.com/keygen-sh/go-update v1.0.0 // indirect
	github.com/keygen-sh/jsonapi-go v1.2.1 // indirect
	github.com/oasisprotocol/curve25519-voi v0.0.0-20211102120939-d5a936accd94 // indirect
	golang.org/x/crypto v0.55.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
