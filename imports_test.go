package weir_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const (
	lattigo = "github.com/tuneinsight/lattigo/"
	gnark   = "github.com/consensys/gnark/"
)

// pkg is what the rules need to know of one package.
type pkg struct {
	ImportPath string
	Imports    []string // direct
	Deps       []string // transitive
}

func (p pkg) imports(prefix string, but []string) bool {
	return slices.ContainsFunc(p.Imports, func(path string) bool { return under(prefix)(path) && !slices.Contains(but, path) })
}
func (p pkg) reaches(prefix string) bool { return slices.ContainsFunc(p.Deps, under(prefix)) }

// under tells whether a path is the package named, or below it.
func under(name string) func(string) bool {
	name = strings.TrimSuffix(name, "/")
	return func(path string) bool { return path == name || strings.HasPrefix(path, name+"/") }
}

// rule says that the packages it is about must not reach, or not directly import, some others. The first two kinds are
// privacy: what cannot be reached cannot be sent by mistake.
type rule struct {
	why       string
	about     func(path string) bool
	unreached []string
	unused    []string // not imported directly
	but       []string // below unused, and allowed
}

func only(names ...string) func(string) bool {
	return func(path string) bool { return slices.Contains(names, path) }
}

func outside(names ...string) func(string) bool {
	return func(path string) bool {
		return under("weir")(path) && !slices.ContainsFunc(names, func(name string) bool { return under(name)(path) })
	}
}

// ground are the packages of pure types, mathematics and protocol steps: no clock, network, file path or logging.
var ground = []string{"weir/engine", "weir/engine/canonical", "weir/engine/poseidon", "weir/engine/pedersen", "weir/engine/schema",
	"weir/engine/record", "weir/engine/model", "weir/engine/model/points", "weir/engine/model/reason", "weir/engine/model/scale",
	"weir/engine/model/evaluate", "weir/engine/model/evaluate/labelled", "weir/engine/seal", "weir/engine/consent", "weir/engine/period",
	"weir/engine/message", "weir/engine/offer", "weir/engine/inquiry", "weir/engine/inquiry/reply", "weir/engine/contribute", "weir/engine/open",
	"weir/engine/receipt", "weir/engine/receipt/roll"}

// ledgerSide is what a ledger may import: messages and what they are made of.
var ledgerSide = []string{"weir/engine", "weir/engine/canonical", "weir/engine/poseidon", "weir/engine/pedersen", "weir/engine/schema",
	"weir/engine/model", "weir/engine/consent", "weir/engine/period", "weir/engine/message", "weir/engine/offer", "weir/engine/inquiry"}

// fixtures are imported by tests alone.
var fixtures = []string{"weir/engine/internal/partytest", "weir/engine/internal/messagetest", "weir/engine/internal/plain", "weir/engine/internal/worldtest",
	"weir/engine/modelfile/jsontree/ubjtest", "weir/engine/modelfile/vectortest", "weir/circuits/model/relation/relationtest",
	"weir/ledger/ledgertest", "weir/ledger/deposit/timestamp/timestamptest", "weir/engine/receipt/receipttest",
	"weir/ledger/contract/internal/scoringtest"}

var rules = []rule{
	{why: "a bank never reaches records", about: under("weir/engine/bank"), unreached: []string{"weir/engine/record"}},
	{why: "the bank's step never reaches records", about: only("weir/engine/open"), unreached: []string{"weir/engine/record", "weir/engine/model/points"}},
	{why: "a holder never reaches points", about: under("weir/engine/holder"), unreached: []string{"weir/engine/model/points"}},
	{why: "a holder's step never reaches points", about: only("weir/engine/contribute"), unreached: []string{"weir/engine/model/points"}},
	{why: "neither registrar, supervisor nor wallet reaches records or points", about: under("weir/engine/authority"),
		unreached: []string{"weir/engine/record", "weir/engine/model/points"}},
	{why: "sealing serves both sides and knows neither", about: under("weir/engine/seal"), unreached: []string{"weir/engine/record", "weir/engine/model/points"}},
	{why: "nothing that a ledger imports reaches lattice or circuit libraries", about: only(ledgerSide...), unreached: []string{lattigo, gnark}},
	{why: "nothing of a ledger reaches lattice or circuit libraries", about: under("weir/ledger"), unreached: []string{lattigo, gnark}},
	{why: "lattigo only through engine/seal", about: outside("weir/engine/seal"), unused: []string{lattigo}},
	{why: "gnark only under circuits", about: outside("weir/circuits"), unused: []string{gnark}},
	{why: "circuits are assigned from plain values", about: under("weir/circuits"), unreached: []string{"weir/engine/record", "weir/engine/model/points"}},
	{why: "ground packages do no network, file or log", about: only(ground...), unused: []string{"net", "os", "log", "log/slog", "syscall"}},
	{why: "the program meets the parties through engine/consortium, or as daemons", about: under("weir/cmd/weir"),
		unused: []string{"weir/engine/holder", "weir/engine/bank", "weir/engine/seal"},
		but:    []string{"weir/engine/holder/agentd", "weir/engine/bank/bankd"}},
	{why: "readers of foreign models do no network, file or log", about: func(path string) bool {
		return (under("weir/engine/modelfile")(path) || under("weir/engine/modelbind")(path)) && !slices.Contains(fixtures, path)
	}, unused: []string{"net", "os", "log", "log/slog", "syscall"}},
	{why: "readers of records' files do no network, file or log", about: only("weir/engine/source", "weir/engine/source/cell", "weir/engine/source/parquet"),
		unused: []string{"net", "os", "log", "log/slog", "syscall"}},
	{why: "databases only through engine/source/database", about: outside("weir/engine/source/database"),
		unused: []string{"database/sql", "github.com/jackc/pgx", "github.com/go-sql-driver/mysql", "modernc.org/sqlite"}},
	{why: "holders never read a bank's models", about: under("weir/engine/holder"), unreached: []string{"weir/engine/modelfile", "weir/engine/modelbind"}},
	{why: "ledgers never read a bank's models", about: under("weir/ledger"), unreached: []string{"weir/engine/modelfile", "weir/engine/model/points"}},
	{why: "circuits never read a bank's models", about: under("weir/circuits"), unreached: []string{"weir/engine/modelfile"}},
	{why: "test fixtures stay in tests", about: outside(fixtures...), unused: fixtures},
}

// broken lists every breach of the rules, one line each.
func broken(packages []pkg) []string {
	var breaches []string
	for _, r := range rules {
		for _, p := range packages {
			if !r.about(p.ImportPath) {
				continue
			}
			for _, target := range r.unreached {
				if p.reaches(target) {
					breaches = append(breaches, fmt.Sprintf("%s reaches %s: %s", p.ImportPath, target, r.why))
				}
			}
			for _, target := range r.unused {
				if p.imports(target, r.but) {
					breaches = append(breaches, fmt.Sprintf("%s imports %s: %s", p.ImportPath, target, r.why))
				}
			}
		}
	}
	return breaches
}

func TestImportRules(t *testing.T) {
	packages := listPackages(t)
	for _, breach := range broken(packages) {
		t.Error(breach)
	}
	known := map[string]bool{}
	for _, p := range packages {
		known[p.ImportPath] = true
	}
	for _, name := range slices.Concat(ground, ledgerSide, fixtures, []string{"weir/engine/bank", "weir/engine/holder", "weir/engine/authority", "weir/cmd/weir"}) {
		if !known[name] {
			t.Errorf("%s is in a rule, and there is no such package", name)
		}
	}
}

// listPackages asks the go command once for the module's packages with all they depend on.
func listPackages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v: %s", err, exit.Stderr)
		}
		t.Skipf("the go command is not at hand: %v", err)
	}
	var packages []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// The rules can fail: each finds its breach in a made-up graph, and a sound graph has none.
func TestImportRulesCanFail(t *testing.T) {
	sound := []pkg{
		{ImportPath: "weir/engine/bank", Deps: []string{"weir/engine/seal", "weir/engine/model/points", lattigo + "v5/ring"}},
		{ImportPath: "weir/engine/holder", Deps: []string{"weir/engine/record", "weir/engine/recorder"}},
		{ImportPath: "weir/engine/seal", Imports: []string{lattigo + "v5/ring", "io"}, Deps: []string{lattigo + "v5/ring", "os"}},
		{ImportPath: "weir/engine/message", Imports: []string{"github.com/consensys/gnark-crypto/ecc"}, Deps: []string{"github.com/consensys/gnark-crypto/ecc"}},
		{ImportPath: "weir/circuits/model", Imports: []string{gnark + "frontend"}, Deps: []string{gnark + "frontend"}},
		{ImportPath: "weir/engine/schema", Imports: []string{"io"}, Deps: []string{"os", "net/netip"}},
		{ImportPath: "weir/cmd/weir", Imports: []string{"weir/engine/consortium", "os"}, Deps: []string{"weir/engine/bank"}},
	}
	if found := broken(sound); len(found) != 0 {
		t.Fatalf("breaches in a sound graph: %q", found)
	}
	for _, p := range []pkg{
		{ImportPath: "weir/engine/bank", Deps: []string{"weir/engine/record/below"}},
		{ImportPath: "weir/engine/open", Deps: []string{"weir/engine/record"}},
		{ImportPath: "weir/engine/holder", Deps: []string{"weir/engine/model/points"}},
		{ImportPath: "weir/engine/contribute", Deps: []string{"weir/engine/model/points"}},
		{ImportPath: "weir/engine/authority", Deps: []string{"weir/engine/record"}},
		{ImportPath: "weir/engine/seal/internal/rns", Deps: []string{"weir/engine/record"}},
		{ImportPath: "weir/engine/message", Deps: []string{lattigo + "v5/ring"}},
		{ImportPath: "weir/engine/offer", Deps: []string{gnark + "frontend"}},
		{ImportPath: "weir/engine/inquiry", Deps: []string{lattigo + "v5/ring"}},
		{ImportPath: "weir/engine/inquiry", Imports: []string{"os"}},
		{ImportPath: "weir/engine/period", Deps: []string{gnark + "frontend"}},
		{ImportPath: "weir/ledger/contract", Deps: []string{gnark + "std"}},
		{ImportPath: "weir/engine/open", Imports: []string{lattigo + "v5/ring"}},
		{ImportPath: "weir/bench", Imports: []string{gnark + "frontend"}},
		{ImportPath: "weir/circuits/contribution", Deps: []string{"weir/engine/model/points"}},
		{ImportPath: "weir/engine/record", Imports: []string{"os"}},
		{ImportPath: "weir/engine/consent", Imports: []string{"net/http"}},
		{ImportPath: "weir/engine/source/parquet", Imports: []string{"os"}},
		{ImportPath: "weir/engine/holder/agentd", Imports: []string{"github.com/jackc/pgx/v5"}},
		{ImportPath: "weir/cmd/weir", Imports: []string{"weir/engine/holder"}},
		{ImportPath: "weir/engine/open", Imports: []string{"weir/engine/internal/partytest"}},
		{ImportPath: "weir/engine/offer", Imports: []string{"weir/engine/internal/messagetest"}},
	} {
		if found := broken([]pkg{p}); len(found) != 1 {
			t.Errorf("%s with %q %q: %d breaches found, want 1", p.ImportPath, p.Imports, p.Deps, len(found))
		}
	}
}
