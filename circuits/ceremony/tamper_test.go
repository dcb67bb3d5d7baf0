package ceremony

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"

	"weir/engine"
)

// forge replaces a contribution's file and lists the new file in the transcript, as a malicious contributor can.
func forge(t *testing.T, c *Ceremony, phase, circuit, number int, change func([]byte) []byte) {
	t.Helper()
	name, digest := phase1File(number), &c.transcript.Phase1.Contributions[number-1].Files[0]
	if phase == 2 {
		name, digest = phase2File(c.transcript.Circuits[circuit].Circuit, number), &c.transcript.Phase2.Contributions[number-1].Files[circuit]
	}
	path := filepath.Join(c.dir, name)
	b := change(must[[]byte](t)(os.ReadFile(path)))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	*digest = sha256.Sum256(b)
}

func copyOver(to, from, size int) func([]byte) []byte {
	return func(b []byte) []byte { copy(b[to:to+size], b[from:from+size]); return b }
}

func set(at int, value ...byte) func([]byte) []byte {
	return func(b []byte) []byte { copy(b[at:], value); return b }
}

// Offsets in a file of phase 1 with n = 32.
const (
	at1Alpha  = 96
	at1N      = 288
	at1Beta2  = at1N + 8
	at1Tau    = at1Beta2 + 64
	at1Tau2   = at1Tau + 62*32
	at1BetaT  = at1Tau2 + 31*64
	at1AlphaT = at1BetaT + 32*32
	at1End    = at1AlphaT + 32*32
)

// A malicious contributor changes the file of its own turn and the transcript with it. Every change is either refused by
// the layout or found by verification, which names the turn.
func TestForgedPhase1(t *testing.T) {
	whole := upTo(t, 1)
	for name, f := range map[string]struct {
		change func([]byte) []byte
		want   error
	}{
		"not built on alice's":           {func([]byte) []byte { return freshPhase1(t) }, ErrContribution},
		"τ's proof for α":                {copyOver(at1Alpha, 0, 96), ErrContribution},
		"one power of τ replaced":        {copyOver(at1Tau+10*32, at1Tau+11*32, 32), ErrContribution},
		"last power of τ replaced":       {copyOver(at1Tau+61*32, at1Tau, 32), ErrContribution},
		"one power of τ in G2 replaced":  {copyOver(at1Tau2+30*64, at1Tau2, 64), ErrContribution},
		"β in G2 replaced":               {copyOver(at1Beta2, at1Tau2, 64), ErrContribution},
		"βτ replaced by ατ":              {copyOver(at1BetaT+32, at1AlphaT+32, 32), ErrContribution},
		"α replaced by β":                {copyOver(at1AlphaT, at1BetaT, 32), ErrContribution},
		"sign of a point flipped":        {func(b []byte) []byte { b[at1Tau] ^= 1 << 6; return b }, ErrContribution},
		"hash of another predecessor":    {set(at1End+1, bytes.Repeat([]byte{7}, 32)...), ErrContribution},
		"no hash of the predecessor":     {func(b []byte) []byte { return append(b[:at1End], 0) }, ErrFile},
		"truncated":                      {func(b []byte) []byte { return b[:len(b)-1] }, ErrFile},
		"extended":                       {func(b []byte) []byte { return append(b, 0) }, ErrFile},
		"empty":                          {func([]byte) []byte { return nil }, ErrFile},
		"n of 2^60":                      {set(at1N, 0x10), ErrFile},
		"n of 16":                        {set(at1N+7, 16), ErrFile},
		"point at infinity":              {set(at1Tau, append([]byte{flagInfinity}, make([]byte, 31)...)...), ErrFile},
		"proof at infinity":              {set(0, append([]byte{flagInfinity}, make([]byte, 31)...)...), ErrFile},
		"uncompressed point":             {func(b []byte) []byte { b[at1Tau] &^= flagMask; return b }, ErrFile},
		"coordinate above the modulus":   {set(at1Tau, bytes.Repeat([]byte{0xbf}, 32)...), ErrFile},
		"not on the curve, or out of G2": {set(at1Tau2+1, 1, 2, 3, 4, 5, 6, 7, 8), ErrFile},
	} {
		t.Run(name, func(t *testing.T) {
			c := copyOf(t, whole)
			forge(t, c, 1, 0, 2, f.change)
			_, err := c.Verify(t.Context(), both, quiet)
			if !errors.Is(err, f.want) || !strings.Contains(err.Error(), "contribution 2 by bob") {
				t.Errorf("error %v, want %v by bob", err, f.want)
			}
			if _, err := c.Finish(t.Context(), both, beacon1, quiet); !errors.Is(err, f.want) {
				t.Errorf("finish: error %v, want %v", err, f.want)
			}
		})
	}
}

func freshPhase1(t *testing.T) []byte {
	p := mpcsetup.NewPhase1(32)
	p.Contribute()
	var b bytes.Buffer
	must[int64](t)(p.WriteTo(&b))
	return b.Bytes()
}

func TestForgedPhase2(t *testing.T) {
	whole := upTo(t, 2)
	s := whole.transcript.Circuits[0]
	atPrivate := 2 + 32 + 4
	atQuotient := atPrivate + 32*s.Private + 4
	atDelta2 := atQuotient + 32*(s.Domain-1)
	atCommitted := atDelta2 + 64 + 4
	atSigma2 := atCommitted + 32*s.Committed[0]
	atUpdates := atSigma2 + 64
	count := func(at int, n uint32) func([]byte) []byte { return set(at, binary.BigEndian.AppendUint32(nil, n)...) }
	for name, f := range map[string]struct {
		change func([]byte) []byte
		want   error
	}{
		"not built on alice's":          {func([]byte) []byte { return freshPhase2(t, whole) }, ErrContribution},
		"δ replaced":                    {copyOver(2, atPrivate, 32), ErrContribution},
		"δ in G2 replaced":              {copyOver(atDelta2, atSigma2, 64), ErrContribution},
		"σ in G2 replaced":              {copyOver(atSigma2, atDelta2, 64), ErrContribution},
		"a private wire's point":        {copyOver(atPrivate, atQuotient, 32), ErrContribution},
		"the quotient's last point":     {copyOver(atDelta2-32, atQuotient, 32), ErrContribution},
		"a committed wire's point":      {copyOver(atCommitted, atQuotient, 32), ErrContribution},
		"σ's proof for δ":               {copyOver(atUpdates, atUpdates+96, 96), ErrContribution},
		"hash of another predecessor":   {set(atUpdates+2*96+1, 1, 2, 3), ErrContribution},
		"65,535 commitments":            {set(0, 0xff, 0xff), ErrFile},
		"no commitment":                 {set(0, 0, 0), ErrFile},
		"2^32−1 private wires":          {count(atPrivate-4, 1<<32-1), ErrFile},
		"one private wire less":         {count(atPrivate-4, uint32(s.Private-1)), ErrFile},
		"2^31−1 points of the quotient": {count(atQuotient-4, 1<<31-1), ErrFile},
		"2^32−1 committed wires":        {count(atCommitted-4, 1<<32-1), ErrFile},
		// An uncompressed point would move the next count by 32 bytes, to where the sender wrote 2^32−1.
		"flag that moves a count": {func(b []byte) []byte {
			b[2] &^= flagMask
			return set(2+64, 0xff, 0xff, 0xff, 0xff)(b)
		}, ErrFile},
		"truncated": {func(b []byte) []byte { return b[:len(b)-1] }, ErrFile},
		"extended":  {func(b []byte) []byte { return append(b, 0) }, ErrFile},
	} {
		t.Run(name, func(t *testing.T) {
			c := copyOf(t, whole)
			forge(t, c, 2, 0, 2, f.change)
			_, err := c.Verify(t.Context(), both, quiet)
			if !errors.Is(err, f.want) || !strings.Contains(err.Error(), "phase 2 of long, contribution 2 by bob") {
				t.Errorf("error %v, want %v by bob", err, f.want)
			}
		})
	}
}

func freshPhase2(t *testing.T, c *Ceremony) []byte {
	p := must[*mpcsetup.Phase2](t)(c.phase2(0, c.transcript.Circuits[0], 0))
	p.Contribute()
	var b bytes.Buffer
	must[int64](t)(p.WriteTo(&b))
	return b.Bytes()
}

// copyOf copies the folder, so that a test can spoil it.
func copyOf(t testing.TB, c *Ceremony) *Ceremony {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(c.dir)); err != nil {
		t.Fatal(err)
	}
	return must[*Ceremony](t)(Open(dir))
}

// Somebody changes a finished ceremony's transcript or files.
func TestSpoiledFinishedCeremony(t *testing.T) {
	whole := upTo(t, 3)
	other := another(t, t.TempDir(), 3)
	for name, f := range map[string]struct {
		spoil func(*Ceremony)
		want  error
	}{
		"another beacon of phase 1": {func(c *Ceremony) { c.transcript.Phase1.Beacon = &beacon2 }, ErrContribution},
		"another beacon of phase 2": {func(c *Ceremony) { c.transcript.Phase2.Beacon = &beacon1 }, ErrContribution},
		"a turn of phase 1 left out": {func(c *Ceremony) {
			c.transcript.Phase1.Contributions = c.transcript.Phase1.Contributions[:1]
		}, ErrContribution},
		"a turn of phase 2 left out": {func(c *Ceremony) {
			c.transcript.Phase2.Contributions = c.transcript.Phase2.Contributions[:1]
		}, ErrContribution},
		"turns in another order": {func(c *Ceremony) {
			turns := c.transcript.Phase1.Contributions
			c.transcript.Phase1.Contributions = []Contribution{turns[1], turns[0]}
		}, ErrFile},
		"another start of phase 2": {func(c *Ceremony) { c.transcript.Phase2.Start[1] = engine.Digest{1} }, ErrContribution},
		"another verifying key listed": {func(c *Ceremony) {
			c.transcript.Phase2.Keys[0].Verifying = other.transcript.Phase2.Keys[0].Verifying
		}, ErrContribution},
		"another proving key listed": {func(c *Ceremony) { c.transcript.Phase2.Keys[1].Proving = engine.Digest{1} }, ErrContribution},
		"another key file":           {func(c *Ceremony) { replaceFile(t, c, other, VerifyingKeyFile("long")) }, ErrContribution},
		"another proving key file":   {func(c *Ceremony) { replaceFile(t, c, other, ProvingKeyFile("long")) }, ErrContribution},
		"another registry":           {func(c *Ceremony) { replaceFile(t, c, other, RegistryFile) }, ErrContribution},
		"another contribution file":  {func(c *Ceremony) { replaceFile(t, c, other, phase1File(1)) }, ErrFile},
		"a missing file":             {func(c *Ceremony) { os.Remove(filepath.Join(c.dir, phase1File(1))) }, ErrFile},
		"a folder in a file's place": {func(c *Ceremony) {
			os.Remove(filepath.Join(c.dir, phase1File(1)))
			os.Mkdir(filepath.Join(c.dir, phase1File(1)), 0o700)
		}, ErrFile},
	} {
		t.Run(name, func(t *testing.T) {
			c := copyOf(t, whole)
			f.spoil(c)
			if keys, err := c.Verify(t.Context(), both, quiet); !errors.Is(err, f.want) || keys != nil {
				t.Errorf("error %v with %d keys, want %v", err, len(keys), f.want)
			}
		})
	}
	if _, err := whole.Verify(t.Context(), both, quiet); err != nil {
		t.Errorf("the whole ceremony: %v", err)
	}
}

func replaceFile(t *testing.T, c, from *Ceremony, name string) {
	t.Helper()
	b := must[[]byte](t)(os.ReadFile(filepath.Join(from.dir, name)))
	if err := os.WriteFile(filepath.Join(c.dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A contributor whose newest file is damaged is told so before anything is added.
func TestContributeRefusesDamagedFile(t *testing.T) {
	c := upTo(t, 1)
	b := must[[]byte](t)(os.ReadFile(filepath.Join(c.dir, phase1File(2))))
	b[at1Tau+5] ^= 1
	if err := os.WriteFile(filepath.Join(c.dir, phase1File(2)), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Contribute(t.Context(), "carol", quiet); !errors.Is(err, ErrFile) {
		t.Errorf("error %v, want ErrFile", err)
	}
	if n := len(must[*Ceremony](t)(Open(c.dir)).transcript.Phase1.Contributions); n != 2 {
		t.Errorf("%d contributions in the transcript", n)
	}
}
