// Package engine is the vocabulary of weir: one distinct type for every kind of identifier that crosses a package
// boundary. It knows nothing of cryptography beyond SHA-256 and does no I/O.
//
// It refuses malformed identifiers where they are parsed, so that a value of one of these types that came out of a
// Parse function needs no further check.
package engine
