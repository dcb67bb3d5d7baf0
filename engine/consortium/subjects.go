package consortium

import (
	"context"
	"errors"
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/source"
)

// Subjects lists the enterprises of all sources, each once: in the order of the first source's file, then those that only
// later sources know. It stops after limit; 0 is no limit. Only a demonstration has such a list: in it the consortium
// also acts for the enterprises.
func (c *Consortium) Subjects(limit int) ([]engine.Identifier, error) {
	var list []engine.Identifier
	seen := map[engine.Subject]bool{}
	for _, s := range c.options.Model.Sources {
		err := c.readSubjects(s.Name, func(id engine.Identifier) bool {
			if !seen[id.Subject()] {
				seen[id.Subject()] = true
				list = append(list, id)
			}
			return limit == 0 || len(list) < limit
		})
		if err != nil {
			return nil, fmt.Errorf("subjects of %s: %w", s.Name, err)
		}
		if limit > 0 && len(list) >= limit {
			break
		}
	}
	return list, nil
}

// readSubjects reads the subjects of a folder that was accepted, until more says no.
func (c *Consortium) readSubjects(from engine.Name, more func(engine.Identifier) bool) error {
	var fault error
	err := source.Identifiers(context.Background(), c.options.Data, string(from), func(text string) bool {
		id, err := engine.ParseIdentifier(c.Kind(), text)
		fault = err
		return err == nil && more(id)
	})
	return errors.Join(err, fault)
}

// AskWithoutConsent has the bank ask about an enterprise that gave no consent, and gives the refusal.
func (c *Consortium) AskWithoutConsent(ctx context.Context) error {
	var nobody [32]byte
	if _, err := io.ReadFull(c.options.Random, nobody[:]); err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	if _, err := c.Ask(ctx, nobody); err != nil {
		return err
	}
	return fmt.Errorf("a score was opened without consent")
}

// IsRefusal tells whether an error says that a party or the ledger refused to answer, by its rules.
func IsRefusal(err error) bool {
	var declined *contribute.Refusal
	var published *inquiry.DeclinedError
	var refused *message.RefusedError
	return errors.As(err, &declined) || errors.As(err, &published) || errors.As(err, &refused)
}
