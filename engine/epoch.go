package engine

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Epoch is the period that a set of records describes: "2026-10", "2026-Q3" or "2026-10-31".
type Epoch string

var epochPattern = regexp.MustCompile(`^([0-9]{4})-(?:(0[1-9]|1[0-2])(?:-([0-9]{2}))?|Q([1-4]))$`)

// ParseEpoch accepts YYYY-MM, YYYY-Qn and YYYY-MM-DD with an existing day.
func ParseEpoch(text string) (Epoch, error) {
	e := Epoch(text)
	if _, err := e.end(); err != nil {
		return "", err
	}
	return e, nil
}

// LastDay is the last day of the epoch, at 00:00 UTC. The epoch must come from ParseEpoch.
func (e Epoch) LastDay() time.Time {
	day, _ := e.end()
	return day
}

func (e Epoch) end() (time.Time, error) {
	part := epochPattern.FindStringSubmatch(string(e))
	if part == nil {
		return time.Time{}, fmt.Errorf("epoch %q: want YYYY-MM, YYYY-Qn or YYYY-MM-DD", string(e))
	}
	year, _ := strconv.Atoi(part[1])
	if part[4] != "" {
		quarter, _ := strconv.Atoi(part[4])
		return time.Date(year, time.Month(3*quarter+1), 0, 0, 0, 0, 0, time.UTC), nil
	}
	if part[3] != "" {
		day, err := time.Parse(time.DateOnly, string(e))
		if err != nil {
			return time.Time{}, fmt.Errorf("epoch %q: no such day", string(e))
		}
		return day, nil
	}
	month, _ := strconv.Atoi(part[2])
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC), nil
}
