package keycache

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/circuits"
	"weir/engine"
)

// helperVariable makes the test binary a process that only asks for keys in the folder it names.
const helperVariable = "KEYCACHE_TEST_DIR"

const helperSteps = 8_000

func TestMain(m *testing.M) {
	dir := os.Getenv(helperVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	keys, err := Open(dir, func(p Progress) { println(string(p.Step)) }).Keys(
		context.Background(), "powers", (&compiler{steps: helperSteps}).compile)
	if err != nil {
		println("failed:", err.Error())
		os.Exit(1)
	}
	println("id", keys.ID.String())
}

func helper(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), helperVariable+"="+dir)
	return cmd
}

func TestDamageIsFoundReportedAndRepaired(t *testing.T) {
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	for name, damage := range map[string]func([]byte) []byte{
		"bit flipped": flip,
		"truncated":   func(b []byte) []byte { return b[:len(b)-1] },
		"extended":    func(b []byte) []byte { return append(b, 0) },
		"emptied":     func([]byte) []byte { return nil },
		"huge counts": func(b []byte) []byte { return bytes.Repeat([]byte{0xff}, len(b)) },
	} {
		for _, file := range []string{".system", ".development.proving", ".development.verifying", ".development.json", "powers.builds.json"} {
			t.Run(name+"/"+strings.TrimPrefix(file, "."), func(t *testing.T) { damageAndLoad(t, file, damage) })
		}
	}
}

func damageAndLoad(t *testing.T, file string, damage func([]byte) []byte) {
	dir, compile, seen := t.TempDir(), &compiler{steps: 40}, new(log)
	made := mustKeys(t, Open(dir, nil), compile)
	path := filepath.Join(dir, strings.TrimPrefix(made.Digest.String()+file, map[bool]string{true: made.Digest.String()}[file[0] != '.']))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, damage(b), 0o600); err != nil {
		t.Fatal(err)
	}
	mustProve(t, mustKeys(t, Open(dir, seen.report), compile))
	keys := strings.Contains(file, "proving") || strings.Contains(file, "verifying")
	if keys && (seen.count(Rejected) != 1 || seen.count(Making) == 0) {
		t.Errorf("damaged keys: reported %v", seen.lines)
	}
	again := new(log)
	mustProve(t, mustKeys(t, Open(dir, again.report), compile))
	if len(again.lines) != 0 {
		t.Errorf("after the repair: reported %v", again.lines)
	}
}

func TestMissingFilesAreMadeAgain(t *testing.T) {
	for _, file := range []string{".system", ".development.proving", ".development.verifying", ".development.json"} {
		dir, compile := t.TempDir(), &compiler{steps: 40}
		made := mustKeys(t, Open(dir, nil), compile)
		if err := os.Remove(filepath.Join(dir, made.Digest.String()+file)); err != nil {
			t.Fatal(err)
		}
		mustProve(t, mustKeys(t, Open(dir, nil), compile))
	}
}

func TestRecordOfOtherKeysIsRefused(t *testing.T) {
	system, key := engine.Digest{1}, engine.Digest{2}
	good := record{Circuit: "powers", Origin: "ceremony:x", System: stored{SHA256: system}, Verifying: stored{SHA256: key}}
	for name, change := range map[string]func(*record){
		"another circuit":            func(r *record) { r.Circuit = "other" },
		"another system":             func(r *record) { r.System.SHA256[0]++ },
		"another key":                func(r *record) { r.Verifying.SHA256[0]++ },
		"development under a digest": func(r *record) { r.Origin = Development },
	} {
		r := good
		change(&r)
		b, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeRecord(b, task{circuit: "powers", file: key.String()}, system); !errors.Is(err, errRecord) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	b, err := good.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeRecord(b, task{circuit: "powers", file: key.String()}, system); err != nil {
		t.Errorf("the right record: %v", err)
	}
	if _, err := decodeRecord(b, task{circuit: "powers", file: developmentFile}, system); !errors.Is(err, errRecord) {
		t.Errorf("ceremony keys filed as development: error %v", err)
	}
}

func TestOversizedFileIsNotRead(t *testing.T) {
	c := Open(t.TempDir(), nil)
	if err := os.WriteFile(filepath.Join(c.dir, "f"), make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.readStored("f", stored{Bytes: 99}); err == nil {
		t.Error("a file longer than recorded was read")
	}
	if _, err := c.readStored("f", stored{Bytes: 1 << 62}); !errors.Is(err, errRecord) {
		t.Errorf("an impossible recorded length: %v", err)
	}
	if _, err := c.readFile(".", 1<<20); err == nil {
		t.Error("a folder was read as a file")
	}
}

func TestProcessesShareOneGeneration(t *testing.T) {
	dir := t.TempDir()
	type outcome struct {
		text string
		err  error
	}
	outcomes := make(chan outcome)
	const processes = 4
	for range processes {
		cmd := helper(t, dir)
		go func() {
			b, err := cmd.CombinedOutput()
			outcomes <- outcome{string(b), err}
		}()
	}
	ids, making := map[string]int{}, 0
	for range processes {
		o := <-outcomes
		if o.err != nil {
			t.Errorf("%v: %s", o.err, o.text)
		}
		_, id, _ := strings.Cut(o.text, "id ")
		ids[id]++
		making += min(1, strings.Count(o.text, string(Making)))
	}
	if len(ids) != 1 || making != 1 {
		t.Errorf("%d processes made keys, %d different keys", making, len(ids))
	}
}

// A process is killed when it begins to make keys, and again when it begins to write them: nothing half-written is ever
// loaded, and the next process cleans up and goes on.
func TestKilledInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []Step{Making, Writing} {
		killAt(t, dir, step)
		records, err := filepath.Glob(filepath.Join(dir, "*.development.json"))
		if err != nil || len(records) != 0 {
			t.Fatalf("killed at %s: records %v (%v)", step, records, err)
		}
	}
	keys := mustKeys(t, Open(dir, nil), &compiler{steps: helperSteps})
	mustProve(t, keys)
	names, err := filepath.Glob(filepath.Join(dir, ".writing~*"))
	if err != nil || len(names) != 0 {
		t.Errorf("temporary files left: %v (%v)", names, err)
	}
}

func killAt(t *testing.T, dir string, step Step) {
	t.Helper()
	cmd := helper(t, dir)
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() && lines.Text() != string(step) {
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatalf("the process ended before it could be killed at %s", step)
	}
}

func TestCancelledWhileAnotherProcessHoldsTheLock(t *testing.T) {
	dir, seen := t.TempDir(), new(log)
	unlock, err := Open(dir, nil).acquire(t.Context(), "powers")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*pollLock)
	defer cancel()
	_, err = Open(dir, seen.report).Keys(ctx, "powers", (&compiler{steps: 5}).compile)
	if !errors.Is(err, context.DeadlineExceeded) || seen.count(Waiting) != 1 {
		t.Errorf("error %v, reported %v", err, seen.lines)
	}
	unlock()
	mustKeys(t, Open(dir, nil), &compiler{steps: 5})
}

func TestProgressLines(t *testing.T) {
	for want, p := range map[string]Progress{
		"model: making development keys, once on this machine: 25 %, 1.5s": {Circuit: circuits.Model, Step: Making, Done: 1, Total: 4, Elapsed: 1500 * time.Millisecond},
		"model: making development keys, once on this machine: 0 %, 0s":    {Circuit: circuits.Model, Step: Making},
		"model: waiting for another process that is making keys, 3s":       {Circuit: circuits.Model, Step: Waiting, Elapsed: 3 * time.Second},
		"model: a stored file is refused and will be made again: damaged":  {Circuit: circuits.Model, Step: Rejected, Reason: errors.New("damaged")},
		"model: writing": {Circuit: circuits.Model, Step: Writing},
	} {
		if p.String() != want {
			t.Errorf("got  %s\nwant %s", p, want)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	system := engine.Digest{1}
	good := record{Circuit: "powers", Origin: Development, System: stored{SHA256: system, Bytes: 7}}
	b, err := good.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("null"))
	f.Add([]byte(`{"format":"weir/keys/v1","circuit":"powers","origin":"development"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRecord(b, task{circuit: "powers", file: developmentFile}, system)
		switch {
		case err != nil && !errors.Is(err, errRecord):
			t.Errorf("error %v", err)
		case err == nil && (r.Origin != Development || r.System.SHA256 != system):
			t.Error("a record of other keys was accepted")
		}
	})
}
