package bench

import (
	"math"
	"slices"
	"time"
)

// Spread is how a quantity varied over repeated runs, in the unit that ends the name of the field it stands in.
// Percentiles are nearest-rank: values that occurred. With fewer than 100 runs P99 is the largest value.
type Spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"p50"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

// spreadOf needs at least one value.
func spreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	rank := func(p float64) float64 { return sorted[max(int(math.Ceil(p*float64(len(sorted)))), 1)-1] }
	return Spread{Min: rank(0), Median: rank(.5), P90: rank(.9), P99: rank(.99), Max: rank(1)}
}

// Times are the wall time and the processor time (user and system, the whole process) of something done Runs times.
type Times struct {
	Runs int    `json:"runs"`
	Wall Spread `json:"wall_ms"`
	CPU  Spread `json:"cpu_ms"`
}

// stopwatch collects the times of repeated runs.
type stopwatch struct{ wall, cpu []float64 }

// time runs one run; its figures count for as many operations as it did.
func (s *stopwatch) time(operations int, run func() error) error {
	begin, used := time.Now(), cpuTime()
	if err := run(); err != nil {
		return err
	}
	wall, cpu := time.Since(begin), cpuTime()-used
	s.wall = append(s.wall, milliseconds(wall)/float64(operations))
	s.cpu = append(s.cpu, milliseconds(cpu)/float64(operations))
	return nil
}

func (s *stopwatch) times() Times {
	return Times{Runs: len(s.wall), Wall: spreadOf(s.wall), CPU: spreadOf(s.cpu)}
}

// repeat times run after run, after one that warms up and does not count.
func repeat(runs, operations int, run func(i int) error) (Times, error) {
	var s stopwatch
	if err := run(0); err != nil {
		return Times{}, err
	}
	for i := range runs {
		if err := s.time(operations, func() error { return run(i + 1) }); err != nil {
			return Times{}, err
		}
	}
	return s.times(), nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
