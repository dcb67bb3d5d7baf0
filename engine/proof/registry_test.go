package proof_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weir/circuits"
	"weir/circuits/keycache"
	"weir/engine/proof"
)

const someDigest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

func registryOf(names ...circuits.Name) string {
	var keys []string
	for _, n := range names {
		keys = append(keys, fmt.Sprintf(`{"circuit": %q, "sha256": %q, "origin": "ceremony:x"}`, n, someDigest))
	}
	return `{"chain": "elsewhere", "verifying_keys": [` + strings.Join(keys, ",") + `]}`
}

func TestParseRegistry(t *testing.T) {
	registry, err := proof.ParseRegistry(strings.NewReader(registryOf(circuits.Names()...)))
	if err != nil || registry[circuits.Model].String() != someDigest {
		t.Fatalf("%v, %v", registry, err)
	}
	for name, text := range map[string]string{
		"no JSON":           "verifying keys",
		"empty":             "{}",
		"a circuit missing": registryOf(circuits.Model, circuits.Contribution),
		"a circuit twice":   registryOf(append(circuits.Names(), circuits.Model)...),
		"a short digest":    strings.ReplaceAll(registryOf(circuits.Names()...), someDigest, someDigest[2:]),
		"upper case":        strings.ReplaceAll(registryOf(circuits.Names()...), "aabb", "AABB"),
		"the list twice":    strings.Replace(registryOf(circuits.Names()...), "{", `{"verifying_keys": [],`, 1),
		"a digest twice":    strings.Replace(registryOf(circuits.Names()...), `"sha256"`, `"sha256": "", "sha256"`, 1),
		"other letters":     strings.Replace(registryOf(circuits.Names()...), "verifying_keys", "Verifying_Keys", 1),
		"something after":   registryOf(circuits.Names()...) + "{}",
		"no digest":         strings.ReplaceAll(registryOf(circuits.Names()...), `"sha256": "`+someDigest+`", `, ""),
		"a digest of zeros": strings.ReplaceAll(registryOf(circuits.Names()...), someDigest, strings.Repeat("0", 64)),
		"too long":          `{"x": "` + strings.Repeat("a", 1<<20) + `"}`,
	} {
		if _, err := proof.ParseRegistry(strings.NewReader(text)); !errors.Is(err, proof.ErrRegistry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRegisteredKeysAreNeverMade(t *testing.T) {
	registry, err := proof.ParseRegistry(strings.NewReader(registryOf(circuits.Names()...)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.Load(t.Context(), keycache.Open(t.TempDir(), nil), registry); !errors.Is(err, keycache.ErrNotInstalled) {
		t.Fatal(err)
	}
}
