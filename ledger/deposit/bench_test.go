package deposit_test

import (
	"crypto/rand"
	"encoding/binary"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/badgerdb"
	"weir/ledger/deposit"
	"weir/ledger/ledgertest"
)

// Deposits per second of one machine, blocks full: signatures verified, executed, committed. A batch's documents are hashed
// into their tree by the depositor, not here.
func BenchmarkDeposits(b *testing.B) {
	for _, on := range []struct {
		store string
		open  func(*testing.B) ledger.Store
	}{
		{"memory", func(*testing.B) ledger.Store { return new(ledgertest.Memory) }},
		{"badger", func(b *testing.B) ledger.Store {
			s, err := badgerdb.Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { s.Close() })
			return s
		}},
	} {
		for _, count := range []uint64{1, 1000} {
			b.Run("store="+on.store+"/documents="+map[uint64]string{1: "1", 1000: "1000"}[count], func(b *testing.B) {
				c := foundOn(b, on.open(b))
				sent := uint64(0)
				for b.Loop() {
					b.StopTimer()
					block := ledgertest.Propose(c.Machine)
					for range ledger.MaxBlockTxs {
						d := deposit.Deposit{Count: count}
						binary.BigEndian.PutUint64(d.Digest[:], sent+1)
						block.Txs = append(block.Txs, ledgertest.Tx("alice", sent, deposit.KindDeposit, string(canonical.Encode(d))))
						sent++
					}
					b.StartTimer()
					o, err := c.Execute(block)
					if err != nil {
						b.Fatal(err)
					}
					if err := c.Commit(o, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "tx/s")
				b.ReportMetric(float64(sent*count)/b.Elapsed().Seconds(), "deposits/s")
			})
		}
	}
}

// What a depositor does for each document of a batch: hash it into the tree, and find its path.
func BenchmarkBatch(b *testing.B) {
	digests := make([]engine.Digest, 1000)
	for i := range digests {
		if _, err := rand.Read(digests[i][:]); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		batch, err := deposit.NewBatch(digests)
		if err != nil {
			b.Fatal(err)
		}
		for i := range digests {
			batch.Place(i)
		}
	}
	b.ReportMetric(float64(b.N*len(digests))/b.Elapsed().Seconds(), "documents/s")
}
