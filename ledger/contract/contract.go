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
	"errors"
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

// ErrSet is returned for contracts that do not make a set: two of one name or kind, malformed names, no or several
// sources of keys.
var ErrSet = errors.New("contracts do not make a set")

// Set is the contracts of a ledger, one version of each.
type Set struct {
	contracts map[engine.Name]*Contract
	order     []*Contract
	methods   map[ledger.Kind]method
	accounts  *Contract
	hash      engine.Digest
}

type method struct {
	*Method
	contract *Contract
}

// NewSet joins contracts. The order in which they are founded is the order given.
func NewSet(contracts ...*Contract) (*Set, error) {
	s := &Set{contracts: map[engine.Name]*Contract{}, methods: map[ledger.Kind]method{}, order: contracts}
	for _, c := range contracts {
		if err := s.add(c); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrSet, c.Name, err)
		}
	}
	if s.accounts == nil {
		return nil, fmt.Errorf("%w: none says which key speaks for an account", ErrSet)
	}
	s.hash = s.digest()
	return s, nil
}

func (s *Set) add(c *Contract) error {
	if _, err := engine.ParseName(string(c.Name)); err != nil {
		return err
	}
	if s.contracts[c.Name] != nil || c.Name == hostName {
		return errors.New("name is taken")
	}
	s.contracts[c.Name] = c
	for i := range c.Methods {
		m := &c.Methods[i]
		if err := m.Kind.Check(); err != nil {
			return err
		}
		if _, taken := s.methods[m.Kind]; taken {
			return fmt.Errorf("kind %s is taken", m.Kind)
		}
		s.methods[m.Kind] = method{Method: m, contract: c}
	}
	if c.KeyOf != nil && s.accounts != nil {
		return fmt.Errorf("%s says already which key speaks for an account", s.accounts.Name)
	}
	if c.KeyOf != nil {
		s.accounts = c
	}
	return nil
}

// Hash is the contract set's: H("weir/contracts/v1", [[name, version, source] in founding order]).
func (s *Set) Hash() engine.Digest { return s.hash }

func (s *Set) digest() engine.Digest {
	list := make([]any, len(s.order))
	for i, c := range s.order {
		list[i] = []any{c.Name, c.Version, c.Source}
	}
	return canonical.Digest("weir/contracts/v1", list)
}

// Takes tells whether a contract judges such a transaction, of such a sender. Errors wrap ledger.ErrKind.
func (s *Set) Takes(kind ledger.Kind, sender ledger.Sender) error {
	m, known := s.methods[kind]
	if !known {
		return fmt.Errorf("%w: %s", ledger.ErrKind, kind)
	}
	if _, account := sender.Account(); !account && !m.Bare {
		return fmt.Errorf("%w: %s is for accounts, not for a bare key", ledger.ErrKind, kind)
	}
	return nil
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
