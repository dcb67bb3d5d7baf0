package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEpochsRefused(t *testing.T) {
	for _, text := range []string{
		"", "2026", "2026-", "2026-0", "2026-00", "2026-13", "2026-1", "26-01", "02026-01", "2026-Q0", "2026-Q5", "2026-q1",
		"2026-Q", "2026-Q11", "2026-Q1-01", "2026-02-29", "2026-02-30", "2026-04-31", "2026-01-00", "2026-01-32", "2026-1-01",
		"2026-01-1", "1900-02-29", "2100-02-29", "2026-01-01T00:00:00Z", "2026-01 ", " 2026-01", "2026-01\n", "2026/01",
		"２026-01", "-026-01", "2026-01-01-01",
	} {
		e, err := ParseEpoch(text)
		if err == nil || e != "" {
			t.Errorf("%q was accepted as %q", text, e)
		}
	}
}

func TestLastDays(t *testing.T) {
	for text, want := range map[Epoch]string{
		"2026-01": "2026-01-31", "2026-02": "2026-02-28", "2028-02": "2028-02-29", "2000-02": "2000-02-29",
		"2100-02": "2100-02-28", "2026-04": "2026-04-30", "2026-12": "2026-12-31",
		"2026-Q1": "2026-03-31", "2026-Q2": "2026-06-30", "2026-Q3": "2026-09-30", "2026-Q4": "2026-12-31",
		"2026-10-31": "2026-10-31", "2028-02-29": "2028-02-29", "2000-02-29": "2000-02-29",
	} {
		e, err := ParseEpoch(string(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		day := e.LastDay()
		if day.Format(time.RFC3339) != want+"T00:00:00Z" {
			t.Errorf("%s ends on %s, want %s at 00:00 UTC", text, day, want)
		}
	}
}

// A month ends the day before the next one begins, and a quarter with its third month.
func TestMonthsAndQuartersEndTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(rapid.IntRange(1, 9998).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 1, 0, 0, 0, 0, time.UTC)
		month, err := ParseEpoch(first.Format("2006-01"))
		if err != nil {
			t.Fatal(err)
		}
		if last := month.LastDay(); !last.Equal(first.AddDate(0, 1, -1)) {
			t.Fatalf("%s ends on %s", month, last)
		}
		day, err := ParseEpoch(month.LastDay().Format(time.DateOnly))
		if err != nil || !day.LastDay().Equal(month.LastDay()) {
			t.Fatalf("the last day of %s as an epoch: %v", month, err)
		}
		quarter, err := ParseEpoch(first.Format("2006") + "-Q" + string('1'+rune(first.Month()-1)/3))
		if err != nil {
			t.Fatal(err)
		}
		if ends := quarter.LastDay().Equal(month.LastDay()); ends != (first.Month()%3 == 0) {
			t.Fatalf("%s and %s end together: %v", quarter, month, ends)
		}
	})
}
