package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"weir/engine/consortium"
)

// maxDemoRows bounds the rows of --subjects and --expected.
const maxDemoRows = 10_000_000

// readTable reads a CSV file with the named columns among others, and gives each row's cells in that order with its line.
func readTable(name string, columns []string, row func(line int, cells []string) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(consortium.WithoutMark(f))
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: header: %w", name, err)
	}
	places := make([]int, len(columns))
	for i, column := range columns {
		if places[i] = slices.Index(header, column); places[i] < 0 {
			return fmt.Errorf("%s:1: no column %q", name, column)
		}
	}
	cells := make([]string, len(columns))
	for rows := 0; ; rows++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		if rows == maxDemoRows {
			return fmt.Errorf("%s:%d: more than %d rows", name, line, maxDemoRows)
		}
		for i, place := range places {
			cells[i] = record[place]
		}
		if err := row(line, cells); err != nil {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
}

// readSubjects reads the column `subject`, in order; a subject that stands twice is refused.
func readSubjects(name string) ([]string, error) {
	var subjects []string
	lines := map[string]int{}
	err := readTable(name, []string{"subject"}, func(line int, cells []string) error {
		if first, twice := lines[cells[0]]; twice {
			return fmt.Errorf("the subject of line %d again", first)
		}
		lines[cells[0]] = line
		subjects = append(subjects, cells[0])
		return nil
	})
	if err == nil && len(subjects) == 0 {
		err = fmt.Errorf("%s: no subjects", name)
	}
	return subjects, err
}

var integerText = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

// readExpected reads the user's own unclamped scores by subject.
func readExpected(name string) (map[string]int64, error) {
	scores := map[string]int64{}
	err := readTable(name, []string{"subject", "score"}, func(_ int, cells []string) error {
		if !integerText.MatchString(cells[1]) {
			return errors.New("column score: not a whole number")
		}
		if _, twice := scores[cells[0]]; twice {
			return errors.New("column subject: a subject stands twice")
		}
		score, err := strconv.ParseInt(cells[1], 10, 64)
		scores[cells[0]] = score
		return err
	})
	return scores, err
}

// writeScores writes subject,score,reference,equal,verified to a new file that replaces name only when it is complete.
func writeScores(name string, scores []consortium.Score) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".weir-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	w := csv.NewWriter(f)
	w.Write([]string{"subject", "score", "reference", "equal", "verified"})
	for _, s := range scores {
		w.Write([]string{s.Subject, strconv.FormatInt(s.Score, 10), strconv.FormatInt(s.Reference, 10),
			strconv.FormatBool(s.Equal), strconv.FormatBool(s.Verified)})
	}
	w.Flush()
	if err := errors.Join(w.Error(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
