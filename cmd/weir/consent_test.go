package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHowLongAConsentLasts(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ lasts, notAfter, want string }{
		{"30d", "", "2026-12-25T12:00:00Z"}, {"1d", "", "2026-11-26T12:00:00Z"}, {"12h", "", "2026-11-26T00:00:00Z"}, {"90s", "", "2026-11-25T12:01:30Z"},
		{"30d", "2026-11-25", "2026-11-25T23:59:59Z"}, {"30d", "2027-01-31T12:00:00+08:00", "2027-01-31T04:00:00Z"},
		{"", "", ""}, {"0d", "", ""}, {"-1d", "", ""}, {"-5s", "", ""}, {"30", "", ""}, {"d", "", ""}, {"1.5d", "", ""}, {"99999999d", "", ""}, {"1dd", "", ""},
		{"30d", "2026-11-24", ""}, {"30d", "2026-11-25T12:00:00Z", ""}, {"30d", "tomorrow", ""}, {"30d", "2026-02-30", ""},
	} {
		g := &giving{lasts: c.lasts, notAfter: c.notAfter}
		end, err := g.end(now)
		if (err == nil) != (c.want != "") || err == nil && dateOf(end) != c.want {
			t.Errorf("--for %q --not-after %q: %s, %v", c.lasts, c.notAfter, dateOf(end), err)
		}
	}
}

// A wallet is made once, for a code that exists, in a folder of its own; what is on disk does not show the code.
func TestInitWallet(t *testing.T) {
	const code = "91990002MA1671945Y"
	weir := func(args ...string) (status int, said string) {
		var out, failed bytes.Buffer
		status = run(t.Context(), args, bytes.NewReader(nil), &out, &failed)
		return status, out.String() + failed.String()
	}
	path := filepath.Join(t.TempDir(), "acme")
	for name, args := range map[string][]string{"no code": {}, "a code with a typo": {"--subject", code[:17] + "X"}, "of no kind": {"--subject", code, "--kind", "x"}} {
		if status, said := weir(append([]string{"init", "wallet", path}, args...)...); status != 2 || strings.Contains(said, "91990002") {
			t.Errorf("%s: status %d: %s", name, status, said)
		}
		if _, err := os.Stat(path); err == nil {
			t.Fatalf("%s: a folder was made", name)
		}
	}
	if status, said := weir("init", "wallet", path, "--subject", code); status != 0 || strings.Contains(said, code) {
		t.Fatalf("status %d: %s", status, said)
	}
	if status, said := weir("init", "wallet", path, "--subject", code); status != 2 {
		t.Errorf("a second time: status %d: %s", status, said)
	}
	err := filepath.Walk(path, func(file string, info os.FileInfo, err error) error {
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %o, %v", file, info.Mode().Perm(), err)
		}
		if b, _ := os.ReadFile(file); bytes.Contains(b, []byte(code)) {
			t.Errorf("%s shows the code", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, said := weir("consent", "list", path); status != 2 || !strings.Contains(said, "consortium.json") {
		t.Errorf("without a consortium: status %d: %s", status, said)
	}
	if status, _ := weir("registrar", "list", path); status != 3 {
		t.Errorf("no registrar runs there: status %d", status)
	}
}
