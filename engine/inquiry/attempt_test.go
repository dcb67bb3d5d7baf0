package inquiry_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
)

// asked is a request with two retries, the second under another sealing, and what its attempts are.
type asked struct {
	tag    [32]byte
	id     engine.RequestID
	posts  [][]byte
	labels []engine.Digest // of attempt 1, 2 and 3: the tests' request is attempt 1 itself
}

func ask(t *testing.T) *asked {
	a := &asked{tag: messagetest.Hash("tag"), posts: [][]byte{messagetest.Sign(message.KindRequest, "bank", messagetest.Request())}}
	a.id = idOf(t, a.posts[0])
	r := messagetest.Request()
	for _, model := range []engine.Digest{r.Model, messagetest.Hash("model resealed"), {}} {
		a.labels = append(a.labels, inquiry.Label(messagetest.Chain, a.id, r, a.tag))
		if model.IsZero() {
			return a
		}
		a.posts = append(a.posts, messagetest.Sign(message.KindRetry, "bank", inquiry.Retry{Label: a.labels[len(a.labels)-1], Model: model}))
		r.Attempt++
		r.Model = model
	}
	return a
}

// Every retry is one attempt more, under the sealing that it names; all else stays as it was asked.
func TestAttempts(t *testing.T) {
	a := ask(t)
	before := slices.Clone(a.posts)
	for n := range a.posts {
		attempt, err := inquiry.OpenAttempt(messagetest.Genesis(), a.posts[:n+1], a.tag)
		if err != nil {
			t.Fatal(err)
		}
		want := *messagetest.Request()
		want.Attempt = uint32(1 + n)
		if n == 2 {
			want.Model = messagetest.Hash("model resealed")
		}
		if attempt.ID != a.id || attempt.Bank != "bank" || attempt.Label != a.labels[n] || attempt.Tag != a.tag ||
			!reflect.DeepEqual(attempt.Request, want) || !reflect.DeepEqual(attempt.Posts, a.posts[:n+1]) {
			t.Errorf("attempt %d is %+v", n, attempt)
		}
	}
	if !reflect.DeepEqual(a.posts, before) {
		t.Error("reading changed the posts")
	}
	seen := map[engine.Digest]bool{}
	for _, label := range a.labels {
		seen[label] = true
	}
	if len(seen) != 3 {
		t.Error("two attempts have one label")
	}
}

func TestAttemptsRefused(t *testing.T) {
	a, g := ask(t), messagetest.Genesis()
	retry := func(signer engine.Name, kind message.Kind, label, model engine.Digest) []byte {
		return messagetest.Sign(kind, signer, inquiry.Retry{Label: label, Model: model})
	}
	model := messagetest.Request().Model
	spoiled := bytes.Clone(a.posts[1])
	spoiled[len(spoiled)-1] ^= 1
	for name, posts := range map[string][][]byte{
		"nothing":                       nil,
		"a retry alone":                 {a.posts[1]},
		"a request twice":               {a.posts[0], a.posts[0]},
		"by another bank":               {a.posts[0], retry("bank2", message.KindRetry, a.labels[0], model)},
		"by a holder":                   {a.posts[0], retry("tax", message.KindRetry, a.labels[0], model)},
		"of another label":              {a.posts[0], retry("bank", message.KindRetry, messagetest.Hash("label"), model)},
		"of an attempt not made yet":    {a.posts[0], a.posts[2]},
		"of the first attempt, twice":   {a.posts[0], a.posts[1], a.posts[1]},
		"out of order":                  {a.posts[0], a.posts[2], a.posts[1]},
		"one left out":                  {a.posts[0], a.posts[1], retry("bank", message.KindRetry, a.labels[0], messagetest.Hash("other"))},
		"of another kind":               {a.posts[0], retry("bank", message.KindMissing, a.labels[0], model)},
		"with another body":             {a.posts[0], messagetest.Sign(message.KindRetry, "bank", inquiry.Expire{Label: a.labels[0]})},
		"changed after it was signed":   {a.posts[0], spoiled},
		"junk":                          {a.posts[0], []byte("junk")},
		"under another consent's label": {a.posts[0], retry("bank", message.KindRetry, inquiry.Label(messagetest.Chain, a.id, messagetest.Request(), [32]byte{}), model)},
		"of another request": {messagetest.Sign(message.KindRequest, "bank", func() *inquiry.Request {
			r := messagetest.Request()
			r.Purpose = consent.PostLoan
			return r
		}()), a.posts[1]},
	} {
		attempt, err := inquiry.OpenAttempt(g, posts, a.tag)
		messagetest.Refused(t, name, err, message.ErrPost)
		if attempt != nil {
			t.Errorf("%s: an attempt comes with the error", name)
		}
	}
}

func TestTheNewestAttemptIsFound(t *testing.T) {
	given, _ := messagetest.GiveConsent(t)
	g, board, key := messagetest.Genesis(), new(messagetest.Bulletin), messagetest.ConsentKey(given)
	r := messagetest.Request()
	r.Consent = key
	post := messagetest.Sign(message.KindRequest, "bank", r)
	id := idOf(t, post)
	find := func() (*inquiry.Attempt, error) { return inquiry.FindAttempt(t.Context(), g, board, id) }
	_, err := find()
	messagetest.Refused(t, "empty board", err, message.ErrNotFound)
	board.Put(t, message.KindRequest, id.String(), messagetest.Sign(message.KindRequest, "bank2", r)) // under a key that is not its own
	_, err = find()
	messagetest.Refused(t, "another's request", err, message.ErrNotFound)

	board.Put(t, message.KindRequest, id.String(), post)
	unconsented, err := find()
	if err != nil || unconsented.ID != id || unconsented.Tag != [32]byte{} || !bytes.Equal(unconsented.Posts[0], post) {
		t.Fatalf("without a consent: %+v, %v", unconsented, err)
	}
	public, err := consent.OpenPublic(given.Public, messagetest.Chain)
	if err != nil {
		t.Fatal(err)
	}
	board.Put(t, message.KindConsent, message.ConsentKey(key), messagetest.Bare(message.KindConsent, given.Key, given.Public))
	first, err := find()
	if err != nil || first.Tag != public.Tag || first.Label != inquiry.Label(messagetest.Chain, id, r, public.Tag) || first.Label == unconsented.Label {
		t.Fatalf("with its consent: %+v, %v", first, err)
	}
	board.Put(t, message.KindRetry, message.RetryKey(id)+"2", messagetest.Sign(message.KindRetry, "bank", inquiry.Retry{Label: first.Label, Model: messagetest.Hash("m2")}))
	second, err := find()
	if err != nil || second.Request.Attempt != first.Request.Attempt+1 || second.Request.Model != messagetest.Hash("m2") || len(second.Posts) != 2 {
		t.Fatalf("after a retry: %+v, %v", second, err)
	}
	again, err := inquiry.OpenAttempt(g, second.Posts, second.Tag)
	if err != nil || !reflect.DeepEqual(again, second) {
		t.Errorf("what was found does not open again: %+v, %v", again, err)
	}
	board.Put(t, message.KindRetry, message.RetryKey(id)+"3", messagetest.Sign(message.KindRetry, "bank2", inquiry.Retry{Label: second.Label}))
	_, err = find()
	messagetest.Refused(t, "with another bank's retry", err, message.ErrPost)
}

func TestARequestOfAHolderIsNoRequest(t *testing.T) {
	board, forged := new(messagetest.Bulletin), messagetest.Sign(message.KindRequest, "tax", messagetest.Request())
	board.Put(t, message.KindRequest, idOf(t, forged).String(), forged)
	_, err := inquiry.FindAttempt(t.Context(), messagetest.Genesis(), board, idOf(t, forged))
	messagetest.Refused(t, "a holder's request", err, message.ErrPost)
}
