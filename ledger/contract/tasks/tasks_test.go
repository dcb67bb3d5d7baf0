package tasks_test

import (
	"testing"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/tasks"
)

func modelOf(t testing.TB, sealing uint32) engine.Digest {
	return scoringtest.Read(t, scoringtest.Package(t, sealing)).ModelDigest
}

func status(t testing.TB, w *scoringtest.World, name string) (s consents.Status) {
	t.Helper()
	w.Ask(t, consents.Name, "status", scoringtest.ConsentKey(name), &s)
	return s
}

func kind(k message.Kind) ledger.Kind { return ledger.Kind(k) }

func TestScoreFromRequestToSettlement(t *testing.T) {
	w := scoringtest.Offered(t)
	label := w.Open(t, modelOf(t, 0), "a", 1)
	if s := status(t, w, "a"); s.Reserved != 1 || s.Charged != 0 {
		t.Errorf("after the request: %+v", s)
	}
	w.Complete(t, label)
	if s := status(t, w, "a"); s.Reserved != 0 || s.Charged != 1 {
		t.Errorf("after the last commit: %+v", s)
	}
	w.Release(t, label)
	w.OK(t, "bank", kind(message.KindSettlement), scoringtest.Settlement(t, label, "bank", 0))
	if task := w.Task(t, label); task.Phase != tasks.PhaseEnded || task.End.State != tasks.Settled || task.End.Cause != "" {
		t.Errorf("ended as %+v", task.End)
	}
}
