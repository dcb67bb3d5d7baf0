// Package contract hosts the ledger's contracts: native Go modules that judge transactions and keep the state. It is for
// whoever writes a contract (Contract, Context, Refuse) and for the machine that runs them (Set, Layer).
//
// A contract is deterministic by construction: a Context is its only door out, and through it there is no clock but the
// block's time, no randomness, no file and no network. Contracts use no float, no goroutine and no iteration over a map;
// two nodes with one contract set then answer every transaction alike. Design: a contract never deletes, it writes
// tombstones; a refusal changes nothing and names the rule that did not hold.
package contract

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
)

// Contract is one version of one contract. The functions must not keep anything between calls.
type Contract struct {
	Name    engine.Name   // owns the part of the state under this name, across versions
	Version string        // "1.0.0"
	Source  engine.Digest // digest of its source (SourceDigest)

	// Found writes the contract's first entries from the founding document; nil where there are none.
	Found func(c *Context, document []byte) error
	// Methods are the kinds of transactions that the contract judges.
	Methods []Method
	// Answers are the questions that other contracts and readers may ask.
	Answers []Answer
	// KeyOf gives the key that speaks for an account, false for one that is unknown or not active. Exactly one contract
	// of a set has it. It only reads.
	KeyOf func(c *Context, account engine.Name) (key [32]byte, active bool)
	// Activates allows it to schedule other versions of contracts (Context.Activate).
	Activates bool
}

// Method judges one kind of transaction. Run returns nil when everything was done, a refusal (Refuse, Context.Require)
// when a rule does not allow it: then nothing that it wrote remains. Any other error is a refusal as CodeInvariant.
type Method struct {
	Kind ledger.Kind
	Bare bool // takes transactions of bare keys too; otherwise only of accounts
	Run  func(c *Context, body []byte) error
}

// Answer is one question with a name: bytes in, bytes out. Asked by a contract it may write, in its own part of the
// state, and the whole succeeds or fails with the transaction; asked by a reader, what it writes is dropped.
type Answer struct {
	Name string
	Run  func(c *Context, argument []byte) ([]byte, error)
}

// Verifier judges a proof for a statement under the verifying key with a circuit id: nil when it holds. It is a function
// of its arguments alone. Statement is the canonical encoding that the circuit's owner defines; key folding, and
// whatever else stands between it and the proof system, is behind this interface.
type Verifier interface {
	Verify(circuit engine.Digest, statement, proof []byte) error
}

// id is name@version, as results name a contract.
func (c *Contract) id() string { return string(c.Name) + "@" + c.Version }

// SourceDigest is the digest of a package's Go files without its tests: H("weir/source/v1", [[name, SHA-256] by name]).
// A contract embeds its own files for it. What the package imports is outside the digest.
func SourceDigest(files fs.FS) (engine.Digest, error) {
	names, err := fs.Glob(files, "*.go")
	if err != nil {
		return engine.Digest{}, fmt.Errorf("source of a contract: %w", err)
	}
	var list []any
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return engine.Digest{}, fmt.Errorf("source of a contract: %w", err)
		}
		list = append(list, []any{name, engine.Digest(sha256.Sum256(content))})
	}
	if len(list) == 0 {
		return engine.Digest{}, fmt.Errorf("%w: no source files", ErrSet)
	}
	return canonical.Digest("weir/source/v1", list), nil
}
