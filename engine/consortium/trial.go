package consortium

import (
	"io"
	"time"

	"weir/engine"
	"weir/engine/bank"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/proof"
	"weir/engine/schema"
)

// Trial is a bank sealing a model before there is a consortium: to see that it can be proven, and what holders will be
// asked to approve.
type Trial struct {
	Chain, Bank engine.Name
	Model       *points.Model
	Schemas     map[engine.Name]*schema.Schema
	Policy      model.Policy
	Proofs      *proof.Keys
}

// Prove seals the model and makes its proofs. Each source is taken to be kept by a holder of its name. The secret key is
// dropped.
func (t *Trial) Prove(random io.Reader, report Reporter) (*proof.PackageFile, error) {
	compiled, err := t.Model.Compile(t.Schemas)
	if err != nil {
		return nil, err
	}
	if err := compiled.Figures.Check(t.Policy, len(t.Model.Sources)); err != nil {
		return nil, err
	}
	holders := map[engine.Name]engine.Name{}
	for _, s := range t.Model.Sources {
		holders[s.Name] = s.Name
	}
	report.Begin("seal model")
	start := time.Now()
	sealing, err := bank.Sealing(&message.Genesis{Chain: t.Chain, Policy: t.Policy}, t.Bank, compiled, holders, random)
	if err != nil {
		return nil, err
	}
	proofs, err := t.Proofs.ProveModel(sealing, random, report.Step)
	if err != nil {
		return nil, err
	}
	sealing.Prove(proofs)
	report.End("seal model", time.Since(start))
	return proof.NewPackageFile(sealing), nil
}
