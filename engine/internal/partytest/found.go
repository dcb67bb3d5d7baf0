package partytest

import (
	"crypto/ed25519"
	"crypto/sha256"

	"weir/engine"
	"weir/engine/contribute"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/open"
	"weir/engine/period"
	"weir/engine/seal"
)

func (a *Attempt) found() {
	genesis := message.Genesis{Chain: "test-chain", Policy: model.Policy{MaxResolution: 12, MinFeatures: 2, MinHolders: 2}}
	add := func(name engine.Name, role message.Role) {
		seed := sha256.Sum256([]byte(name))
		key := ed25519.NewKeyFromSeed(seed[:])
		a.Keys[name] = key
		genesis.Members = append(genesis.Members, message.Member{Name: name, Role: role, SigningKey: [32]byte(key.Public().(ed25519.PublicKey))})
	}
	add(Bank, message.RoleBank)
	for _, p := range a.Parties {
		add(p.Holder(), message.RoleHolder)
	}
	add(OtherBank, message.RoleBank)
	add(Registrar, message.RoleRegistrar)
	a.Genesis = must(message.DecodeGenesis(genesis.Encode()))
}

// seal makes a model in which every line of every slice is in use: line l reads feature l in eight bins, and the points
// of each line are those of Points.
func (a *Attempt) seal() {
	version := model.Version{Params: model.ParameterSet, Chain: a.Genesis.Chain, Bank: Bank, Name: "card", Version: "1", Groups: 1, Resolution: 12, Range: [2]int64{300, 850}}
	for i, p := range a.Parties {
		slice := model.Slice{Party: p, Schema: engine.Digest{byte(i + 1)}}
		var points open.SlicePoints
		for l := range model.Lines {
			slice.Map[l] = uint8(l)
			for b := range slice.Edges[l] {
				slice.Edges[l][b] = uint64(1 + 10*b + l%3)
			}
			for b := range model.LineRows {
				points[model.LineRows*l+b][0] = uint16((b*(l+i+3) + l) % 14)
			}
			slice.Caps[0] += 13
		}
		version.Slices = append(version.Slices, slice)
		a.Points = append(a.Points, points)
	}
	a.Sealing = must(open.Seal(version, Base, a.Points, Stream("sealing")))
	for i, p := range a.Parties {
		c0 := must(seal.DecodeSlice(a.Sealing.Blobs[i]))
		b := must(seal.DecodePublicKey(a.Sealing.Blobs[len(a.Parties)]))
		a.Selectors[p] = must(seal.Prepare(seal.Seed(a.Sealing.Sealed.Seed), i, c0, b))
	}
}

// giveRecords gives every party a record of the subject, a root to answer under, its period secret and its pair keys.
func (a *Attempt) giveRecords() {
	for i, p := range a.Parties {
		var values [seal.Lines]uint32
		for l := range values {
			values[l] = uint32((i*7 + l*13) % 75)
		}
		a.Values[p], a.Roots[p] = values, sha256.Sum256([]byte(p))
		a.Secrets[p] = contribute.Secrets{Period: sha256.Sum256([]byte("period of " + p)), Pairs: map[engine.PartyID]period.PairKey{}}
		for _, q := range a.Parties[:i] {
			key := period.PairKey(sha256.Sum256([]byte(p + q)))
			a.Secrets[p].Pairs[q], a.Secrets[q].Pairs[p] = key, key
		}
	}
}

func (a *Attempt) consent() {
	a.Subject = engine.Identifier{Kind: engine.Opaque, Text: "enterprise-1"}
	a.EK = ed25519.NewKeyFromSeed(make([]byte, 32))
	a.Cert = a.Certificate(a.Subject, a.EK)
	a.Given, a.Public = a.Consent(a.Cert, a.EK, a.Terms())
}
