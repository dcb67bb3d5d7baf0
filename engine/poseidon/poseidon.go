// Package poseidon is the native Poseidon2 compression of weir (Grassi, Khovratovich, Schofnegger, ePrint 2023/323)
// over BN254's scalar field, with gnark-crypto's permutation and constants: P2_w(x) = (perm(x) + x)[0] (protocol,
// section 2). Arity is fixed and the first input carries a domain where the protocol gives one.
//
// It promises no agreement with other Poseidon2 implementations, whose round constants differ.
package poseidon

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
)

// Round numbers of the two widths (full, partial); gnark-crypto refuses others.
const (
	Width8Full, Width8Partial = 8, 57
	Width4Full, Width4Partial = 8, 56
)

// Domains, the D_* of the protocol: the first input of a hash whose inputs do not otherwise tell its purpose.
const (
	DomainContent = 0x7701 // D_content: the content of one record
	DomainTag     = 0x7702 // D_tag: the tag of one consent
)

var width4 = poseidon2.NewPermutation(4, Width4Full, Width4Partial)

// Hash8 is P2_8. It is safe for concurrent use.
func Hash8(x [8]fr.Element) fr.Element {
	first := x[0]
	(*state)(&x).permute()
	return *first.Add(&first, &x[0])
}

// Hash4 is P2_4. It is safe for concurrent use.
func Hash4(x [4]fr.Element) fr.Element {
	first := x[0]
	if err := width4.Permutation(x[:]); err != nil {
		panic(err) // the width is fixed by the array type
	}
	return *first.Add(&first, &x[0])
}
