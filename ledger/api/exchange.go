package api

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/api/internal/wire"
	"weir/ledger/mailbox"
)

// ErrNoAnswer is returned when an addressee did not answer a question in time. It may still do what it was asked.
var ErrNoAnswer = errors.New("no answer came")

// ErrDeclined is returned when an addressee answered that it does not do what it was asked, and why.
var ErrDeclined = errors.New("the addressee declines")

// answers are the kinds of letters that want an answer, and the kind that it has.
var answers = map[message.Kind]message.Kind{message.KindEnrolment: message.KindCertificate}

// Send is message.Mail's: it leaves a letter under an address. A letter of a kind that wants an answer (an enrolment) is
// sealed to the addressee's mail key first, with a key and an address made for the answer alone, and Send waits for it.
func (c *Client) Send(ctx context.Context, to string, kind message.Kind, body []byte) ([]byte, error) {
	answer, err := []byte(nil), error(nil)
	if answers[kind] == "" {
		err = c.post(ctx, to, kind, body)
	} else {
		answer, err = c.question(ctx, to, kind, body)
	}
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", kind, err)
	}
	return answer, nil
}

func (c *Client) post(ctx context.Context, to string, kind message.Kind, body []byte) error {
	letter := canonical.Encode(wire.Letter{Kind: kind, Body: body})
	_, err := c.do(ctx, call{method: http.MethodPost, path: []string{"mail", to}, body: letter, kind: wire.CBOR, limit: 16})
	return err
}

// question asks, and waits for the answer.
func (c *Client) question(ctx context.Context, to string, kind message.Kind, body []byte) ([]byte, error) {
	seal, err := c.mailKey(ctx, to)
	if err != nil {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("reply key: %w", err)
	}
	secret, err := period.NewSecret(period.Of(c.options.Clock()), rand.Reader)
	if err != nil {
		return nil, err
	}
	reply := string(ledger.BareKey([32]byte(key.Public().(ed25519.PublicKey))))
	sealed, err := period.SealTo(seal, string(kind), canonical.Encode(wire.Question{Reply: secret.Key(reply), Body: body}))
	if err != nil {
		return nil, err
	}
	if err := c.post(ctx, to, kind, sealed); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeoutCause(ctx, c.options.Answer, ErrNoAnswer)
	defer cancel()
	for letter, err := range c.Letters(waiting, reply, key, 0) {
		if err != nil {
			return nil, noAnswer(ctx, waiting, err)
		}
		answer, err := openAnswer(secret, reply, answers[kind], letter)
		if errors.Is(err, ErrAnswer) {
			continue // anybody may write to the address: not from the addressee
		}
		return answer, errors.Join(err, c.DeleteLetters(ctx, reply, key, letter.Number))
	}
	return nil, ErrNoAnswer
}

func noAnswer(ctx, waiting context.Context, err error) error {
	if ctx.Err() == nil && context.Cause(waiting) == ErrNoAnswer {
		return ErrNoAnswer
	}
	return err
}

func openAnswer(secret *period.Secret, reply string, kind message.Kind, letter mailbox.Letter) ([]byte, error) {
	opened, err := secret.Open(reply, string(kind), letter.Body)
	if err != nil || letter.Kind != kind {
		return nil, fmt.Errorf("%w: answer does not open", ErrAnswer)
	}
	var a wire.Answer
	if err := canonical.Decode(opened, mailbox.MaxBody, &a); err != nil {
		return nil, fmt.Errorf("%w: answer: %w", ErrAnswer, err)
	}
	if a.Why != "" {
		return nil, fmt.Errorf("%w: %s", ErrDeclined, wire.Plain(a.Why))
	}
	return a.Body, nil
}

// mailKey is the key that questions to an addressee are sealed to, as the addressee signed it.
func (c *Client) mailKey(ctx context.Context, address string) (*period.Key, error) {
	signer, err := c.signer(ctx, address)
	if err != nil {
		return nil, err
	}
	b, err := c.do(ctx, call{method: http.MethodGet, path: []string{"mail", address, "key"}, limit: wire.MaxMailKey})
	if err != nil {
		return nil, fmt.Errorf("mail key of %s: %w", address, err)
	}
	k, err := wire.OpenMailKey(b, c.options.Chain, address, signer)
	if err != nil {
		return nil, fmt.Errorf("mail key of %s: %w: %w", address, ErrAnswer, err)
	}
	return &k.Key, nil
}

// signer is the key that an addressee signs with, by the word of whoever dialled, never of the node alone.
func (c *Client) signer(ctx context.Context, address string) ([32]byte, error) {
	sender, err := wire.Addressee(address)
	if err != nil {
		return [32]byte{}, err
	}
	if key, bare := sender.Key(); bare {
		return key, nil
	}
	name, _ := sender.Account()
	if c.options.KeyOf == nil {
		return [32]byte{}, fmt.Errorf("%w: the key of %s is not known here (ClientOptions.KeyOf)", ErrRequest, name)
	}
	return c.options.KeyOf(ctx, name)
}

// Attendant is an addressee at its mailbox.
type Attendant struct {
	Address string
	Key     ed25519.PrivateKey // that the ledger knows for the address
	// Receive takes one letter and gives the answer, where its kind wants one. What it refuses is gone, and whoever asked
	// is told why; with an error that wraps ErrUnreachable the letter stays and is given again.
	Receive func(ctx context.Context, kind message.Kind, body []byte) ([]byte, error)
}

// Attend publishes the addressee's mail key and takes every letter, one after the other, until ctx ends. A letter is
// deleted when it was taken: after a crash, the last one may be given again.
func (c *Client) Attend(ctx context.Context, a Attendant) error {
	published := period.Period("")
	for {
		if now := period.Of(c.options.Clock()); now != published {
			if err := c.publish(ctx, a, now); err != nil {
				return fmt.Errorf("attend mailbox: %w", err)
			}
			published = now
		}
		turn, cancel := context.WithTimeout(ctx, time.Hour) // to see a new month
		err := c.attend(turn, a)
		ended := turn.Err() != nil
		cancel()
		if ctx.Err() != nil || !ended {
			return fmt.Errorf("attend mailbox: %w", err)
		}
	}
}

func (c *Client) attend(ctx context.Context, a Attendant) error {
	for letter, err := range c.Letters(ctx, a.Address, a.Key, 0) {
		if err != nil {
			return err
		}
		var pause backoff
		for err = c.takeLetter(ctx, a, letter); errors.Is(err, ErrUnreachable); err = c.takeLetter(ctx, a, letter) {
			if err := pause.sleep(ctx); err != nil {
				return err
			}
		}
		if err := c.DeleteLetters(ctx, a.Address, a.Key, letter.Number); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// takeLetter gives a letter to the addressee and, where its kind wants one, sends the answer.
func (c *Client) takeLetter(ctx context.Context, a Attendant, letter mailbox.Letter) error {
	kind := answers[letter.Kind]
	if kind == "" {
		_, err := a.Receive(ctx, letter.Kind, letter.Body)
		return err
	}
	question, err := c.openQuestion(a, letter)
	if err != nil {
		return err
	}
	var reply wire.Answer
	if reply.Body, err = a.Receive(ctx, letter.Kind, question.Body); err != nil {
		if errors.Is(err, ErrUnreachable) || ctx.Err() != nil {
			return err
		}
		reply = wire.Answer{Why: wire.Plain(err.Error())}
	}
	sealed, err := period.SealTo(&question.Reply, string(kind), canonical.Encode(reply))
	if err != nil {
		return err
	}
	return c.post(ctx, question.Reply.Owner, kind, sealed)
}

func (c *Client) openQuestion(a Attendant, letter mailbox.Letter) (*wire.Question, error) {
	now := c.options.Clock()
	for _, month := range []period.Period{period.Of(now), period.Of(now.AddDate(0, 0, -now.Day()))} { // this one, the one before
		secret, err := mailSecret(a.Key, month)
		if err != nil {
			return nil, err
		}
		opened, err := secret.Open(a.Address, string(letter.Kind), letter.Body)
		if err != nil {
			continue
		}
		var q wire.Question
		if err := canonical.Decode(opened, mailbox.MaxBody, &q); err != nil {
			return nil, fmt.Errorf("%w: question: %w", ErrRequest, err)
		}
		if _, bare := ledger.Sender(q.Reply.Owner).Key(); !bare {
			return nil, fmt.Errorf("%w: question: the answer goes to no bare key", ErrRequest)
		}
		return &q, q.Reply.Check(q.Reply.Owner, q.Reply.Period)
	}
	return nil, fmt.Errorf("%w: question does not open", ErrRequest)
}

func (c *Client) publish(ctx context.Context, a Attendant, month period.Period) error {
	secret, err := mailSecret(a.Key, month)
	if err != nil {
		return err
	}
	k := wire.SignMailKey(c.options.Chain, secret.Key(a.Address), a.Key, c.options.Clock())
	_, err = c.do(ctx, call{method: http.MethodPut, path: []string{"mail", a.Address, "key"}, body: canonical.Encode(k), kind: wire.CBOR, limit: 16})
	return err
}

// mailSecret derives a month's secret from the signing key: an addressee that starts again opens what was sealed before.
func mailSecret(key ed25519.PrivateKey, month period.Period) (*period.Secret, error) {
	return period.NewSecret(month, canonical.Stream(key.Seed(), "weir/mail-secret/v1/"+string(month)))
}
