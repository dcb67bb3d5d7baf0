package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger/api/internal/param"
	"weir/ledger/api/internal/wire"
)

// aboutMail are the operations of a mailbox. Anybody may post; only the addressee, by a stamp, reads and deletes.
func (s *Server) aboutMail(api huma.API) {
	register(api, takes(wire.MaxLetter, operation("post", http.MethodPost, "/v1/mail/{address}",
		"Leave a sealed letter, [kind, body]; the same again is the same letter", wire.CBOR)), s.post)
	letters := operation("letters", http.MethodGet, "/v1/mail/{address}",
		"Every letter that waits or comes, as server-sent events: base64 of [kind, time, body] under its number", wire.Stream)
	letters.Middlewares = huma.Middlewares{s.stamped}
	register(api, letters, s.letters)
	register(api, huma.Operation{OperationID: "delete-letters", Method: http.MethodDelete, Path: "/v1/mail/{address}",
		Summary: "End all letters up to a number", Middlewares: huma.Middlewares{s.stamped}}, s.deleteLetters)
	register(api, takes(wire.MaxMailKey, operation("publish-key", http.MethodPut, "/v1/mail/{address}/key",
		"Publish the key that questions to the addressee are sealed to, which the addressee signed", wire.CBOR)), s.publishKey)
	register(api, operation("mail-key", http.MethodGet, "/v1/mail/{address}/key", "The key that questions to the addressee are sealed to", wire.CBOR), s.mailKey)
}

// keyOf is the key that an address is read with.
func (s *Server) keyOf(address string) ([32]byte, error) {
	sender, err := wire.Addressee(address)
	if err != nil {
		return [32]byte{}, err
	}
	return s.node.Key(sender)
}

// stamped lets only the addressee through.
func (s *Server) stamped(c huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(c)
	key, err := s.keyOf(r.PathValue("address"))
	if err == nil {
		err = wire.Check(r.Header.Get("Authorization"), r.Method, r.URL.RequestURI(), nil, s.node.Head().Chain, key, s.options.Clock())
	}
	if err != nil {
		write(w, wire.Explain(err))
		return
	}
	next(c)
}

func (s *Server) post(ctx context.Context, in *struct {
	param.Address
	RawBody []byte `contentType:"application/cbor"`
}) (*octets, error) {
	if _, err := s.keyOf(in.Address.Address); err != nil {
		return nil, s.explain(ctx, fmt.Errorf("%w: nobody has the address: %v", message.ErrNotFound, err))
	}
	letter, err := wire.DecodeLetter(in.RawBody)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	number, err := s.mail.Put(in.Address.Address, letter.Kind, letter.Body)
	_ = number // the sender is told no more than that it stands
	return s.answer(ctx, wire.CBOR, canonical.Encode(true), err)
}

func (s *Server) deleteLetters(ctx context.Context, in *struct {
	param.Address
	UpTo uint64 `query:"up_to" required:"true" doc:"number of the last letter to end"`
}) (*nothing, error) {
	if err := s.mail.Delete(in.Address.Address, in.UpTo); err != nil {
		return nil, s.explain(ctx, err)
	}
	return nil, nil
}

func (s *Server) letters(_ context.Context, in *struct {
	param.Address
	param.Resume
}) (*huma.StreamResponse, error) {
	first, err := in.First(1)
	if err != nil {
		return nil, err
	}
	key, err := s.keyOf(in.Address.Address)
	if err != nil {
		return nil, wire.Explain(err)
	}
	after := first - 1
	return s.stream(func(ctx context.Context, _ func(), send func(sending) error) error {
		for {
			moved := s.mail.Next(in.Address.Address)
			if now, err := s.keyOf(in.Address.Address); err != nil || now != key {
				return fmt.Errorf("%w: another key speaks for the address now", wire.ErrUnauthorised)
			}
			found, err := s.mail.Letters(in.Address.Address, after, 16, 1<<20)
			if err != nil {
				return err
			}
			for _, l := range found {
				e := wire.Event{Number: l.Number, Data: canonical.Encode(wire.Waiting{Kind: l.Kind, Time: l.Time, Body: l.Body})}
				if err := send(sending{e.Encode(), func() {}}); err != nil {
					return err
				}
				after = l.Number
			}
			if len(found) > 0 {
				continue
			}
			select {
			case <-moved:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}), nil
}

func (s *Server) publishKey(ctx context.Context, in *struct {
	param.Address
	RawBody []byte `contentType:"application/cbor"`
}) (*octets, error) {
	signer, err := s.keyOf(in.Address.Address)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	k, err := wire.OpenMailKey(in.RawBody, s.node.Head().Chain, in.Address.Address, signer)
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	err = s.mail.PutKey(in.Address.Address, in.RawBody, k.Time)
	return s.answer(ctx, wire.CBOR, canonical.Encode(true), err)
}

func (s *Server) mailKey(ctx context.Context, in *param.Address) (*octets, error) {
	b, err := s.mail.Key(in.Address)
	if err == nil && b == nil {
		err = fmt.Errorf("%w: mail key of %s", message.ErrNotFound, in.Address)
	}
	return s.answer(ctx, wire.CBOR, b, err)
}
