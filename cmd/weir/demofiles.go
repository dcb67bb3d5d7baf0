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
	"weir/engine/schema/csvline"
)

// maxDemoRows bounds the rows of --subjects and --expected.
const maxDemoRows = 10_000_000

// readTable reads a CSV file with the named columns among others, and gives each row's cells in that order with its line.
// Whatever the file, it holds one line of it.
func readTable(name string, columns []string, row func(line int, cells []string) error) error {
	f, err := openRegularFile(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := csvline.NewReader(f)
	header, err := readLine(lines, nil)
	if err == io.EOF {
		return fmt.Errorf("%s: the file is empty, want a header", name)
	}
	if err != nil {
		return fmt.Errorf("%s:%d: %w", name, max(1, lines.Number()), err)
	}
	places := make([]int, len(columns))
	for i, column := range columns {
		if places[i] = slices.Index(header, column); places[i] < 0 {
			return fmt.Errorf("%s:1: no column %q", name, column)
		}
		if slices.Contains(header[places[i]+1:], column) {
			return fmt.Errorf("%s:1: column %q stands twice", name, column)
		}
	}
	cells, record := make([]string, len(columns)), []string(nil)
	for {
		if record, err = readLine(lines, record[:0]); err == io.EOF {
			return nil
		}
		switch {
		case err != nil:
		case lines.Number() > maxDemoRows+1:
			err = fmt.Errorf("more than %d rows", maxDemoRows)
		case len(record) != len(header):
			err = fmt.Errorf("%d cells, want %d as in the header", len(record), len(header))
		default:
			for i, place := range places {
				cells[i] = record[place]
			}
			err = row(lines.Number(), cells)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, lines.Number(), err)
		}
	}
}

// readLine appends the cells of the next line to cells; io.EOF after the last.
func readLine(lines *csvline.Reader, cells []string) ([]string, error) {
	line, _, err := lines.Next()
	if errors.Is(err, csvline.ErrTooLong) {
		return nil, fmt.Errorf("longer than %d bytes", csvline.MaxLine)
	}
	if err != nil {
		return nil, err
	}
	if reason := csvline.Unreadable(line); reason != "" {
		return nil, errors.New(reason)
	}
	cells, fault := csvline.Split(line, cells)
	if fault != nil {
		return nil, fmt.Errorf("cell %d: %s", fault.Cell+1, fault.Reason)
	}
	return cells, nil
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
