package tasks_test

import (
	"slices"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/pedersen"
	"weir/ledger"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
)

// world with a task in each phase.
func opened(t *testing.T) (*scoringtest.World, engine.Digest) {
	w := scoringtest.Offered(t)
	return w, w.Open(t, modelOf(t, 0), "a", 2)
}

func anchored(t *testing.T) (*scoringtest.World, engine.Digest) {
	w, label := opened(t)
	w.Complete(t, label)
	w.OK(t, "bank", message.KindAnchor, scoringtest.Anchor(t, label, w.Height+1, "sequencer", "witness"))
	return w, label
}

// ends checks how a task ended before and after the end is written, and that it is written once.
func ends(t *testing.T, w *scoringtest.World, label engine.Digest, state tasks.State, cause string, parties ...engine.PartyID) {
	t.Helper()
	check := func() {
		t.Helper()
		task := w.Task(t, label)
		if task.Phase != tasks.PhaseEnded || task.End.State != state || task.End.Cause != cause || !slices.Equal(task.End.Parties, parties) {
			t.Errorf("phase %s, ended as %+v, want %s(%s) %v", task.Phase, task.End, state, cause, parties)
		}
	}
	check()
	w.OK(t, "registrar", message.KindExpire, inquiry.Expire{Label: label})
	check()
	written(t, w, label)
}

func written(t *testing.T, w *scoringtest.World, label engine.Digest) {
	t.Helper()
	scoringtest.Refused(t, w.Send(t, "bank", message.KindExpire, inquiry.Expire{Label: label}), ledger.CodePhase, "the task's end is not written yet")
}

func TestExpireNeedsAnEnd(t *testing.T) {
	w, label := opened(t)
	scoringtest.Refused(t, w.Send(t, "bank", message.KindExpire, inquiry.Expire{Label: label}), ledger.CodePhase, "something has ended the task")
	scoringtest.Refused(t, w.Send(t, "bank", message.KindExpire, inquiry.Expire{}), ledger.CodeUnknown, "the task stands on the ledger")
}

func TestExpiredNamesWhoDidNotCommit(t *testing.T) {
	w, label := opened(t)
	scoringtest.Taken(t, w.Commit(t, label, "social/staff"))
	w.Later(scoringtest.Window - 1)
	if w.Task(t, label).Phase != tasks.PhaseCommit {
		t.Error("expired early")
	}
	w.Later(1)
	scoringtest.Refused(t, w.Commit(t, label, "tax/vat"), ledger.CodeExpired, "the task has not ended")
	ends(t, w, label, tasks.Expired, "", "power/meter", "tax/vat")
	if s := status(t, w, "a"); s.Reserved != 0 || s.Charged != 0 {
		t.Errorf("the use did not go back: %+v", s)
	}
}

func TestWithoutAnAnchorNobodyIsNamed(t *testing.T) {
	w, label := opened(t)
	w.Complete(t, label)
	w.Later(scoringtest.Window)
	scoringtest.Refused(t, w.Send(t, "bank", message.KindAnchor, scoringtest.Anchor(t, label, w.Height+1, "sequencer", "witness")), ledger.CodeExpired, "the task has not ended")
	ends(t, w, label, tasks.Expired, "")
	if s := status(t, w, "a"); s.Charged != 1 {
		t.Errorf("a charged use is never given back: %+v", s)
	}
}

// A05: a revocation stops what is not complete, names nobody, and stops nothing after that.
func TestRevocationStopsWhatIsNotComplete(t *testing.T) {
	w, label := opened(t)
	scoringtest.Taken(t, w.Commit(t, label, "tax/vat"))
	complete := w.Open(t, modelOf(t, 0), "b", 1)
	w.Complete(t, complete)
	w.Later(1)
	scoringtest.Taken(t, w.Revoke(t, "a"))
	scoringtest.Taken(t, w.Revoke(t, "b"))
	scoringtest.Refused(t, w.Commit(t, label, "power/meter"), ledger.CodeRevoked, "the task has not ended")
	w.Later(2 * scoringtest.Window) // long after T1 it is still the revocation that ended it
	ends(t, w, label, tasks.Refused, tasks.CauseRevoked)
	w.Time = w.Time.Add(-2 * 60_000_000_000)
	w.Release(t, complete)
	w.OK(t, "bank", kind(message.KindSettlement), scoringtest.Settlement(t, complete, "bank", 0))
}

func TestConsentThatEndsStopsWhatIsNotComplete(t *testing.T) {
	w := scoringtest.Offered(t)
	terms := w.Terms(1)
	terms.NotAfter = w.Time.Unix() + 30
	body, from := scoringtest.Consent("a", terms)
	scoringtest.Taken(t, w.As(t, from, kind(message.KindConsent), body))
	label := w.Label(t, w.OK(t, "bank", kind(message.KindRequest), scoringtest.Request(modelOf(t, 0), "a")).Tx)
	w.Later(30_999)
	scoringtest.Taken(t, w.Commit(t, label, "tax/vat"))
	w.Later(1)
	ends(t, w, label, tasks.Refused, tasks.CauseRevoked)
}

func TestSuspensionStopsWhatIsNotComplete(t *testing.T) {
	w, label := opened(t)
	complete := w.Open(t, modelOf(t, 0), "b", 1)
	w.Complete(t, complete)
	w.Later(1)
	version := scoringtest.Version(t).Digest()
	w.OK(t, "supervisor", models.KindSuspend, models.Suspension{Version: version})
	scoringtest.Refused(t, w.Commit(t, label, "tax/vat"), ledger.CodeSuspended, "the task has not ended")
	w.Later(1)
	w.OK(t, "supervisor", models.KindSuspend, models.Suspension{Version: version, Lift: true})
	ends(t, w, label, tasks.Refused, tasks.CauseSuspended)
	w.Release(t, complete)
	next := w.Open(t, modelOf(t, 0), "c", 1)
	w.Complete(t, next)
}

func TestDeclinedEndsTheAttempt(t *testing.T) {
	w, label := opened(t)
	decline := inquiry.Declined{Label: label, Party: "tax/vat", Code: "any text"}
	scoringtest.Refused(t, w.Send(t, "tax", kind(message.KindDeclined), decline), ledger.CodeMalformed, "a party declines with a code of the list")
	decline.Code, decline.Reply = inquiry.DeclinedConsent, make([]byte, inquiry.MaxReply+1)
	scoringtest.Refused(t, w.Send(t, "tax", kind(message.KindDeclined), decline), ledger.CodeMalformed, "a sealed reason has at most 4 KiB")
	decline.Reply = decline.Reply[1:]
	scoringtest.Refused(t, w.Send(t, "power", kind(message.KindDeclined), decline), ledger.CodeUnauthorised, "a holder speaks for its own sources only")
	w.OK(t, "tax", kind(message.KindDeclined), decline)
	if end := w.Task(t, label).End; end.State != tasks.Declined || end.Cause != "consent" || end.Parties[0] != "tax/vat" {
		t.Errorf("ended as %+v", end)
	}
	scoringtest.Refused(t, w.Commit(t, label, "power/meter"), ledger.CodePhase, "the task has not ended")
	written(t, w, label)
}

// A12: the pair is named, nothing is charged or opened.
func TestPairThatDisagreesIsNamed(t *testing.T) {
	w, label := opened(t)
	scoringtest.Taken(t, w.Commit(t, label, "power/meter"))
	m := scoringtest.Commit(label, "social/staff")
	m.Masks[1].P = pedersen.BlindingGenerator().Encode()
	scoringtest.Taken(t, w.Send(t, "social", kind(message.KindCommit), w.Proven(t, m)))
	scoringtest.Taken(t, w.Commit(t, label, "tax/vat"))
	end := w.Task(t, label).End
	if end.State != tasks.Refused || end.Cause != tasks.CausePair || !slices.Equal(end.Parties, []engine.PartyID{"social/staff", "tax/vat"}) {
		t.Errorf("ended as %+v", end)
	}
	if s := status(t, w, "a"); s.Reserved != 0 || s.Charged != 0 {
		t.Errorf("uses %+v", s)
	}
	written(t, w, label)
}

// A19.
func TestAnchorsRefused(t *testing.T) {
	w, label := opened(t)
	good := scoringtest.Anchor(t, label, w.Height+1, "sequencer", "witness")
	scoringtest.Refused(t, w.Send(t, "bank", message.KindAnchor, good), ledger.CodePhase, "the task is in phase anchor")
	w.Complete(t, label)
	flipped := scoringtest.Anchor(t, label, w.Height+1, "sequencer", "witness")
	flipped.Checkpoint[0] ^= 1
	for name, c := range map[string]struct {
		from   engine.Name
		anchor *inquiry.Anchor
		code   ledger.Code
		clause string
	}{
		"by the registrar":     {"registrar", good, ledger.CodeUnauthorised, "the sender's role allows the transaction"},
		"no witness":           {"bank", scoringtest.Anchor(t, label, w.Height+1, "sequencer"), ledger.CodeUnproven, "a quorum of witnesses has cosigned the checkpoint"},
		"not of the log":       {"bank", scoringtest.Anchor(t, label, w.Height+1, "witness"), ledger.CodeUnproven, "the log has signed the checkpoint"},
		"by others":            {"bank", scoringtest.Anchor(t, label, w.Height+1, "tax", "power"), ledger.CodeUnproven, "an anchor is a checkpoint of the ledger's log"},
		"before the last one":  {"bank", scoringtest.Anchor(t, label, w.Height, "sequencer", "witness"), ledger.CodeUnproven, "the checkpoint is over the block that completed the task"},
		"flipped":              {"bank", flipped, ledger.CodeUnproven, "an anchor is a checkpoint of the ledger's log"},
		"of no task":           {"bank", scoringtest.Anchor(t, engine.Digest{}, w.Height+1, "sequencer", "witness"), ledger.CodeUnknown, "the task stands on the ledger"},
		"with no note":         {"bank", &inquiry.Anchor{Label: label, Checkpoint: []byte{}}, ledger.CodeUnproven, "an anchor is a checkpoint of the ledger's log"},
		"with a megabyte less": {"bank", &inquiry.Anchor{Label: label, Checkpoint: make([]byte, 200<<10)}, ledger.CodeUnproven, "an anchor is a checkpoint of the ledger's log"},
	} {
		t.Run(name, func(t *testing.T) {
			scoringtest.Refused(t, w.Send(t, c.from, message.KindAnchor, c.anchor), c.code, c.clause)
		})
	}
	w.OK(t, "bank", message.KindAnchor, good)
}

func TestReleasesRefused(t *testing.T) {
	w, label := opened(t)
	w.Complete(t, label)
	early := w.Released(label, "tax/vat", "sequencer")
	scoringtest.Refused(t, w.Send(t, "tax", message.KindReleased, early), ledger.CodePhase, "the task is in phase release")
	w.OK(t, "bank", message.KindAnchor, scoringtest.Anchor(t, label, w.Height+1, "sequencer", "witness"))
	const clause = "a node of another party has signed that it stores the committed response"
	for name, receipt := range map[string]*inquiry.Released{
		"its own node":     w.Released(label, "tax/vat", "tax"),
		"no node":          w.Released(label, "tax/vat", "power"),
		"of another party": {Label: label, Party: "tax/vat", Receipt: w.Released(label, "power/meter", "sequencer").Receipt},
		"nothing":          {Label: label, Party: "tax/vat", Receipt: []byte{}},
	} {
		t.Run(name, func(t *testing.T) {
			scoringtest.Refused(t, w.Send(t, "tax", message.KindReleased, receipt), ledger.CodeUnproven, clause)
		})
	}
	scoringtest.Refused(t, w.Send(t, "power", message.KindReleased, early), ledger.CodeUnauthorised, "a holder speaks for its own sources only")
	w.OK(t, "tax", message.KindReleased, early)
	scoringtest.Refused(t, w.Send(t, "tax", message.KindReleased, early), ledger.CodeConflict, "a response is released once")
	scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindSettlement), scoringtest.Settlement(t, label, "bank", 0)), ledger.CodePhase, "every party has released its response")
}

// A12: withheld is judged by receipts, and a bank that cries at the last moment names no honest party.
func TestMissingAndWithheld(t *testing.T) {
	w, label := anchored(t)
	for _, party := range scoringtest.Parties[:2] {
		w.OK(t, party.Holder(), message.KindReleased, w.Released(label, party, "sequencer"))
	}
	silent := w.Fork()
	silent.Later(scoringtest.Window)
	ends(t, silent, label, tasks.Withheld, "", "tax/vat")

	w.Later(scoringtest.Window - 1)
	answer := inquiry.Answer{Label: label, Party: "power/meter", Response: scoringtest.Response(label, "power/meter")}
	scoringtest.Refused(t, w.Send(t, "power", message.KindAnswer, answer), ledger.CodePhase, "the response is missing")
	missing := inquiry.Missing{Label: label, Party: "power/meter"}
	scoringtest.Refused(t, w.Send(t, "bank2", message.KindMissing, missing), ledger.CodeUnauthorised, "the bank that asked speaks for the request")
	w.OK(t, "bank", message.KindMissing, missing)
	scoringtest.Refused(t, w.Send(t, "bank", message.KindMissing, missing), ledger.CodeConflict, "a response is missed once")
	w.OK(t, "tax", message.KindReleased, w.Released(label, "tax/vat", "sequencer"))
	w.Later(scoringtest.Window - 1)
	unanswered := w.Fork()
	unanswered.Later(1)
	ends(t, unanswered, label, tasks.Withheld, "", "power/meter")

	answer.Response[500] ^= 1
	scoringtest.Refused(t, w.Send(t, "power", message.KindAnswer, answer), ledger.CodeUnproven, "the bytes are the response that was committed to")
	answer.Response[500] ^= 1
	w.OK(t, "power", message.KindAnswer, answer)
	w.Later(1)
	scoringtest.Refused(t, w.Send(t, "bank", message.KindMissing, inquiry.Missing{Label: label, Party: "tax/vat"}), ledger.CodeExpired, "the release window is open")
	w.Later(scoringtest.Window)
	ends(t, w, label, tasks.Settled, tasks.CauseSilence)
}

// A08.
func TestSettlementsRefused(t *testing.T) {
	w, label := anchored(t)
	w.Complete(t, w.Open(t, modelOf(t, 0), "b", 1))
	for _, party := range scoringtest.Parties {
		w.OK(t, party.Holder(), message.KindReleased, w.Released(label, party, "sequencer"))
	}
	const clause = "the bank knows an opening of the sum of all commitments"
	for name, s := range map[string]*inquiry.Settlement{
		"another number": scoringtest.Settlement(t, label, "bank", 1), "another bank's": scoringtest.Settlement(t, label, "bank2", 0),
		"another label's": {Label: label, Proof: scoringtest.Settlement(t, engine.Digest{}, "bank", 0).Proof}, "no proof": {Label: label, Proof: []byte{}},
	} {
		t.Run(name, func(t *testing.T) {
			scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindSettlement), s), ledger.CodeUnproven, clause)
		})
	}
	scoringtest.Refused(t, w.Send(t, "bank2", kind(message.KindSettlement), scoringtest.Settlement(t, label, "bank2", 0)), ledger.CodeUnauthorised,
		"the bank that asked speaks for the request")
}

// A11: the proof decides; one that does not hold is announced against the bank, whoever is accused.
func TestAccusations(t *testing.T) {
	w, label := anchored(t)
	other := w.Open(t, modelOf(t, 0), "c", 1)
	for _, party := range scoringtest.Parties {
		for name, spoil := range map[string]func(a *inquiry.Accusation){
			"proof":    func(a *inquiry.Accusation) { a.Proof[0] ^= 1 },
			"no proof": func(a *inquiry.Accusation) { a.Proof = []byte{} },
			"response": func(a *inquiry.Accusation) { a.Response[500] ^= 1 },
			"key":      func(a *inquiry.Accusation) { a.B = []byte("another key") },
		} {
			a := w.Accuse(t, label, party)
			spoil(a)
			r := w.Send(t, "bank", kind(message.KindAccusation), a)
			if r.Code != ledger.CodeUnproven || len(r.Events) != 1 || r.Events[0].Kind != "false-accusation" {
				t.Errorf("%s of %s: %+v", name, party, r)
			}
		}
	}
	scoringtest.Refused(t, w.Send(t, "bank2", kind(message.KindAccusation), w.Accuse(t, label, "tax/vat")), ledger.CodeUnauthorised, "the bank that asked speaks for the request")
	scoringtest.Refused(t, w.Send(t, "bank", kind(message.KindAccusation), w.AccuseUnder(t, label, "tax/vat", []byte("a key of its choice"))),
		ledger.CodeUnproven, "the accusation carries the sealing's key")
	w.Later(1)
	r := w.OK(t, "bank", kind(message.KindAccusation), w.Accuse(t, label, "tax/vat"))
	if len(r.Keys) != 1 || r.Keys[0] != scoringtest.Accusation {
		t.Errorf("judged under %v", r.Keys)
	}
	if end := w.Task(t, label).End; end.State != tasks.Accused || end.Parties[0] != "tax/vat" {
		t.Errorf("ended as %+v", end)
	}
	ends(t, w, other, tasks.Refused, tasks.CauseSuspended) // under the same key
}

// A party that committed to what is no response is convicted without a proof.
func TestCommittedToNoResponse(t *testing.T) {
	w, label := opened(t)
	garbage := []byte("no response")
	for _, party := range scoringtest.Parties {
		m := scoringtest.Commit(label, party)
		if party == "tax/vat" {
			m.Response = inquiry.ResponseDigest(garbage)
		}
		scoringtest.Taken(t, w.Send(t, party.Holder(), kind(message.KindCommit), w.Proven(t, m)))
	}
	w.OK(t, "bank", message.KindAnchor, scoringtest.Anchor(t, label, w.Height+1, "sequencer", "witness"))
	a := &inquiry.Accusation{Label: label, Accused: "tax/vat", Proof: []byte{}, Response: garbage, B: scoringtest.B}
	w.OK(t, "bank", kind(message.KindAccusation), a)
	written(t, w, label)
}

func TestRulesRefused(t *testing.T) {
	for name, spoil := range map[string]func(*tasks.Rules){
		"no window": func(r *tasks.Rules) { r.Commit = 0 }, "long window": func(r *tasks.Rules) { r.Settle = 1 << 50 },
		"no log": func(r *tasks.Rules) { r.LogKeys = nil }, "no node": func(r *tasks.Rules) { r.Nodes = nil },
		"quorum": func(r *tasks.Rules) { r.Quorum = 2 }, "key": func(r *tasks.Rules) { r.LogKeys[0] += "x" },
	} {
		r := scoringtest.Rules(t)
		spoil(&r)
		if _, err := tasks.New(r); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	a, b := scoringtest.Rules(t), scoringtest.Rules(t)
	b.Commit++
	x, _ := tasks.New(a)
	y, _ := tasks.New(b)
	if x.Source == y.Source {
		t.Error("other rules give the same contract")
	}
}
