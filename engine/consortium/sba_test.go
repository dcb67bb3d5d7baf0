package consortium

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"weir/engine"
	"weir/engine/proof"
)

// sbaSample is how many rows are scored unless WEIR_PARITY=all; a tenth of it with -short.
const sbaSample = 150

// sbaFeature is one characteristic of our scorecard over the data: where its cell comes from, and its points.
type sbaFeature struct {
	source, name string
	cell         func(row map[string]string) string
	schema       string // the rest of the feature's schema
	missing      int
	absent       int // where the source has no record
	bins         []sbaBin
	categories   map[string]int
}

type sbaBin struct {
	below  string // empty for the last
	points int
}

func column(name string) func(map[string]string) string {
	return func(row map[string]string) string { return row[name] }
}

// difference is one column minus another; it is not positive where the second is larger.
func difference(a, b string) func(map[string]string) string {
	return func(row map[string]string) string {
		x, errX := strconv.Atoi(row[a])
		y, errY := strconv.Atoi(row[b])
		if errX != nil || errY != nil {
			return ""
		}
		return strconv.Itoa(x - y)
	}
}

const dollars = `"scale": 0, "min": 0, "max": 4000000, "unit": "dollar"`

// sbaCard is a scorecard of our own: its points mean nothing about anybody. The columns are cut by hand into three sources
// as the data's notes suggest: amounts and jobs, the business, the credit. Ids, city, ZIP and bank are not used.
var sbaCard = []sbaFeature{
	{"amounts", "disbursed", column("DisbursementGross"), dollars, 5, 2, []sbaBin{{"10000", -8}, {"25000", 0}, {"50000", 6}, {"100000", 11}, {"250000", 15}, {"500000", 19}, {"1000000", 24}, {"", 28}}, nil},
	{"amounts", "approved", column("GrAppv"), dollars, 0, 0, []sbaBin{{"20000", -4}, {"50000", 1}, {"150000", 7}, {"", 12}}, nil},
	{"amounts", "not_guaranteed", difference("SBA_Appv", "GrAppv"), `"scale": 0, "min": -3000000, "max": 0, "unit": "dollar"`, 0, 3, []sbaBin{{"-250000", 17}, {"-50000", 9}, {"-12500", 4}, {"-5000", -1}, {"0", -6}, {"", -11}}, nil},
	{"amounts", "employees", column("NoEmp"), `"scale": 0, "min": 0, "max": 500, "outside": "clamp"`, 1, 0, []sbaBin{{"2", -5}, {"5", 2}, {"20", 8}, {"500", 14}, {"", 15}}, nil},
	{"amounts", "jobs_created", column("CreateJob"), `"scale": 0, "min": 0, "max": 1000`, 0, 0, []sbaBin{{"1", 0}, {"3", 5}, {"10", 9}, {"", 6}}, nil},
	{"amounts", "jobs_kept", column("RetainedJob"), `"scale": 0, "min": 0, "max": 100, "outside": "missing"`, -2, 0, []sbaBin{{"1", 0}, {"4", 7}, {"15", 10}, {"", 12}}, nil},
	{"business", "industry", column("NAICS"), "", 0, -3, nil, map[string]int{"532420": 4, "531210": 12, "531312": 9, "531390": 8, "531320": 10, "532299": -6, "531311": 11, "532111": 3, "533110": 2, "532230": -9, "532490": 5, "532112": 1, "532120": 7, "532292": -4, "531110": 18, "531190": 16, "531120": 20, "532291": 0, "532412": 6, "532411": -2, "532310": -5, "532210": -7, "531130": 13, "532220": -8}},
	{"business", "new", column("NewExist"), "", 0, 0, nil, map[string]int{"0": -3, "1": 9, "2": -7}},
	{"business", "location", column("UrbanRural"), "", 0, 0, nil, map[string]int{"0": 6, "1": -2, "2": 3}},
	{"business", "franchise", column("FranchiseCode"), `"scale": 0, "min": 0, "max": 99999`, 0, 0, []sbaBin{{"1", 2}, {"2", 0}, {"", 5}}, nil},
	{"business", "approved_on", column("ApprovalDate"), `"scale": 0, "min": 0, "max": 30000, "unit": "days since 1960"`, 0, 1, []sbaBin{{"13000", 14}, {"15000", 11}, {"16500", 4}, {"17500", -10}, {"", -2}}, nil},
	{"credit", "revolving", column("RevLineCr"), "", -1, 2, nil, map[string]int{"Y": -6, "0": 4, "N": 8, "T": -9}},
	{"credit", "low_doc", column("LowDoc"), "", 0, 0, nil, map[string]int{"N": 0, "Y": 7, "S": -3, "A": 1, "0": 2}},
	{"credit", "delay", difference("DisbursementDate", "ApprovalDate"), `"scale": 0, "min": -1000, "max": 1000, "unit": "days", "outside": "clamp"`, -4, 0, []sbaBin{{"0", -12}, {"30", 3}, {"90", 6}, {"365", 0}, {"1000", -5}, {"", -8}}, nil},
	{"credit", "portion", column("Portion"), `"scale": 9, "min": 0, "max": 1`, 0, 0, []sbaBin{{"0.5", -3}, {"0.500000001", 0}, {"0.75", 4}, {"0.85", 8}, {"0.900000001", 13}, {"", 10}}, nil},
	{"credit", "term", column("Term"), `"scale": 0, "min": 0, "max": 400, "unit": "months"`, 0, 0, []sbaBin{{"12", -20}, {"36", -9}, {"60", 0}, {"84", 10}, {"120", 18}, {"240", 26}, {"", 34}}, nil},
}

const sbaBase = -12

// keptBy tells whether a source has a record of a loan: each leaves out some, so that absence occurs.
func (f *sbaFeature) keptBy(id string) bool {
	unknown := map[string]string{"amounts": "0", "business": "37", "credit": "5a"}[f.source]
	return !strings.Contains(unknown, id[5:6]) || f.source == "amounts" && id[6] > '7'
}

// points are this feature's for a row, evaluated from the raw cells with exact fractions: nothing of the product is used.
func (f *sbaFeature) points(row map[string]string, id string) int {
	if !f.keptBy(id) {
		return f.absent
	}
	cell := f.cell(row)
	if cell == "" {
		return f.missing
	}
	if f.categories != nil {
		return f.categories[cell]
	}
	value, ok := new(big.Rat).SetString(cell)
	if !ok {
		panic("not a number: " + f.name)
	}
	if f.name == "jobs_kept" && value.Cmp(big.NewRat(100, 1)) > 0 { // its schema takes what is outside as missing
		return f.missing
	}
	for _, b := range f.bins[:len(f.bins)-1] {
		if below, _ := new(big.Rat).SetString(b.below); value.Cmp(below) < 0 {
			return b.points
		}
	}
	return f.bins[len(f.bins)-1].points
}

// sbaRows reads the data beside the repository, with an opaque identifier for each row.
func sbaRows(t *testing.T) (rows []map[string]string, ids []string) {
	t.Helper()
	f, err := os.Open(besideRepository(t, filepath.Join("data", "sba", "sba_case_noname.csv")))
	if err != nil {
		t.Skipf("the data is not at hand: %v", err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		sum := sha256.Sum256([]byte("parity/" + row["LoanNr_ChkDgt"]))
		rows, ids = append(rows, row), append(ids, hex.EncodeToString(sum[:12]))
	}
	return rows, ids
}

// besideRepository finds a file in the folder "shared" beside the repository's root, or skips the test.
func besideRepository(t *testing.T, name string) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			t.Skip("not inside the repository")
		}
		folder = parent
	}
	path := filepath.Join(filepath.Dir(folder), "shared", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("the data does not lie beside the repository")
	}
	return path
}

// sbaFolders writes the rows as three sources' folders.
func sbaFolders(t *testing.T, rows []map[string]string, ids []string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, source := range []string{"amounts", "business", "credit"} {
		var features []*sbaFeature
		header, schemas := []string{"subject"}, []string{}
		for i := range sbaCard {
			if f := &sbaCard[i]; f.source == source {
				features, header = append(features, f), append(header, f.name)
				schemas = append(schemas, fmt.Sprintf(`{"name": %q, %s}`, f.name, f.schemaRest(t)))
			}
		}
		var records bytes.Buffer
		w := csv.NewWriter(&records)
		w.Write(header)
		for i, row := range rows {
			if !features[0].keptBy(ids[i]) {
				continue
			}
			cells := []string{ids[i]}
			for _, f := range features {
				cells = append(cells, f.cell(row))
			}
			w.Write(cells)
		}
		w.Flush()
		files[source+"/records.csv"] = &fstest.MapFile{Data: records.Bytes()}
		files[source+"/schema.json"] = &fstest.MapFile{Data: fmt.Appendf(nil, `{"source": %q, "epoch": "2012-Q1", "subjects": "opaque", "features": [%s]}`, source, strings.Join(schemas, ","))}
	}
	return files
}

func (f *sbaFeature) schemaRest(t *testing.T) string {
	if f.categories == nil {
		return f.schema
	}
	var names []string
	for name := range f.categories {
		names = append(names, name)
	}
	list, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	return `"categories": ` + string(list)
}

// sbaModel is the scorecard's file.
func sbaModel(t *testing.T) string {
	t.Helper()
	bySource := map[string][]string{}
	for i := range sbaCard {
		f := &sbaCard[i]
		var points string
		if f.categories != nil {
			list, err := json.Marshal(f.categories)
			if err != nil {
				t.Fatal(err)
			}
			points = `"categories": ` + string(list)
		} else {
			var bins []string
			for _, b := range f.bins {
				if b.below == "" {
					bins = append(bins, fmt.Sprintf(`{"points": %d}`, b.points))
				} else {
					bins = append(bins, fmt.Sprintf(`{"below": %s, "points": %d}`, b.below, b.points))
				}
			}
			points = `"bins": [` + strings.Join(bins, ",") + `]`
		}
		bySource[f.source] = append(bySource[f.source], fmt.Sprintf(`{"feature": %q, "missing": %d, "absent": %d, %s}`, f.name, f.missing, f.absent, points))
	}
	var list []string
	for _, source := range []string{"amounts", "business", "credit"} {
		list = append(list, fmt.Sprintf("%q: [%s]", source, strings.Join(bySource[source], ",\n")))
	}
	return fmt.Sprintf(`{"name": "parity", "version": "1", "base": %d, "range": [-100, 400], "sources": {%s}}`, sbaBase, strings.Join(list, ",\n"))
}

// Parity over an outside data set of real loans, cut into three sources: each encrypted score equals the plaintext model
// and, beside it, the points added up from the raw cells. WEIR_PARITY=all takes every row instead of a sample,
// WEIR_PARITY=proofs every row with every proof made and checked.
func TestParity(t *testing.T) {
	rows, ids := sbaRows(t)
	o, c := options(t, 3)
	o.Data, o.Model = sbaFolders(t, rows, ids), parseModel(t, sbaModel(t))
	parity := os.Getenv("WEIR_PARITY")
	if parity == "proofs" {
		keys := cachedKeys(t)
		o.Proofs = func(context.Context) (*proof.Keys, error) { return keys, nil }
	}
	w := foundWith(t, o, c)
	step := max(1, len(rows)/sbaSample)
	if testing.Short() {
		step *= 10
	}
	if parity == "all" || parity == "proofs" {
		step = 1
	}
	scored, different, absent, least, most := 0, 0, 0, int64(0), int64(0)
	start := time.Now()
	for i := 0; i < len(rows); i += step {
		id := engine.Identifier{Kind: engine.Opaque, Text: ids[i]}
		opened, err := w.Ask(t.Context(), w.consented(t, id))
		if err != nil {
			t.Fatalf("row %d: %v", i+1, err)
		}
		want, kept := int64(sbaBase), true
		for j := range sbaCard {
			want += int64(sbaCard[j].points(rows[i], ids[i]))
			kept = kept && sbaCard[j].keptBy(ids[i])
		}
		if reference := w.reference(t, id); opened.Sum != want || reference != want {
			different++
			t.Errorf("row %d: the encrypted score, the plaintext model and the sum over raw cells differ", i+1)
		}
		if !kept {
			absent++
		}
		if scored == 0 {
			least, most = want, want
		}
		scored, least, most = scored+1, min(least, want), max(most, want)
	}
	if absent == 0 || absent == scored || least == most {
		t.Errorf("%d of %d rows unknown to a source, scores %d to %d: the run shows too little", absent, scored, least, most)
	}
	t.Logf("%d of %d rows, %d features in 3 sources, %d rows unknown to a source, scores %d to %d, %d differences, %.1f s",
		scored, len(rows), len(sbaCard), absent, least, most, different, time.Since(start).Seconds())
}
