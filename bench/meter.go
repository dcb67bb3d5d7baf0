package bench

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpuTime is the processor time of this process so far, user and system, of all its threads.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// Peak is the most memory that was resident, in bytes, and of what.
type Peak struct {
	Bytes int64  `json:"bytes"`
	Of    string `json:"of"`
}

// What a Peak is of.
const (
	peakOfStep    = "this process during the step, with what it had loaded before (VmHWM, reset before the step)"
	peakOfProcess = "this process since it started (getrusage)"
)

// peakOf runs a step after giving all unused memory back to the system. Linux can reset a process's high-water mark; else
// the figure is that of the process's whole life, and says so.
func peakOf(step func() error) (Peak, error) {
	debug.FreeOSMemory()
	reset := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil
	if err := step(); err != nil {
		return Peak{}, err
	}
	if kib := procField("/proc/self/status", "VmHWM"); reset && kib > 0 {
		return Peak{Bytes: kib << 10, Of: peakOfStep}, nil
	}
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return Peak{Of: "not known on this system"}, nil
	}
	return Peak{Bytes: int64(usage.Maxrss) << 10, Of: peakOfProcess}, nil
}

// procField is the number behind "name:" in one of Linux's files, 0 where there is none.
func procField(file, name string) int64 {
	number, _, _ := strings.Cut(procText(file, name), " ")
	n, _ := strconv.ParseInt(number, 10, 64)
	return n
}

// procText is the text behind "name:" in the first line of a file that has one, "" where none has.
func procText(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
