// Package bench measures weir for those who have to believe or repeat its figures: each circuit by itself, verified
// scores over a grid of consortia with their baselines, and the distances that follow from the parameters. The commands
// `weir bench …` print what it returns; the benchmarks in its tests are for benchstat.
//
// Every result carries the machine, the program, the keys and the seed it was measured with. Inputs follow from the
// seed, and a digest of them is in the result; keys, encryption and proofs draw fresh randomness, so times vary and
// scores do not. It makes up all records and points, and must not be given real ones.
//
// What the parameters promise: protocol, section 7. What figures have to be reached: ARCHITECTURE.md.
package bench

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"weir/engine/seal"
)

// Setting is where and with what something was measured. Fields that the system does not tell are empty or 0.
type Setting struct {
	Date         time.Time `json:"date"` // UTC, when the measurement began
	CPU          string    `json:"cpu_model"`
	Cores        int       `json:"cores"`      // that the system has for this process
	MaxProcs     int       `json:"gomaxprocs"` // that Go uses
	Memory       int64     `json:"memory_bytes"`
	OS           string    `json:"os"`
	Kernel       string    `json:"kernel"`
	Load         float64   `json:"load_average_1min_at_start"`
	Go           string    `json:"go_version"`
	Weir         string    `json:"weir_version"`
	Revision     string    `json:"weir_revision"`
	Modified     bool      `json:"weir_modified"` // whether the sources differed from the revision
	ParameterSet string    `json:"parameter_set"`
}

// NewSetting looks at this machine and program.
func NewSetting() Setting {
	s := Setting{Date: time.Now().UTC().Truncate(time.Second), CPU: procText("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(),
		MaxProcs: runtime.GOMAXPROCS(0), Memory: procField("/proc/meminfo", "MemTotal") << 10, OS: runtime.GOOS + "/" + runtime.GOARCH,
		Kernel: firstWord("/proc/sys/kernel/osrelease"), Go: runtime.Version(), ParameterSet: seal.ParameterSet}
	s.Load, _ = strconv.ParseFloat(firstWord("/proc/loadavg"), 64)
	if build, known := debug.ReadBuildInfo(); known {
		s.Weir = build.Main.Version
		for _, setting := range build.Settings {
			switch setting.Key {
			case "vcs.revision":
				s.Revision = setting.Value
			case "vcs.modified":
				s.Modified = setting.Value == "true"
			}
		}
	}
	return s
}

func firstWord(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	word, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	return word
}
