package modelfile

import (
	"bytes"
	"encoding/binary"

	"weir/engine/modelfile/jsontree"
)

// magic is a format that is known and refused, by how its files begin.
var magic = []struct {
	prefix string
	why    string
}{
	{"\x80\x02", pickle}, {"\x80\x03", pickle}, {"\x80\x04", pickle}, {"\x80\x05", pickle},
	{"ZF", "a joblib file of an old version, which runs code when it is loaded: " + exportInstead},
	{"\x1f\x8b", "a gzip file: unpack it first; if it is a joblib or R file, " + exportInstead},
	{"\x78\x9c", compressed}, {"\x78\x01", compressed}, {"\x78\xda", compressed}, {"\x78\x5e", compressed},
	{"BZh", compressed}, {"\xfd7zXZ", compressed}, {"\x5d\x00\x00", compressed}, {"\x04\x22\x4d\x18", compressed}, {"\x28\xb5\x2f\xfd", compressed},
	{"\x93NUMPY", "an array of NumPy, not a model: " + exportInstead},
	{"PK\x03\x04", "a ZIP file (a workbook, an H2O model or an archive): export the model as PMML, or unpack the archive"},
	{"\x89HDF", "an HDF5 file (a neural network): networks are not supported"},
	{"\xac\xed\x00\x05", "a serialised Java object, which runs code when it is loaded: " + exportInstead},
	{"RDX", rds}, {"RDA", rds}, {"X\n", rds}, {"A\n", rds},
	{"CBM1", "a CatBoost binary: export the model as PMML (save_model with format=\"pmml\")"},
	{"binf", oldXGBoost}, {"bs64", oldXGBoost},
	{"booster[0]:", "a dump of XGBoost's trees as text, which lacks the base score: use save_model with a name that ends in .json"},
	{"CONFIG-offset:", "a memory snapshot of XGBoost, not a model: use save_model with a name that ends in .json or .ubj"},
	{"\xff\xfe", "UTF-16 text: save the file as UTF-8"}, {"\xfe\xff", "UTF-16 text: save the file as UTF-8"},
	{"%PDF", "a PDF document"},
}

const (
	exportInstead = "export the model as PMML (sklearn2pmml), as XGBoost JSON, or as LightGBM text"
	pickle        = "a Python pickle, which runs code when it is loaded: " + exportInstead
	compressed    = "a compressed file: unpack it first; if it is a joblib file, " + exportInstead
	rds           = "a saved R object: export the model as PMML (the R package pmml)"
	oldXGBoost    = "the old binary format of XGBoost: load it with a version that still reads it and save it again as JSON or UBJ " +
		"(save_model with a name that ends in .json or .ubj)"
)

// foreign says why a file that is of a known but unsupported format is refused, or is empty.
func foreign(text []byte) string {
	for _, m := range magic {
		if bytes.HasPrefix(text, []byte(m.prefix)) {
			return m.why
		}
	}
	switch {
	case isOldXGBoost(text):
		return oldXGBoost
	case looksPickled(text):
		return pickle
	}
	return ""
}

// isOldXGBoost looks for the lengths and names of objective and booster that followed 136 bytes of parameters in the old
// binary format.
func isOldXGBoost(text []byte) bool {
	const head = 136
	at, names := head, 0
	for at+8 <= len(text) && names < 2 {
		n := binary.LittleEndian.Uint64(text[at:])
		at += 8
		if n == 0 || n > 64 || uint64(len(text)-at) < n {
			return false
		}
		name := text[at : at+int(n)]
		at += int(n)
		if names++; names == 2 {
			return bytes.Equal(name, []byte("gbtree")) || bytes.Equal(name, []byte("gblinear")) || bytes.Equal(name, []byte("dart"))
		}
	}
	return false
}

// looksPickled finds the text form of pickles, protocol 0, by how it begins and ends.
func looksPickled(text []byte) bool {
	return (bytes.HasPrefix(text, []byte("ccopy_reg\n")) || bytes.HasPrefix(text, []byte("(dp")) || bytes.HasPrefix(text, []byte("(i"))) &&
		bytes.HasSuffix(bytes.TrimSpace(text), []byte("."))
}

// dump says why a JSON file that is no model file is refused, or is empty.
func dump(root *jsontree.Value) string {
	first := root
	if root.Kind == jsontree.List && len(root.Items) > 0 {
		first = &root.Items[0]
	}
	switch {
	case root.Has("tree_info") && root.Has("feature_names") && !root.Has("learner"):
		return "a JSON dump of a LightGBM model, which lacks parts of it: use save_model, which writes text"
	case first.Has("nodeid") && root.Kind == jsontree.List:
		return "a dump of XGBoost's trees, which lacks the base score: use save_model with a name that ends in .json"
	case root.Has("oblivious_trees"):
		return "a CatBoost model: export it as PMML (save_model with format=\"pmml\")"
	case root.Has("sources") && root.Has("base"):
		return "a model of this program already: it needs no import"
	case root.Has("data_fields") && root.Has("characteristics"):
		return "the input of pyscorecard: import the PMML that it makes"
	}
	return ""
}
