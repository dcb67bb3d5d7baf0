package badgerdb

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/ledger"
	"weir/ledger/history"
)

// kills is how often TestRandomKills kills: a few in the suite, WEIR_KILLS for more (make kills).
func kills(t *testing.T) int {
	text := os.Getenv("WEIR_KILLS")
	if text == "" {
		return 12
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("WEIR_KILLS=%q", text)
	}
	return n
}

// A22, I1: a process that adds blocks to one ledger is killed at any moment, again and again. No block that was
// acknowledged is ever gone or another, and the whole ledger is sound in the end.
func TestRandomKills(t *testing.T) {
	folder := t.TempDir()
	seed := uint64(22)
	random := rand.New(rand.NewPCG(seed, 1))
	acknowledged := map[string]string{} // height: digest
	n := kills(t)
	for round := range n {
		for _, line := range killedAfter(t, folder, time.Duration(random.Int64N(int64(400*time.Millisecond)))) {
			fields := strings.Fields(line)
			if len(fields) != 3 || fields[0] == "refused" {
				t.Fatalf("seed %d, round %d: %s", seed, round, line)
			}
			if was, known := acknowledged[fields[1]]; known && was != fields[2] {
				t.Fatalf("seed %d, round %d: block %s is another", seed, round, fields[1])
			}
			acknowledged[fields[1]] = fields[2]
		}
	}
	d := open(t, folder)
	defer shut(t, d)
	r := history.Reader{Store: d}
	report, err := r.Scrub(t.Context(), true, func(uint64, uint64) {})
	if err != nil || report.Err() != nil {
		t.Fatalf("seed %d: %v, %v", seed, report.Err(), err)
	}
	for height, digest := range acknowledged {
		at, _ := strconv.ParseUint(height, 10, 64)
		if h, err := r.Header(at); err != nil || h.Digest().String() != digest {
			t.Errorf("seed %d: block %s: %v", seed, height, err)
		}
	}
	t.Logf("%d kills, %d blocks, %d of them acknowledged", n, report.Blocks, len(acknowledged))
}

// killedAfter runs a child, kills it some time after it was started, and gives what it had said in whole lines.
func killedAfter(t *testing.T, folder string, after time.Duration) []string {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childFolder+"="+folder)
	var out strings.Builder
	c.Stdout = &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { c.Process.Kill() })
	defer timer.Stop()
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() >= 0 {
		t.Fatalf("the child ended by itself: %v\n%s", err, out.String())
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		if strings.HasSuffix(line, "\n") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

var _ ledger.Store = (*DB)(nil)
