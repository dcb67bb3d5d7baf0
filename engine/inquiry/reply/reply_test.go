package reply_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/period"
)

const chain = messagetest.Chain

func newKey(t testing.TB, name string) *period.Secret {
	t.Helper()
	secret, err := reply.NewKey(canonical.Stream([]byte("weir/test"), name))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// refusal is one for a reason, sealed to a key.
func refusal(t testing.TB, to *period.Secret, reason reply.Reason) *inquiry.Declined {
	t.Helper()
	d := &inquiry.Declined{Label: messagetest.Hash("label"), Party: "tax/vat", Code: reason.Code()}
	var err error
	if d.Reply, err = reply.Seal(chain, d, reply.PublicKey(to), reason); err != nil {
		t.Fatal(err)
	}
	return d
}

// reasons are the constants of the package, as its source has them.
func reasons(t *testing.T) []reply.Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []reply.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if is && len(spec.Values) == 1 {
			if text, is := spec.Values[0].(*ast.BasicLit); is {
				reason, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, reply.Reason(reason))
			}
		}
		return true
	})
	return list
}

// Every reason comes through whole under its public code, and all look alike from outside.
func TestEveryReason(t *testing.T) {
	secret, list := newKey(t, "enterprise"), reasons(t)
	if len(list) != 12 {
		t.Errorf("%d reasons", len(list))
	}
	for _, reason := range list {
		if !reason.Code().Known() {
			t.Errorf("%q has no public code", reason)
			continue
		}
		d := refusal(t, secret, reason)
		if len(d.Reply) != 1200 {
			t.Errorf("%q is sealed to %d bytes", reason, len(d.Reply))
		}
		if bytes.Contains(d.Reply, []byte(reason)) {
			t.Errorf("%q is in clear", reason)
		}
		if got, err := reply.Open(chain, d, secret); err != nil || got != reason {
			t.Errorf("%q opens as %q, %v", reason, got, err)
		}
		if again := refusal(t, secret, reason); bytes.Equal(again.Reply, d.Reply) {
			t.Error("a reason is sealed twice to the same bytes")
		}
	}
}

func TestNoOtherReasonIsSealed(t *testing.T) {
	to := reply.PublicKey(newKey(t, "enterprise"))
	for _, reason := range []reply.Reason{"", "paused", "912 points", reply.BitsSpent} {
		d := &inquiry.Declined{Party: "tax/vat", Code: inquiry.DeclinedTerms}
		if sealed, err := reply.Seal(chain, d, to, reason); !errors.Is(err, reply.ErrReply) || sealed != nil {
			t.Errorf("%q: %v", reason, err)
		}
	}
	d := &inquiry.Declined{Party: "tax/vat", Code: inquiry.DeclinedTerms}
	for name, key := range map[string][]byte{"none": nil, "short": to[:len(to)-1], "long": append(bytes.Clone(to), 0),
		"ones":           bytes.Repeat([]byte{255}, len(to)),
		"of small order": append(bytes.Clone(to[:1184]), make([]byte, 32)...)} {
		if sealed, err := reply.Seal(chain, d, key, reply.OutsideTerms); !errors.Is(err, period.ErrKey) || sealed != nil {
			t.Errorf("key %s: %v", name, err)
		}
	}
}

// A reply counts in the one refusal that it was sealed for, and only as a reason of the list.
func TestRepliesRefused(t *testing.T) {
	secret := newKey(t, "enterprise")
	good := *refusal(t, secret, reply.BitsSpent)
	if reason, err := reply.Open(chain, &good, newKey(t, "another enterprise")); !errors.Is(err, reply.ErrReply) || reason != "" {
		t.Errorf("another consent's key: %q, %v", reason, err)
	}
	if reason, err := reply.Open("other", &good, secret); !errors.Is(err, reply.ErrReply) || reason != "" {
		t.Errorf("another chain: %q, %v", reason, err)
	}
	by := func(text string, size int) func(d *inquiry.Declined) { // whoever has the evidence can seal any text
		return func(d *inquiry.Declined) {
			key := secret.Key(string(d.Party))
			content := append([]byte(text), make([]byte, size-len(text))...)
			info := fmt.Sprintf("%s/%s/%s", message.KindDeclined, chain, d.Label)
			var err error
			if d.Reply, err = period.SealTo(&key, info, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	control := good
	by(string(reply.Paused), 64)(&control)
	if reason, err := reply.Open(chain, &control, secret); err != nil || reason != reply.Paused {
		t.Errorf("the control: %v", err)
	}
	for name, spoil := range map[string]func(d *inquiry.Declined){
		"another label":           func(d *inquiry.Declined) { d.Label = messagetest.Hash("label2") },
		"another party":           func(d *inquiry.Declined) { d.Party = "tax/other" },
		"another code":            func(d *inquiry.Declined) { d.Code = inquiry.DeclinedTerms },
		"nothing":                 func(d *inquiry.Declined) { d.Reply = nil },
		"cut off":                 func(d *inquiry.Declined) { d.Reply = d.Reply[:len(d.Reply)-1] },
		"altered":                 func(d *inquiry.Declined) { d.Reply = bytes.Clone(d.Reply); d.Reply[1150] ^= 1 },
		"any text":                by("your neighbour has 912 points", 64),
		"a reason and more":       by(string(reply.Paused)+"\x00912", 64),
		"a reason, longer":        by(string(reply.Paused), 65),
		"a reason, unpadded":      by(string(reply.Paused), len(reply.Paused)),
		"zeros":                   by("", 64),
		"a reason of a terms'":    by(string(reply.OutsideTerms), 64),
		"much text, at the limit": by("x", inquiry.MaxReply-1136),
	} {
		d := good
		spoil(&d)
		if reason, err := reply.Open(chain, &d, secret); !errors.Is(err, reply.ErrReply) || reason != "" {
			t.Errorf("%s: %q, %v", name, reason, err)
		}
	}
	if _, err := reply.NewKey(bytes.NewReader(make([]byte, 63))); err == nil {
		t.Error("a key of too little randomness")
	}
}

// FuzzOpen: whatever stands in a refusal, nothing panics, and what opens is a reason of the list.
func FuzzOpen(f *testing.F) {
	secret := newKey(f, "enterprise")
	f.Add(refusal(f, secret, reply.Paused).Reply)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		d := &inquiry.Declined{Label: messagetest.Hash("label"), Party: "tax/vat", Code: inquiry.DeclinedRules, Reply: b}
		reason, err := reply.Open(chain, d, secret)
		if err == nil && reason.Code() != d.Code || err != nil && (!errors.Is(err, reply.ErrReply) || reason != "") {
			t.Fatalf("%q, %v", reason, err)
		}
	})
}
