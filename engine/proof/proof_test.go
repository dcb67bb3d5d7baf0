package proof_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"

	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/open"
	"weir/engine/proof"
)

// keys are those of the user's cache, made once on a machine.
var keys = sync.OnceValue(func() *proof.Keys {
	dir, err := keycache.DefaultDir()
	if err != nil {
		panic(err)
	}
	k, err := proof.Load(context.Background(), keycache.Open(dir, nil), nil)
	if err != nil {
		panic(err)
	}
	return k
})

// proving marks tests that make real proofs of the large circuits.
func proving(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("seconds of proving")
	}
}

// proven is a sealing of two slices with its model proofs.
var proven = sync.OnceValue(func() *open.Sealing {
	sealing := *partytest.New(2).Sealing
	proofs, err := keys().ProveModel(&sealing, rand.Reader, nil)
	if err != nil {
		panic(err)
	}
	sealed := *sealing.Sealed
	sealing.Sealed = &sealed
	sealing.Prove(proofs)
	return &sealing
})

func TestPackageFileCarriesAProvenModel(t *testing.T) {
	proving(t)
	b := proof.NewPackageFile(proven()).Encode()
	file, sealed, err := proof.DecodePackageFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys().VerifyModel(t.Context(), file, sealed); err != nil {
		t.Fatal(err)
	}
	if sealed.ModelDigest != proven().Sealed.ModelDigest || !bytes.Equal(file.Encode(), b) {
		t.Fatal("another model came back")
	}
}

func TestSpoiledModelsAreRefused(t *testing.T) {
	proving(t)
	for name, spoil := range map[string]func(*proof.PackageFile){
		"no proofs":                    func(f *proof.PackageFile) { f.Package.Proofs = nil },
		"proofs of two slices swapped": func(f *proof.PackageFile) { slices.Reverse(f.Package.Proofs) },
		"one bit of a proof":           func(f *proof.PackageFile) { f.Package.Proofs[1][300] ^= 1 },
		"a proof without its end":      func(f *proof.PackageFile) { f.Package.Proofs[0] = f.Package.Proofs[0][:483] },
		"another sealing number":       func(f *proof.PackageFile) { f.Package.Sealing = 1 },
		"commitments of two rows swapped": func(f *proof.PackageFile) {
			w := &f.Package.Slices[0].W
			w[8], w[9] = w[9], w[8]
		},
		"ciphertext of another slice": func(f *proof.PackageFile) {
			f.Polynomials[0] = f.Polynomials[1]
			f.Package.Slices[0].C0 = message.Blob(f.Polynomials[0])
		},
		"key of zeros": func(f *proof.PackageFile) {
			zero := make([]byte, len(f.Polynomials[2]))
			f.Polynomials[2] = zero
			for i := range f.Package.Slices {
				f.Package.Slices[i].B = message.Blob(zero)
			}
		},
	} {
		file, _, err := proof.DecodePackageFile(proof.NewPackageFile(proven()).Encode()) // a deep copy
		if err != nil {
			t.Fatal(err)
		}
		spoil(file)
		file, sealed, err := proof.DecodePackageFile(file.Encode())
		if err != nil {
			t.Errorf("%s: refused as a file already: %v", name, err)
			continue
		}
		if err := keys().VerifyModel(t.Context(), file, sealed); !errors.Is(err, message.ErrUnproven) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPackageFilesOfAnotherFormAreRefused(t *testing.T) {
	proving(t)
	good := proof.NewPackageFile(proven()).Encode()
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1000] ^= 1 // inside b
	for name, b := range map[string][]byte{
		"empty": nil, "truncated": good[:len(good)-1], "extended": append(bytes.Clone(good), 0), "a polynomial changed": flipped,
		"too long": make([]byte, proof.MaxPackageFile+1),
	} {
		if _, _, err := proof.DecodePackageFile(b); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// wrongful is an accusation in an attempt: the response of the first party, changed or not.
type wrongful struct {
	*partytest.Attempt
	commit   *inquiry.Contributed
	response []byte
}

// cheated has the first party encrypt other points than it commits to.
func cheated(t *testing.T) *wrongful {
	a := partytest.New(2)
	draft := a.Draft(a.Parties[0])
	draft.Shift = 5
	commit, response := draft.Finish()
	return &wrongful{Attempt: a, commit: a.Answer(commit, response).Commit, response: response}
}

func (w *wrongful) accuse() (*inquiry.Accusation, error) {
	key := w.Sealing.Key.Witness()
	return keys().Accuse(w.Sealing.Sealed, w.commit, w.response, w.Sealing.PublicKey(), &key, rand.Reader)
}

// file is the case of an accusation in the attempt's consortium, which registers the keys.
func (w *wrongful) file(a *inquiry.Accusation) *proof.Case {
	genesis := *w.Genesis
	genesis.Circuits = keys().Registered()
	return &proof.Case{Genesis: genesis.Encode(), Model: w.Sign(partytest.Bank, message.KindModel, w.Sealing.Package), Request: [][]byte{w.Request},
		Tag: w.Public.Tag, Commit: w.Sign(w.commit.Party.Holder(), message.KindCommit, *w.commit.Commit),
		Accusation: w.Sign(partytest.Bank, message.KindAccusation, *a)}
}

// retry asks again after the attempt, under the same sealing.
func (w *wrongful) retry(bank engine.Name) []byte {
	return w.Sign(bank, message.KindRetry, inquiry.Retry{Label: w.Label(), Model: w.Sealing.Sealed.ModelDigest})
}

// founding is the digest of a case's founding document, as somebody trusted would have told it.
func founding(t *testing.T, c *proof.Case) engine.Digest {
	t.Helper()
	genesis, err := message.DecodeGenesis(c.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	return genesis.Digest()
}

// Anybody can found a consortium with somebody else's names, and convict whom it likes in it.
func TestAForgedConsortiumConvictsNobody(t *testing.T) {
	proving(t)
	w := cheated(t)
	accusation, err := w.accuse()
	if err != nil {
		t.Fatal(err)
	}
	file := w.file(accusation)
	real := *w.Genesis
	real.Circuits = keys().Registered()
	real.Members = slices.Clone(real.Members)
	real.Members[0].SigningKey[5] ^= 1
	if _, err := keys().Judge(file, real.Digest()); !errors.Is(err, proof.ErrStranger) {
		t.Fatalf("judged: %v", err)
	}
}

func TestACheatIsConvictedFromTheBytesAlone(t *testing.T) {
	proving(t)
	w := cheated(t)
	accusation, err := w.accuse()
	if err != nil {
		t.Fatal(err)
	}
	file, err := proof.DecodeCase(w.file(accusation).Encode())
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := keys().Judge(file, founding(t, file))
	if err != nil {
		t.Fatal(err)
	}
	if !verdict.Holds || verdict.Culprit() != string(w.commit.Party) {
		t.Fatalf("verdict %+v", verdict)
	}
	honest := partytest.New(2).Contribute(w.Parties[1])
	moved := *accusation
	moved.Accused, moved.Response = w.Parties[1], honest.Response
	w.commit = w.Answer(honest.Commit, honest.Response).Commit
	movedFile := w.file(&moved)
	verdict, err = keys().Judge(movedFile, founding(t, movedFile))
	if err != nil {
		t.Fatal(err)
	}
	if verdict.Holds || verdict.Culprit() != string(partytest.Bank) {
		t.Fatalf("a proof moved to an honest party: verdict %+v", verdict)
	}
}

func TestAnHonestPartyCannotBeAccused(t *testing.T) {
	proving(t)
	a := partytest.New(2)
	honest := a.Contribute(a.Parties[0])
	w := &wrongful{Attempt: a, commit: a.Answer(honest.Commit, honest.Response).Commit, response: honest.Response}
	if _, err := w.accuse(); err == nil {
		t.Fatal("a proof against an honest party was made")
	}
}

// Under the key of another sealing every honest response decrypts to garbage: the label must tie a case to one sealing.
func TestACaseUnderAnotherSealingIsNoCase(t *testing.T) {
	proving(t)
	a := partytest.New(2)
	honest := a.Contribute(a.Parties[0])
	later, err := a.Sealing.Reseal(1, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &wrongful{Attempt: a, commit: a.Answer(honest.Commit, honest.Response).Commit, response: honest.Response}
	key := later.Key.Witness()
	accusation, err := keys().Accuse(later.Sealed, w.commit, w.response, later.PublicKey(), &key, rand.Reader)
	if err != nil {
		t.Fatal(err) // the false accusation itself can be proven: that is why Judge must refuse it
	}
	file := w.file(accusation)
	file.Model = a.Sign(partytest.Bank, message.KindModel, later.Package)
	if _, err := keys().Judge(file, founding(t, file)); !errors.Is(err, message.ErrPost) {
		t.Fatalf("judged: %v", err)
	}
}

func TestAMalformedResponseConvictsWithoutAProof(t *testing.T) {
	proving(t)
	w := cheated(t)
	for name, response := range map[string][]byte{
		"no response at all": []byte("nothing"),
		"a coefficient of all ones": func() []byte {
			encoded := partytest.Encoded(w.response)
			copy(encoded[len(encoded)-17:], bytes.Repeat([]byte{0xff}, 17))
			return partytest.ResponseFile(w.commit.Commit.Label, w.commit.Party, encoded)
		}(),
		"another party's name": partytest.ResponseFile(w.commit.Commit.Label, w.Parties[1], partytest.Encoded(w.response)),
	} {
		commit := *w.commit.Commit
		commit.Response = inquiry.ResponseDigest(response)
		bad := &wrongful{Attempt: w.Attempt, commit: w.Answer(commit, response).Commit, response: response}
		accusation, err := bad.accuse()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file := bad.file(accusation)
		verdict, err := keys().Judge(file, founding(t, file))
		if err != nil || !verdict.Holds {
			t.Errorf("%s: verdict %+v, %v", name, verdict, err)
		}
	}
}

func TestCasesThatAreNone(t *testing.T) {
	proving(t)
	w := cheated(t)
	accusation, err := w.accuse()
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*proof.Case){
		"no founding document":      func(c *proof.Case) { c.Genesis = nil },
		"another consortium's keys": func(c *proof.Case) { c.Genesis = w.Genesis.Encode() },
		"another tag":               func(c *proof.Case) { c.Tag[5] ^= 1 },
		"the request's signature":   func(c *proof.Case) { c.Request[0] = bytes.Clone(c.Request[0]); c.Request[0][len(c.Request[0])-1] ^= 1 },
		"no request":                func(c *proof.Case) { c.Request = nil },
		"of the attempt before":     func(c *proof.Case) { c.Request = append(c.Request, w.retry(partytest.Bank)) },
		"another bank's retry":      func(c *proof.Case) { c.Request = append(c.Request, w.retry(partytest.OtherBank)) },
		"a commit signed by another": func(c *proof.Case) {
			c.Commit = w.Sign(w.Parties[1].Holder(), message.KindCommit, *w.commit.Commit)
		},
		"an accusation by another bank": func(c *proof.Case) { c.Accusation = w.Sign(partytest.OtherBank, message.KindAccusation, *accusation) },
	} {
		c := w.file(accusation)
		known := founding(t, c)
		spoil(c)
		if verdict, err := keys().Judge(c, known); err == nil {
			t.Errorf("%s: verdict %+v", name, verdict)
		}
	}
}

// Every changed byte of an accusation's own fields turns the verdict or makes it no case.
func TestAccusationsAreBoundToEveryByte(t *testing.T) {
	proving(t)
	w := cheated(t)
	good, err := w.accuse()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*inquiry.Accusation){
		"proof":     func(a *inquiry.Accusation) { a.Proof[40] ^= 1 },
		"Z":         func(a *inquiry.Accusation) { a.Proof[3] ^= 1 },
		"no proof":  func(a *inquiry.Accusation) { a.Proof = []byte{} },
		"response":  func(a *inquiry.Accusation) { a.Response[5000] ^= 1 },
		"key":       func(a *inquiry.Accusation) { a.B[5000] ^= 1 },
		"short key": func(a *inquiry.Accusation) { a.B = a.B[:100] },
	} {
		bad := inquiry.Accusation{}
		if err := canonical.Decode(good.Encode(), 220<<10, &bad); err != nil {
			t.Fatal(err)
		}
		change(&bad)
		if err := keys().VerifyAccusation(w.Sealing.Sealed, w.commit, &bad); !errors.Is(err, message.ErrUnproven) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysMustBeRegistered(t *testing.T) {
	genesis := *partytest.New(2).Genesis
	if err := keys().Check(&genesis); !errors.Is(err, proof.ErrKeys) {
		t.Errorf("no circuits registered: %v", err)
	}
	genesis.Circuits = keys().Registered()
	if err := keys().Check(&genesis); err != nil {
		t.Error(err)
	}
	genesis.Circuits[1].ID = engine.Digest{1}
	if err := keys().Check(&genesis); !errors.Is(err, proof.ErrKeys) {
		t.Errorf("another key registered: %v", err)
	}
	if !keys().Development() {
		t.Error("keys made here are development keys")
	}
}
