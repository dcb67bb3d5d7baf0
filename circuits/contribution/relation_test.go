package contribution

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/pedersen"
)

func TestTheNativeTwinNamesWhatFails(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fixture)
		reason string
	}{
		"nonce":                {func(f *fixture) { f.witness.Nonce2[3] ^= 1 }, "tag"},
		"subject":              {func(f *fixture) { f.witness.Subject[3] ^= 1 }, "tag"},
		"tag":                  {func(f *fixture) { f.statement.Tag[31] ^= 1 }, "tag"},
		"false absence":        {func(f *fixture) { f.witness.Present = false }, "presence"},
		"no entry":             {func(f *fixture) { f.witness.Bucket = [BucketSize]Entry{} }, "presence"},
		"value":                {func(f *fixture) { f.witness.Values[31] ^= 1 }, "record"},
		"salt":                 {func(f *fixture) { f.witness.Salt[0] ^= 1 }, "record"},
		"neighbour":            {func(f *fixture) { f.witness.Bucket[3] = Entry{engine.Subject{1}, fr.One()} }, "path at height 0"},
		"own place":            {func(f *fixture) { f.witness.Siblings[9][place(f.witness.Subject)>>27&7].SetOne() }, "path at height 9"},
		"sibling":              {func(f *fixture) { f.witness.Siblings[9][place(f.witness.Subject)>>27&7^1].SetOne() }, "root"},
		"root":                 {func(f *fixture) { f.statement.Root[31] ^= 1 }, "root"},
		"blinding":             {func(f *fixture) { f.witness.Rho.Add(f.witness.Rho, big.NewInt(1)) }, "commitment"},
		"no blinding":          {func(f *fixture) { f.witness.Rho = nil }, "blinding"},
		"commitment":           {func(f *fixture) { f.statement.C = f.statement.C.Neg() }, "commitment"},
		"edges of the table":   {func(f *fixture) { f.table.Edges[30] = [7]uint64{1, 1, 1, 1, 1, 1, 1} }, "commitment"},
		"map of the table":     {func(f *fixture) { f.table.Map[30] = 11 }, "commitment"},
		"commitment's neutral": {func(f *fixture) { f.statement.C = pedersen.Identity() }, "commitment"},
	} {
		f := seeded(8).fixture(true)
		f.witness.Values[0], f.witness.Values[11] = 5, 1<<32-1
		f.table.Edges[30] = [7]uint64{100, 100, 100, 100, 100, 100, 100}
		f.plant(seeded(8))
		if err := Check(f.table, f.statement, f.witness); err != nil {
			t.Fatal(err)
		}
		c.change(f)
		err := Check(f.table, f.statement, f.witness)
		if !errors.Is(err, ErrWitness) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAProverRefusesWhatIsNotTrue(t *testing.T) {
	f := seeded(8).fixture(true)
	prover, err := NewProver(keys(), f.table)
	if err != nil {
		t.Fatal(err)
	}
	f.witness.Salt[0] ^= 1
	if _, err := prover.Prove(f.statement, f.witness); !errors.Is(err, ErrWitness) {
		t.Errorf("another salt: %v", err)
	}
	f.statement.C = pedersen.Point{}
	if _, err := prover.Prove(f.statement, f.witness); !errors.Is(err, ErrStatement) {
		t.Errorf("no commitment: %v", err)
	}
}

func TestAbsentRecordsHaveNoValues(t *testing.T) {
	f := seeded(9).fixture(false)
	f.witness.Values[3] = 1
	if err := Check(f.table, f.statement, f.witness); !errors.Is(err, ErrWitness) {
		t.Error(err)
	}
}

func TestStatementsAreCanonical(t *testing.T) {
	modulus := [32]byte(fr.Modulus().FillBytes(make([]byte, 32)))
	for name, change := range map[string]func(*Statement){
		"root of the modulus":    func(s *Statement) { s.Root = modulus },
		"tag of the modulus":     func(s *Statement) { s.Tag = modulus },
		"context of the modulus": func(s *Statement) { s.Context = modulus },
		"largest root":           func(s *Statement) { s.Root = [32]byte([]byte(strings.Repeat("\xff", 32))) },
		"no commitment":          func(s *Statement) { s.C = pedersen.Point{} },
	} {
		f := seeded(10).fixture(true)
		change(f.statement)
		if err := Check(f.table, f.statement, f.witness); !errors.Is(err, ErrStatement) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTablesAreChecked(t *testing.T) {
	for name, change := range map[string]func(*Table){
		"edge 0":             func(t *Table) { t.Edges[3][0] = 0 },
		"edge above 2^32":    func(t *Table) { t.Edges[3][6] = edgeLimit + 1 },
		"edges out of order": func(t *Table) { t.Edges[3][2], t.Edges[3][3] = 9, 8 },
		"map":                func(t *Table) { t.Map[31] = Features },
		"identity":           func(t *Table) { t.W[255] = pedersen.Identity() },
		"missing":            func(t *Table) { t.W[0] = pedersen.Point{} },
		"eight equal points": func(t *Table) {
			for bin := range 8 {
				t.W[bin] = t.W[0]
			}
		},
	} {
		table := seeded(11).table()
		change(table)
		if _, err := Fold(keys().VerifyingKey(), table); !errors.Is(err, ErrTable) {
			t.Errorf("%s: Fold: %v", name, err)
		}
		if _, err := NewProver(keys(), table); !errors.Is(err, ErrTable) {
			t.Errorf("%s: NewProver: %v", name, err)
		}
	}
}

// Every encoded value lies in the one bin that Select names.
func TestSelectIsTheIntervalOfTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := seeded(rapid.Uint64().Draw(t, "seed")).table()
		line := rapid.IntRange(0, Lines-1).Draw(t, "line")
		value := rapid.Uint32().Draw(t, "value")
		if i := rapid.IntRange(0, 13).Draw(t, "edge"); i < 7 {
			value = uint32(min(table.Edges[line][i], edgeLimit-1))
		}
		var values [Features]uint32
		values[table.Map[line]] = value
		selected := table.Select(&values)[line]
		for bin := range 8 {
			low, high := table.interval(line, bin)
			inside := low <= uint64(value) && uint64(value) < high
			if inside != (selected == 8*line+bin) {
				t.Fatalf("line %d, value %d: row %d, but bin %d is [%d, %d)", line, value, selected, bin, low, high)
			}
		}
	})
}
