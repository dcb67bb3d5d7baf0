package consortium

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"

	"weir/engine"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/record"
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

// readSubjects reads the first column of a file that record.ReadFolder has already accepted, until more says no.
func (c *Consortium) readSubjects(source engine.Name, more func(engine.Identifier) bool) error {
	f, err := c.options.Data.Open(path.Join(string(source), record.RecordsFile))
	if err != nil {
		return err
	}
	defer f.Close()
	rows := csv.NewReader(WithoutMark(f))
	rows.ReuseRecord = true
	if _, err := rows.Read(); err != nil {
		return err
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		id, err := engine.ParseIdentifier(c.Kind(), row[0])
		if err != nil {
			return err
		}
		if !more(id) {
			return nil
		}
	}
}

// WithoutMark is the text of r without a UTF-8 byte order mark before it.
func WithoutMark(r io.Reader) io.Reader {
	text := bufio.NewReader(r)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		text.Discard(len(mark))
	}
	return text
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
