package proof_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"weir/circuits"
	"weir/engine/canonical"
	"weir/engine/internal/messagetest"
	"weir/engine/proof"
	"weir/engine/seal"
)

// FuzzDecodeCase: no input panics, errors are typed, and what is accepted is its own encoding.
func FuzzDecodeCase(f *testing.F) {
	f.Add((&proof.Case{}).Encode())
	f.Add((&proof.Case{Genesis: messagetest.Genesis().Encode(), Model: []byte{1}, Request: [][]byte{{2}}, Commit: []byte{3}, Accusation: []byte{4}}).Encode())
	f.Add([]byte{0x86, 0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := proof.DecodeCase(b)
		if err == nil && !bytes.Equal(c.Encode(), b) {
			t.Fatal("accepted bytes that are not the file's encoding")
		}
		if err != nil && !errors.Is(err, canonical.ErrNotCanonical) && !errors.Is(err, canonical.ErrTooLong) {
			t.Fatalf("untyped error: %v", err)
		}
	})
}

// FuzzDecodePackageFile: what is accepted is its own encoding, and each polynomial is the one that the package names.
func FuzzDecodePackageFile(f *testing.F) {
	p := proof.PackageFile{Format: 1, Package: *messagetest.Package(), Polynomials: [][]byte{{}, make([]byte, seal.PolynomialSize)}}
	f.Add(p.Encode())
	p.Polynomials, p.Package.Slices = nil, nil
	f.Add(p.Encode())
	f.Add([]byte{0x83, 0x01, 0x9b, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		file, sealed, err := proof.DecodePackageFile(b)
		if err != nil {
			return
		}
		if !bytes.Equal(file.Encode(), b) || len(file.Polynomials) != len(sealed.Slices)+1 {
			t.Fatal("accepted bytes that are not the file's encoding")
		}
		for i := range sealed.Slices {
			if _, err := file.Fetch(t.Context(), sealed.Slices[i].C0, seal.PolynomialSize); err != nil {
				t.Fatalf("the polynomial of slice %d is not in the file: %v", i, err)
			}
		}
	})
}

// FuzzParseRegistry: what is accepted lists every circuit.
func FuzzParseRegistry(f *testing.F) {
	f.Add(registryOf(circuits.Names()...))
	f.Add(registryOf())
	f.Add(`{"verifying_keys": ` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`)
	f.Fuzz(func(t *testing.T, text string) {
		registry, err := proof.ParseRegistry(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, proof.ErrRegistry) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		for _, name := range circuits.Names() {
			if _, listed := registry[name]; !listed {
				t.Fatalf("accepted without %s", name)
			}
		}
	})
}
