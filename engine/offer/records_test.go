package offer_test

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
)

func TestRecordsRefused(t *testing.T) {
	g := messagetest.Genesis()
	for name, spoil := range map[string]func(*offer.Records){
		"another holder's party":   func(r *offer.Records) { r.Party = "social/vat" },
		"party without source":     func(r *offer.Records) { r.Party = "tax" },
		"malformed party":          func(r *offer.Records) { r.Party = "tax/vat/x" },
		"schema of another source": func(r *offer.Records) { r.Party = "tax/other" },
		"no schema":                func(r *offer.Records) { r.Schema = nil },
		"schema with a byte more":  func(r *offer.Records) { r.Schema = append(r.Schema, 0) },
		"schema as JSON":           func(r *offer.Records) { r.Schema = []byte(`{"source": "vat"}`) },
		"schema over 64 KiB":       func(r *offer.Records) { r.Schema = make([]byte, 64<<10+1) },
		"root = modulus":           func(r *offer.Records) { fr.Modulus().FillBytes(r.Root[:]) },
		"root + modulus":           func(r *offer.Records) { new(big.Int).Add(fr.Modulus(), big.NewInt(7)).FillBytes(r.Root[:]) },
		"root of all ones":         func(r *offer.Records) { r.Root = [32]byte(bytes.Repeat([]byte{255}, 32)) },
	} {
		r := messagetest.Records(t)
		spoil(r)
		_, _, err := offer.OpenRecords(g, messagetest.Sign(message.KindRecords, "tax", r))
		messagetest.Refused(t, name, err, message.ErrPost)
	}
	_, _, err := offer.OpenRecords(g, messagetest.Sign(message.KindRecords, "social", messagetest.Records(t)))
	messagetest.Refused(t, "posted by another holder", err, message.ErrPost)
}

func TestRecordsOpen(t *testing.T) {
	want := messagetest.Records(t)
	new(big.Int).Sub(fr.Modulus(), big.NewInt(1)).FillBytes(want.Root[:])
	r, s, err := offer.OpenRecords(messagetest.Genesis(), messagetest.Sign(message.KindRecords, "tax", want))
	if err != nil || r.Root != want.Root || r.Party != "tax/vat" || s.Source != "vat" || s.Epoch != "2026-10" {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestNewestRecordsAreFound(t *testing.T) {
	g, board := messagetest.Genesis(), new(messagetest.Bulletin)
	if _, _, err := offer.FindRecords(t.Context(), g, board, "tax/vat"); err == nil {
		t.Error("records from an empty board")
	} else {
		messagetest.Refused(t, "empty board", err, message.ErrNotFound)
	}
	add := func(epoch string, revision uint32, root byte) {
		r := offer.Records{Party: "tax/vat", Schema: messagetest.Schema(t, "vat", epoch, revision), Root: [32]byte{31: root}}
		board.Put(t, message.KindRecords, message.RecordsKey("tax/vat")+epoch, messagetest.Sign(message.KindRecords, "tax", r))
	}
	newest := func(root byte) {
		t.Helper()
		r, _, err := offer.FindRecords(t.Context(), g, board, "tax/vat")
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
	unmade := offer.Records{Party: "tax/vat", Schema: []byte("none")}
	board.Put(t, message.KindRecords, message.RecordsKey("tax/vat"), messagetest.Sign(message.KindRecords, "tax", unmade))
	later := offer.Records{Party: "social/vat", Schema: messagetest.Schema(t, "vat", "2027-01", 0)}
	board.Put(t, message.KindRecords, message.RecordsKey("tax/vat"), messagetest.Sign(message.KindRecords, "social", later))
	later.Party = "tax/vat"
	board.Put(t, message.KindRecords, message.RecordsKey("tax/vat"), messagetest.Sign(message.KindRecords, "social", later))
	newest(5)
}
