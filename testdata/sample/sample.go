// Package sample carries weir's sample data inside the binary: records of 420 enterprises in three data sources, and a
// scorecard over them. Everything in it is synthetic: no enterprise, number or weight is anybody's. Package synthetic
// makes the records; README.md beside this file says how.
package sample

import (
	"bytes"
	"embed"
	"io"
	"io/fs"
)

// FS holds the scorecard and, under "records", one folder a source.
//
//go:embed records/*/schema.json records/*/records.csv sme-synthetic.weir.json
var FS embed.FS

// ModelFile is the scorecard's name in FS.
const ModelFile = "sme-synthetic.weir.json"

// Enterprises of the sample that a demonstration shows, by their (made-up) unified social credit codes.
const (
	// UnknownToUtility has no record at the utility source, and records at the two others.
	UnknownToUtility = "91990004MA8979483A"
	// MissingValues has a record everywhere, with missing values in each.
	MissingValues = "91990011MA4314097A"
	// WithoutConsent has complete records everywhere; a demonstration asks for its score without its consent.
	WithoutConsent = "91990016MA1976490D"
)

// Records is the folder of the three sources' folders: social, tax, utility.
func Records() fs.FS {
	records, err := fs.Sub(FS, "records")
	if err != nil {
		panic(err) // the name is a constant and valid
	}
	return records
}

// Model opens the scorecard's text.
func Model() io.Reader {
	text, err := FS.ReadFile(ModelFile)
	if err != nil {
		panic(err) // embedded above
	}
	return bytes.NewReader(text)
}
