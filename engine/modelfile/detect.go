package modelfile

import (
	"bytes"

	"weir/engine/modelfile/cardtable"
	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/lightgbm"
	"weir/engine/modelfile/pmml"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scorecardpy"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/toad"
	"weir/engine/modelfile/xgboost"
)

// parse finds the format by the first bytes and hands the file to its importer.
func parse(text []byte, name string) (*scoring.Model, error) {
	if why := foreign(text); why != "" {
		return nil, refusal.New(name, refusal.Place{}, "%s", why)
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(start) == 0:
		return nil, refusal.New(name, refusal.Place{}, "an empty file")
	case start[0] == '<':
		root, err := xmltree.Parse(text, name)
		if err != nil {
			return nil, err
		}
		return pmml.Read(root, name)
	case isUBJ(start):
		root, err := jsontree.ParseUBJ(text, name)
		if err != nil {
			return nil, err
		}
		return fromTree(root, name)
	case start[0] == '{' || start[0] == '[':
		root, err := jsontree.ParseJSON(text, name)
		if err != nil {
			return nil, err
		}
		return fromTree(root, name)
	case lightgbm.Is(start):
		return lightgbm.Read(text, name)
	}
	return fromTable(text, name)
}

// isUBJ tells UBJSON from JSON by what follows the brace: a length, or the head of an optimised container.
func isUBJ(start []byte) bool {
	return len(start) > 1 && start[0] == '{' && bytes.IndexByte([]byte("iUIlL#$N"), start[1]) >= 0
}

// fromTree tells by its keys what a JSON or UBJSON file is.
func fromTree(root *jsontree.Value, name string) (*scoring.Model, error) {
	if why := dump(root); why != "" {
		return nil, refusal.New(name, root.At(""), "%s", why)
	}
	switch {
	case xgboost.Is(root):
		return xgboost.Read(root, name)
	case scorecardpy.Is(root):
		return scorecardpy.Read(root, name)
	case toad.Is(root):
		return toad.Read(root, name)
	}
	return nil, refusal.New(name, root.At(""), "JSON that is neither an XGBoost model nor a card of toad or scorecardpy")
}

// fromTable tells by the header what a CSV file is.
func fromTable(text []byte, name string) (*scoring.Model, error) {
	header := cardtable.Columns(text)
	switch {
	case toad.IsCSV(header):
		return toad.ReadCSV(text, name)
	case scorecardpy.IsCSV(header):
		return scorecardpy.ReadCSV(text, name)
	case cardtable.HasColumns(header, "variable", "bin"):
		return nil, refusal.New(name, refusal.Place{Line: 1}, "bins without points: export the result of scorecardpy's scorecard(), not of woebin()")
	}
	return nil, refusal.New(name, refusal.Place{}, "not a format that is known: PMML, XGBoost JSON or UBJSON, LightGBM text, "+
		"a card of toad or a table of scorecardpy")
}
