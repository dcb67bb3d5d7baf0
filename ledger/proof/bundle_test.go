package proof_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// recorded is a ledger of a few blocks, the second with three transactions.
func recorded(t testing.TB) (*machine.Machine, []*ledger.Tx) {
	t.Helper()
	m := ledgertest.Found(t, new(ledgertest.Memory))
	ledgertest.Run(t, m, ledgertest.Tx("alice", 0, "count/add", "apples 1"))
	txs := []*ledger.Tx{ledgertest.Tx("alice", 1, "count/add", "pears 2"), ledgertest.Tx("bob", 0, "count/add", "pears 3000"), ledgertest.Tx("carol", 0, "count/add", "nuts 4")}
	ledgertest.Run(t, m, txs...)
	for n := range uint64(3) {
		ledgertest.Run(t, m, ledgertest.Tx("alice", n+2, "count/add", "apples 1"))
	}
	return m, txs
}

func bundle(t testing.TB, m *machine.Machine, id engine.Digest) *proof.Bundle {
	t.Helper()
	checkpoint, err := m.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	size, _ := m.Tree()
	b, err := m.Bundle(id, checkpoint, size)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBundle(t *testing.T) {
	m, txs := recorded(t)
	trust := ledgertest.Trust(t)
	trust.ContractSets = []engine.Digest{ledgertest.Counters(t).Hash()}
	for i, tx := range txs {
		encoded := bundle(t, m, tx.ID()).Encode()
		shown, err := trust.Verify(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if shown.Tx.ID() != tx.ID() || shown.Result.Index != uint32(i) || shown.Header.Height != 2 || shown.Checkpoint.Size != 6 {
			t.Errorf("%+v", shown)
		}
		if shown.Result.OK() != (i != 1) {
			t.Errorf("transaction %d: %s", i, shown.Result.Code)
		}
		sender, _ := tx.Sender.Account()
		if !shown.Signature(ledgertest.Public(string(sender))).Verify() || shown.Signature(ledgertest.Public("mallory")).Verify() {
			t.Error("signature of the sender")
		}
		t.Logf("bundle of a transaction of %d bytes in a block of %d under %d blocks: %d bytes", len(tx.Bytes()), len(txs), shown.Checkpoint.Size, len(encoded))
	}
}

// A15: no bit of a bundle can be changed.
func TestEveryBitCounts(t *testing.T) {
	m, txs := recorded(t)
	trust := ledgertest.Trust(t)
	encoded := bundle(t, m, txs[1].ID()).Encode()
	for i := range encoded {
		for bit := range 8 {
			changed := bytes.Clone(encoded)
			changed[i] ^= 1 << bit
			if _, err := trust.Verify(changed); !errors.Is(err, proof.ErrBundle) {
				t.Errorf("byte %d, bit %d: %v", i, bit, err)
			}
		}
		if _, err := trust.Verify(encoded[:i]); !errors.Is(err, proof.ErrBundle) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	if _, err := trust.Verify(append(bytes.Clone(encoded), 0)); !errors.Is(err, proof.ErrBundle) {
		t.Errorf("one byte more: %v", err)
	}
}

// Parts of different bundles do not make one.
func TestMixedBundles(t *testing.T) {
	m, txs := recorded(t)
	trust := ledgertest.Trust(t)
	first, second := bundle(t, m, txs[0].ID()), bundle(t, m, txs[2].ID())
	other := bundle(t, m, ledgertest.Tx("alice", 0, "count/add", "apples 1").ID())
	for name, f := range map[string]func(b *proof.Bundle, with *proof.Bundle){
		"transaction":          func(b, with *proof.Bundle) { b.Tx, b.TxPath = with.Tx, with.TxPath },
		"result":               func(b, with *proof.Bundle) { b.Result, b.ResultPath = with.Result, with.ResultPath },
		"transaction, no path": func(b, with *proof.Bundle) { b.Tx = with.Tx },
		"result, no path":      func(b, with *proof.Bundle) { b.Result = with.Result },
		"paths":                func(b, with *proof.Bundle) { b.TxPath, b.ResultPath = with.TxPath, with.ResultPath },
		"longer path":          func(b, _ *proof.Bundle) { b.TxPath = append(b.TxPath, engine.Digest{}) },
		"path too long":        func(b, _ *proof.Bundle) { b.LogPath = make([]engine.Digest, merkle.MaxPath+1) },
		"no paths":             func(b, _ *proof.Bundle) { b.TxPath, b.ResultPath, b.LogPath = nil, nil, nil },
		"no checkpoint":        func(b, _ *proof.Bundle) { b.Checkpoint = nil },
		"exchanged":            func(b, _ *proof.Bundle) { b.Tx, b.Result = b.Result, b.Tx },
	} {
		for _, with := range []*proof.Bundle{second, other} {
			b := *first
			f(&b, with)
			if _, err := trust.Verify(b.Encode()); !errors.Is(err, proof.ErrBundle) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	b := *first
	b.Header, b.LogPath = other.Header, other.LogPath
	if _, err := trust.Verify(b.Encode()); !errors.Is(err, proof.ErrBundle) {
		t.Errorf("header of another block: %v", err)
	}
}

func TestOtherTrust(t *testing.T) {
	m, txs := recorded(t)
	encoded := bundle(t, m, txs[0].ID()).Encode()
	public := ledgertest.Public("mallory")
	mallory, err := proof.VerifierKey(ledgertest.Sequencer, public[:])
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(*proof.Trust){
		"another chain":  func(t *proof.Trust) { t.Chain = "other" },
		"another origin": func(t *proof.Trust) { t.Origin = "other" },
		"another key":    func(t *proof.Trust) { t.CheckpointKeys = []string{mallory} },
		"no key":         func(t *proof.Trust) { t.CheckpointKeys = nil },
		"a broken key":   func(t *proof.Trust) { t.CheckpointKeys = append(t.CheckpointKeys, "x+y+z") },
		"another set":    func(t *proof.Trust) { t.ContractSets = []engine.Digest{{1}} },
	} {
		trust := ledgertest.Trust(t)
		f(trust)
		if _, err := trust.Verify(encoded); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
}

func TestBundleIsNotMadeUp(t *testing.T) {
	m, txs := recorded(t)
	checkpoint, err := m.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Bundle(engine.Digest{1}, checkpoint, 6); !errors.Is(err, machine.ErrNotFound) {
		t.Errorf("unknown transaction: %v", err)
	}
	if _, err := m.Bundle(txs[0].ID(), checkpoint, 2); !errors.Is(err, machine.ErrNotFound) {
		t.Errorf("older checkpoint: %v", err)
	}
	if _, err := m.Consistency(1, 7); !errors.Is(err, machine.ErrNotFound) {
		t.Errorf("future log: %v", err)
	}
}

// A log of 10⁸ blocks, of which all but one are alike: a subtree of equal leaves has one hash for each level.
func longLog(size, special uint64, record []byte) merkle.Log {
	alike := []engine.Digest{merkle.Leaf([]byte("any other header"))}
	var hash func(level int, n uint64) engine.Digest
	hash = func(level int, n uint64) engine.Digest {
		for len(alike) <= level {
			top := alike[len(alike)-1]
			alike = append(alike, parent(top, top))
		}
		switch {
		case special>>level != n:
			return alike[level]
		case level == 0:
			return merkle.Leaf(record)
		}
		return parent(hash(level-1, 2*n), hash(level-1, 2*n+1))
	}
	return merkle.Log{Size: size, Read: func(index uint64) (engine.Digest, error) {
		level, n := split(index)
		return hash(level, n), nil
	}}
}

// The bundle of a 500-byte transaction in a block of 1,000, under 10⁸ blocks, has at most 4 KiB.
func TestBundleSizeAtScale(t *testing.T) {
	var txs, results [][]byte
	body := strings.Repeat("x", 360)
	var tx *ledger.Tx
	var result *ledger.Result
	for i := range 1000 {
		one := ledgertest.Tx("alice", uint64(i), "count/add", body)
		r := &ledger.Result{Tx: one.ID(), Height: 71_234_567, Index: uint32(i), Of: 1000, Contract: "counter@1.0.0", Code: ledger.CodeOK,
			Events: []ledger.Event{{Kind: "added", Key: strings.Repeat("a", 64), Data: make([]byte, 32)}}}
		txs, results = append(txs, one.Bytes()), append(results, r.Encode())
		if i == 617 {
			tx, result = one, r
		}
	}
	txTree, resultTree := merkle.NewList(txs), merkle.NewList(results)
	h := ledger.Header{Chain: "test", Height: result.Height, Time: 1, Txs: txTree.Root(), Results: resultTree.Root(), Proposer: ledgertest.Sequencer}
	log := longLog(100_000_000, h.Height, h.Encode())
	root, err := log.Root()
	if err != nil {
		t.Fatal(err)
	}
	path, err := log.Path(h.Height)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := proof.SignCheckpoint(ledgertest.Origin, log.Size, root, ledgertest.Signer(t))
	if err != nil {
		t.Fatal(err)
	}
	encoded := (&proof.Bundle{Tx: tx.Bytes(), Result: result.Encode(), Header: h.Encode(), TxPath: txTree.Path(617),
		ResultPath: resultTree.Path(617), LogPath: path, Checkpoint: checkpoint.Note}).Encode()
	began := time.Now()
	if _, err := ledgertest.Trust(t).Verify(encoded); err != nil {
		t.Fatal(err)
	}
	t.Logf("transaction of %d bytes, result of %d, 10⁸ blocks: bundle of %d bytes, verified in %v", len(tx.Bytes()), len(result.Encode()), len(encoded), time.Since(began))
	if len(encoded) > 4<<10 {
		t.Errorf("%d bytes, limit 4096", len(encoded))
	}
}

// A checkpoint has one form: other spellings of a signature, further lines and further signatures are refused.
func TestCheckpointForms(t *testing.T) {
	c, err := proof.SignCheckpoint(ledgertest.Origin, 7, engine.Digest{1}, ledgertest.Signer(t))
	if err != nil {
		t.Fatal(err)
	}
	known := verifiers(t, ledgertest.Trust(t).CheckpointKeys...)
	again, err := proof.OpenCheckpoint(c.Note, ledgertest.Origin, known)
	if err != nil || again.Size != 7 || again.Root != c.Root {
		t.Fatalf("%+v, %v", again, err)
	}
	text := string(c.Note)
	last := text[strings.LastIndex(text, " ")+1 : len(text)-1]
	raw, _ := base64.StdEncoding.DecodeString(last)
	other, err := proof.NewSigner("other", ledgertest.Key("other"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := note.Sign(&note.Note{Text: text[:strings.Index(text, "\n\n")+1]}, ledgertest.Signer(t), other)
	if err != nil {
		t.Fatal(err)
	}
	resigned := func(body string) string {
		n, err := note.Sign(&note.Note{Text: body}, ledgertest.Signer(t))
		if err != nil {
			t.Fatal(err)
		}
		return string(n)
	}
	rootLine := base64.StdEncoding.EncodeToString(c.Root[:])
	for name, b := range map[string]string{
		"empty":                     "",
		"unsigned":                  text[:strings.Index(text, "\n\n")+2],
		"line feed in a signature":  strings.Replace(text, last, last[:8]+"\r"+last[8:], 1),
		"loose bits in a signature": strings.Replace(text, last, loose(last), 1),
		"signature twice":           text + "— " + ledgertest.Sequencer + " " + last + "\n",
		"second, unknown signature": string(two),
		"signature of other bytes":  strings.Replace(text, last, base64.StdEncoding.EncodeToString(append(raw[:4:4], make([]byte, 64)...)), 1),
		"fourth line":               resigned(ledgertest.Origin + "\n7\n" + rootLine + "\nmore\n"),
		"two lines":                 resigned(ledgertest.Origin + "\n7\n"),
		"leading zero":              resigned(ledgertest.Origin + "\n07\n" + rootLine + "\n"),
		"sign":                      resigned(ledgertest.Origin + "\n+7\n" + rootLine + "\n"),
		"size of 2^63":              resigned(ledgertest.Origin + "\n9223372036854775808\n" + rootLine + "\n"),
		"short root":                resigned(ledgertest.Origin + "\n7\nAAAA\n"),
		"loose bits in the root":    resigned(ledgertest.Origin + "\n7\n" + loose(rootLine) + "\n"),
		"another origin":            resigned("other\n7\n" + rootLine + "\n"),
		"too long":                  resigned(ledgertest.Origin + "\n7\n" + rootLine + "\n" + strings.Repeat("x", proof.MaxCheckpoint) + "\n"),
	} {
		if _, err := proof.OpenCheckpoint([]byte(b), ledgertest.Origin, known); !errors.Is(err, proof.ErrCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// loose sets a bit of base64 text that decoding drops.
func loose(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	body := strings.TrimRight(text, "=")
	at := strings.IndexByte(alphabet, body[len(body)-1])
	return body[:len(body)-1] + alphabet[at^1:at^1+1] + text[len(body):]
}

func verifiers(t *testing.T, keys ...string) note.Verifiers {
	t.Helper()
	var list []note.Verifier
	for _, key := range keys {
		v, err := proof.NewVerifier(key)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return note.VerifierList(list...)
}

func TestKeysOfNotes(t *testing.T) {
	for _, name := range []string{"", "with space", "with+plus", "with\nline"} {
		if _, err := proof.NewSigner(name, ledgertest.Key("x")); !errors.Is(err, proof.ErrKey) {
			t.Errorf("signer %q: %v", name, err)
		}
		public := ledgertest.Public("x")
		if _, err := proof.VerifierKey(name, public[:]); !errors.Is(err, proof.ErrKey) {
			t.Errorf("verifier %q: %v", name, err)
		}
	}
	if _, err := proof.NewSigner("x", nil); !errors.Is(err, proof.ErrKey) {
		t.Errorf("no key: %v", err)
	}
	if _, err := proof.VerifierKey("x", nil); !errors.Is(err, proof.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	m, txs := recorded(f)
	trust := ledgertest.Trust(f)
	f.Add(bundle(f, m, txs[0].ID()).Encode())
	f.Add(canonical.Encode(&proof.Bundle{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if shown, err := trust.Verify(b); err == nil && !bytes.Contains(b, shown.Tx.Bytes()) {
			t.Fatal("shows something else")
		}
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	c, err := proof.SignCheckpoint(ledgertest.Origin, 7, engine.Digest{1}, ledgertest.Signer(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.Note)
	trust := ledgertest.Trust(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		follower, err := trust.Follow(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := follower.Accept(b, nil); err == nil && !bytes.Equal(b, c.Note) {
			t.Fatal("another checkpoint passes")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	m, txs := recorded(b)
	trust := ledgertest.Trust(b)
	encoded := bundle(b, m, txs[0].ID()).Encode()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := trust.Verify(encoded); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(encoded)), "B/bundle")
}

func ExampleTrust_Verify() {
	t := new(testing.T)
	m, txs := recorded(t)
	shown, err := ledgertest.Trust(t).Verify(bundle(t, m, txs[1].ID()).Encode())
	fmt.Println(shown.Tx.Sender, shown.Result.Code, shown.Result.Clauses[1], err)
	// Output: bob terms at most 1,000 are added at a time <nil>
}
