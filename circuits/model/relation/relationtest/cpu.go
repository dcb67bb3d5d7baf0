package relationtest

import (
	"testing"
)

// ReportCPU measures the process's processor time, user and system, until the returned function is called, and reports
// it per iteration. Wall time says little on a machine that is shared.
func ReportCPU(b *testing.B) (stop func()) {
	before := cpuTime()
	return func() { b.ReportMetric((cpuTime()-before).Seconds()/float64(b.N), "cpu-s/op") }
}
