package message

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

func TestRecordsRefused(t *testing.T) {
	g := testGenesis()
	for name, spoil := range map[string]func(*Records){
		"another holder's party":   func(r *Records) { r.Party = "social/vat" },
		"party without source":     func(r *Records) { r.Party = "tax" },
		"malformed party":          func(r *Records) { r.Party = "tax/vat/x" },
		"schema of another source": func(r *Records) { r.Party = "tax/other" },
		"no schema":                func(r *Records) { r.Schema = nil },
		"schema with a byte more":  func(r *Records) { r.Schema = append(r.Schema, 0) },
		"schema as JSON":           func(r *Records) { r.Schema = []byte(`{"source": "vat"}`) },
		"schema over 64 KiB":       func(r *Records) { r.Schema = make([]byte, 64<<10+1) },
		"root = modulus":           func(r *Records) { fr.Modulus().FillBytes(r.Root[:]) },
		"root + modulus":           func(r *Records) { new(big.Int).Add(fr.Modulus(), big.NewInt(7)).FillBytes(r.Root[:]) },
		"root of all ones":         func(r *Records) { r.Root = [32]byte(bytes.Repeat([]byte{255}, 32)) },
	} {
		r := testRecords(t)
		spoil(r)
		_, _, err := g.OpenRecords(sign(KindRecords, "tax", r))
		refused(t, name, err, ErrPost)
	}
	_, _, err := g.OpenRecords(sign(KindRecords, "social", testRecords(t)))
	refused(t, "posted by another holder", err, ErrPost)
}

func TestRecordsOpen(t *testing.T) {
	want := testRecords(t)
	new(big.Int).Sub(fr.Modulus(), big.NewInt(1)).FillBytes(want.Root[:])
	r, s, err := testGenesis().OpenRecords(sign(KindRecords, "tax", want))
	if err != nil || r.Root != want.Root || r.Party != "tax/vat" || s.Source != "vat" || s.Epoch != "2026-10" {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestNewestRecordsAreFound(t *testing.T) {
	g, board := testGenesis(), new(bulletin)
	if _, _, err := g.FindRecords(t.Context(), board, "tax/vat"); err == nil {
		t.Error("records from an empty board")
	} else {
		refused(t, "empty board", err, ErrNotFound)
	}
	add := func(epoch string, revision uint32, root byte) {
		r := Records{Party: "tax/vat", Schema: testSchema(t, "vat", epoch, revision), Root: [32]byte{31: root}}
		board.post(t, KindRecords, RecordsKey("tax/vat")+epoch, sign(KindRecords, "tax", r))
	}
	newest := func(root byte) {
		t.Helper()
		r, _, err := g.FindRecords(t.Context(), board, "tax/vat")
		if err != nil || r.Root[31] != root {
			t.Fatalf("root %v, %v, want %d", r, err, root)
		}
	}
	add("2026-09", 0, 1)
	newest(1)
	add("2026-10", 0, 2)
	newest(2)
	add("2026-09", 9, 3) // a correction of an older epoch
	newest(2)
	add("2026-10", 1, 4)
	newest(4)
	add("2026-Q4", 0, 5) // ends in December
	newest(5)
	add("2026-10", 2, 6)
	newest(5)
	add("2026-Q4", 0, 7) // a second root for one revision: the first stands
	newest(5)
	// Entries that are not this party's or not well made do not count.
	board.post(t, KindRecords, RecordsKey("tax/vat"), sign(KindRecords, "tax", Records{Party: "tax/vat", Schema: []byte("none")}))
	later := Records{Party: "social/vat", Schema: testSchema(t, "vat", "2027-01", 0)}
	board.post(t, KindRecords, RecordsKey("tax/vat"), sign(KindRecords, "social", later))
	later.Party = "tax/vat"
	board.post(t, KindRecords, RecordsKey("tax/vat"), sign(KindRecords, "social", later))
	newest(5)
}
