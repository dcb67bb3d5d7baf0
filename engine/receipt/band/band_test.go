package band_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/pedersen"
	"weir/engine/receipt"
	"weir/engine/receipt/band"
	"weir/engine/receipt/receipttest"
)

var day = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)

func TestBands(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	r := s.Receipt(t)
	score := s.Opening.Sums[0]
	for _, from := range []int64{score, score - 1, score - 1<<20 + 1} {
		made, err := band.Prove(r, from, "other-bank", day, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		read, err := band.Decode(made.Encode())
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []*receipt.Receipt{r, r.Close()} {
			if err := read.Check(of); err != nil {
				t.Errorf("at least %d of %d: %v", from, score, err)
			}
		}
	}
	for _, from := range []int64{score + 1, score - 1<<20, -1 << 62} {
		if _, err := band.Prove(r, from, "other-bank", day, rand.Reader); !errors.Is(err, pedersen.ErrOutside) {
			t.Errorf("at least %d of %d: %v", from, score, err)
		}
	}
	if _, err := band.Prove(r.Close(), score, "other-bank", day, rand.Reader); !errors.Is(err, band.ErrBand) {
		t.Errorf("from a closed receipt: %v", err)
	}
	lying := *r
	lying.Opened = []receipt.Opening{*s.Opening}
	lying.Opened[0].Sums[0] += 100
	if _, err := band.Prove(&lying, score+50, "other-bank", day, rand.Reader); err == nil {
		t.Error("a band was proven from an opening that is none")
	}
}

func TestBandsOfOthers(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	r := s.Receipt(t)
	good, err := band.Prove(r, s.Opening.Sums[0]-5, "other-bank", day, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.Idle(t)
	other := s.Receipt(t) // the same score under another checkpoint is another receipt
	for name, change := range map[string]func(b *band.Band){
		"another verifier": func(b *band.Band) { b.For = "third-bank" }, "no verifier": func(b *band.Band) { b.For = "" },
		"another day": func(b *band.Band) { b.Date = "2026-11-26" }, "no day": func(b *band.Band) { b.Date = "25.11.2026" },
		"a higher bound": func(b *band.Band) { b.From++ }, "a lower bound": func(b *band.Band) { b.From-- },
		"a bound without end": func(b *band.Band) { b.From = -1 << 63 },
		"another receipt":     func(b *band.Band) { b.Receipt = other.Digest() },
		"a bit of the proof":  func(b *band.Band) { b.Proof[100] ^= 1 }, "no proof": func(b *band.Band) { b.Proof = nil },
		"a proof and more": func(b *band.Band) { b.Proof = append(b.Proof, 0) },
	} {
		b := *good
		b.Proof = bytes.Clone(good.Proof)
		change(&b)
		of := r
		if b.Receipt == other.Digest() {
			of = other
		}
		if err := b.Check(of); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := good.Check(other); !errors.Is(err, band.ErrBand) {
		t.Errorf("a band shown with another receipt: %v", err)
	}
	file := good.Encode()
	for at := 0; at < len(file); at += 97 {
		changed := bytes.Clone(file)
		changed[at] ^= 1 << (at % 8)
		if b, err := band.Decode(changed); err == nil && b.Check(r) == nil {
			t.Errorf("byte %d changed, and the band holds", at)
		}
	}
	if good.Receipt == (engine.Digest{}) || len(file) > band.MaxFile {
		t.Error("no receipt named, or too long")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add((&band.Band{Format: 1, For: "b", Date: "2026-11-25", From: 500, Proof: []byte{1}}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if read, err := band.Decode(b); err == nil && !bytes.Equal(read.Encode(), b) {
			t.Error("another form of a band")
		}
	})
}
