package contract

import (
	"fmt"
	"io/fs"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
)

// Decode reads a body or an argument into one of our own message types. The error is a refusal: bytes that are not the
// one canonical encoding of a value mean nothing to a contract. Bytes that are are not worth a clause in the result.
func (c *Context) Decode(b []byte, into any) error {
	if err := canonical.Decode(b, ledger.MaxTx, into); err != nil {
		return Refuse(ledger.CodeMalformed, "the body is the canonical encoding of what its kind carries", "%v", err)
	}
	return nil
}

// Load reads what Save wrote under a key, or false where there is nothing.
func (c *Context) Load(key string, into any) bool {
	b, known := c.Get(key)
	if known {
		c.Read(b, into)
	}
	return known
}

// Read reads an entry that Save wrote, as Range and Page give them.
func (c *Context) Read(entry []byte, into any) {
	c.Invariant(canonical.Decode(entry, MaxValue, into) == nil, "a contract reads what it wrote")
}

// LoadAll reads what Save wrote under all keys that begin with prefix, in order of their bytes; never nil.
func LoadAll[T any](c *Context, prefix string) []T {
	list := []T{}
	for _, b := range c.Range(prefix) {
		var entry T
		c.Read(b, &entry)
		list = append(list, entry)
	}
	return list
}

// Save puts the canonical encoding of a value under a key.
func (c *Context) Save(key string, value any) { c.Put(key, canonical.Encode(value)) }

// Ask is Call with a value of our own types as argument and as answer; into may be nil where the answer is empty.
func (c *Context) Ask(name engine.Name, answer string, argument, into any) error {
	b, err := c.Call(name, answer, canonical.Encode(argument))
	if err == nil && into != nil {
		c.Invariant(canonical.Decode(b, MaxValue, into) == nil, "a contract answers in the form that it states")
	}
	return err
}

// Account is the account that sent the transaction, or "" for a bare key, a reader and the founding.
func (c *Context) Account() engine.Name {
	name, _ := c.Caller().Account()
	return name
}

// Now is the block's time in Unix milliseconds.
func (c *Context) Now() int64 { return c.Time().UnixMilli() }

// Source is SourceDigest of a contract's own embedded files, which are there or the program would not have been built.
func Source(files fs.FS) engine.Digest {
	digest, err := SourceDigest(files)
	if err != nil {
		panic(fmt.Sprintf("a contract without its source: %v", err))
	}
	return digest
}
