package message

import (
	"testing"

	"weir/engine"
	"weir/engine/canonical"
)

// The digests of protocol section 2, each computed a second time from its formula, and pinned: a change of one of these
// values is a change of the protocol.
func TestDigestsOfASealedModel(t *testing.T) {
	p := testPackage()
	p.Sealing = 2
	s, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	version := plainDigest("weir/version/v1", p.Version)
	seed := plainDigest("weir/seed/v1", plainArray(plainBytes(version[:]), plainNumber(2)))
	var slices [][]byte
	for i, slice := range p.Slices {
		fields := [][]byte{plainBytes(version[:]), plainNumber(2), plainNumber(uint64(i)), plainBytes(seed[:]), plainBytes(slice.C0[:]), plainBytes(slice.B[:])}
		for _, w := range slice.W {
			fields = append(fields, plainBytes(w[:]))
		}
		digest := plainDigest("weir/slice/v1", plainArray(fields...))
		if s.SliceDigests[i] != digest {
			t.Errorf("slice %d: %s, want %s", i, s.SliceDigests[i], digest)
		}
		slices = append(slices, plainBytes(digest[:]))
	}
	sealed := plainDigest("weir/model/v1", plainArray(plainBytes(version[:]), plainNumber(2), plainArray(slices...)))
	for name, c := range map[string]struct {
		got, want engine.Digest
		golden    string
	}{
		"version": {s.VersionDigest, version, "b847da371ae33fc72215cf4fdd96c204e3d87e77712ebdb3ff08e705e6aed353"},
		"seed":    {s.Seed, seed, "8dfee1e983f03e9b4c34ae4678b8078cbebd9ef70e9cbea81c5d660d92f44ed7"},
		"slice 0": {s.SliceDigests[0], s.SliceDigests[0], "c6d5761f5628dc5f524009eebad1db36de6efe7d02ddbe0be45637e5c8be448e"},
		"slice 2": {s.SliceDigests[2], s.SliceDigests[2], "7a5503b81a71cc92619c4c6482a7f4baf78183a303d091667cb58d273c94f75a"},
		"model":   {s.ModelDigest, sealed, "7957d6c9baf84a4d252dde4324e6fa25f431720afc704ef9fdf62624577b583c"},
	} {
		if c.got != c.want || c.got.String() != c.golden {
			t.Errorf("%s: %s, by its formula %s, pinned %s", name, c.got, c.want, c.golden)
		}
	}
	if SealingSeed(version, 2) != seed || s.Number != 2 {
		t.Error("SealingSeed or the sealing's number differ")
	}
}

func TestLabel(t *testing.T) {
	r, id, tag := testRequest(), engine.RequestID(hash("request")), [32]byte(hash("tag"))
	var roots [][]byte
	for _, root := range r.Roots {
		roots = append(roots, plainArray(plainText(root.Party), plainBytes(root.Root[:])))
	}
	want := plainDigest("weir/label/v1", plainArray(plainText(testChain), plainBytes(id[:]), plainBytes(r.Model[:]), plainArray(roots...),
		plainBytes(tag[:]), plainNumber(1)))
	pinned(t, "label", Label(testChain, id, r, tag), want, "b884235815811a3c716458ae2c01fe9a726f7d0f6c6a5fc410f13b3d0d083bcb")
}

func TestResponseDigest(t *testing.T) {
	r := &Response{Label: hash("label"), Party: "tax/vat", C1: make([]byte, 75776), C0: []byte{1, 2, 3}}
	plain := plainArray(plainBytes(r.Label[:]), plainText(r.Party), plainBytes(r.C1), plainBytes(r.C0))
	pinned(t, "response", ResponseDigest(r.File()), plainDigest("weir/response/v1", plain), "3bda2c2e3dca712771307903a2d612213cca0c923d64d52925aa464a3f40d162")
}

func TestContext(t *testing.T) {
	c, circuit := testCommit("social/staff"), hash("circuit")
	var points [][]byte
	for _, m := range c.Masks {
		points = append(points, plainBytes(m.P[:]))
	}
	want := plainDigest("weir/context/v1", plainArray(plainBytes(c.Label[:]), plainText(c.Party), plainBytes(c.Response[:]), plainArray(points...), plainBytes(circuit[:])))
	pinned(t, "context", Context(c, circuit), want, "591cadb008fbc4843345b18d3e00a57a51725dc9361f760b3adf72ee70d61442")
}

func TestPostDigests(t *testing.T) {
	b := sign(KindApproval, "tax", Approval{Model: hash("model"), Party: "tax/vat"})
	model := hash("model")
	body := plainArray(plainBytes(model[:]), plainText("tax/vat"))
	digest := plainDigest("weir/post/v1", plainArray(plainText(testChain), plainText(KindApproval), plainText("tax"), plainBytes(body)))
	p, err := testGenesis().OpenPost(b)
	if err != nil {
		t.Fatal(err)
	}
	pinned(t, "signed part", p.digest(), digest, "a9313a1f5c1d7d24fac941cec50632366435d49eff0f7a9fc1f0d3d7ea510273")
	plain := plainArray(plainText(testChain), plainText(KindApproval), plainText("tax"), plainBytes(body), plainBytes(p.Signature))
	if string(b) != string(plain) {
		t.Errorf("post is %x, want %x", b, plain)
	}
	pinned(t, "post id", Digest(b), plainDigest("weir/post-id/v1", plain), "ef0aedb4d8d0fdb537d13c82a8ebc38f9786baabc58bc5fd22d0a870b9619c3c")
	pinned(t, "request id", engine.Digest(RequestIDOf(b)), plainDigest("weir/request/v1", plain), "9f726c76a781073c7ac4955ce2867836b1e53a40660e5a4f4bcd49292417d67b")
}

// A04, A06, A07: whatever differs between two requests, models or contributions gives another label or context.
func TestEveryFieldEntersTheLabel(t *testing.T) {
	seen := map[engine.Digest]string{}
	add := func(name string, d engine.Digest) {
		if other, twice := seen[d]; twice {
			t.Errorf("%s and %s give one digest", name, other)
		}
		seen[d] = name
	}
	change := func(f func(*Request)) *Request { r := testRequest(); f(r); return r }
	id, tag := engine.RequestID(hash("request")), [32]byte(hash("tag"))
	add("as it is", Label(testChain, id, testRequest(), tag))
	add("chain", Label("other", id, testRequest(), tag))
	add("request", Label(testChain, engine.RequestID(hash("request2")), testRequest(), tag))
	add("tag", Label(testChain, id, testRequest(), hash("tag2")))
	add("model", Label(testChain, id, change(func(r *Request) { r.Model = hash("model2") }), tag))
	add("attempt", Label(testChain, id, change(func(r *Request) { r.Attempt = 2 }), tag))
	add("a root", Label(testChain, id, change(func(r *Request) { r.Roots[1].Root[31] ^= 1 }), tag))
	add("a party", Label(testChain, id, change(func(r *Request) { r.Roots[2].Party = "tax/other" }), tag))
	add("fewer roots", Label(testChain, id, change(func(r *Request) { r.Roots = r.Roots[:2] }), tag))
}

func TestEveryFieldEntersTheContext(t *testing.T) {
	seen := map[engine.Digest]string{}
	for name, change := range map[string]func(*Commit){
		"as it is": func(*Commit) {}, "label": func(c *Commit) { c.Label = hash("label2") }, "party": func(c *Commit) { c.Party = "power/x" },
		"response": func(c *Commit) { c.Response = hash("response2") }, "a mask": func(c *Commit) { c.Masks[1].P = point(9) },
		"masks exchanged": func(c *Commit) { c.Masks[0].P, c.Masks[1].P = c.Masks[1].P, c.Masks[0].P }, "a mask less": func(c *Commit) { c.Masks = c.Masks[:1] },
	} {
		c := testCommit("power/meter")
		change(c)
		for suffix, circuit := range map[string]engine.Digest{"": hash("circuit"), " under another circuit": hash("circuit2")} {
			d := Context(c, circuit)
			if other, twice := seen[d]; twice {
				t.Errorf("%s and %s give one context", name+suffix, other)
			}
			seen[d] = name + suffix
		}
	}
}

func pinned(t *testing.T, name string, got, formula engine.Digest, golden string) {
	t.Helper()
	if got != formula || got.String() != golden {
		t.Errorf("%s: %s, by its formula %s, pinned %s", name, got, formula, golden)
	}
}

// The hand-written encoder and the one in use agree, so that a difference above lies in a formula.
func TestPlainEncodingIsCanonical(t *testing.T) {
	for _, n := range []uint64{0, 23, 24, 255, 256, 65535, 65536, 1<<32 - 1, 1 << 32, 1<<64 - 1} {
		if got := canonical.Encode([]any{n, "ü", []byte{1}}); string(got) != string(plainArray(plainNumber(n), plainText("ü"), plainBytes([]byte{1}))) {
			t.Errorf("%d: %x", n, got)
		}
	}
}
