package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"weir/circuits"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/engine/receipt"
	"weir/engine/receipt/receipttest"
)

// receiptFiles are what the scripts about receipts find: an open receipt with real proofs, the same score under a later
// checkpoint, one with a changed byte, and two trust files.
func receiptFiles(t *testing.T, cache string) func(dir string) error {
	made := sync.OnceValues(func() (map[string][]byte, error) {
		keys, err := keycache.Open(cache, nil).Keys(t.Context(), circuits.Contribution, contribution.Compile)
		if err != nil {
			return nil, err
		}
		s := receipttest.Settle(t, receipttest.Options{Holders: 3, Keys: keys})
		open := s.Receipt(t).Encode()
		s.Idle(t)
		broken := append([]byte{}, open...)
		broken[len(broken)/2] ^= 1
		files := map[string][]byte{"score.receipt": open, "later.receipt": s.Receipt(t).Encode(), "broken.receipt": broken, "trust.json": s.Trust.Encode()}
		s.Trust.VerifyingKeys = []receipt.VerifyingKey{{Circuit: "contribution", ID: keys.ID, Origin: "ceremony:test"}}
		files["ceremony.json"] = s.Trust.Encode()
		return files, nil
	})
	return func(dir string) error {
		if !strings.Contains(filepath.Base(dir), "receipt") {
			return nil
		}
		files, err := made()
		if err != nil {
			return err
		}
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				return err
			}
		}
		return nil
	}
}
