package ceremony

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"weir/circuits"
	"weir/engine"
)

// Where the files stand in the folder; the numbers begin with 1, and 0 is the start of phase 2.
func phase1File(number int) string { return filepath.Join("phase1", fmt.Sprintf("%04d.bin", number)) }

func phase2File(circuit circuits.Name, number int) string {
	return filepath.Join("phase2", string(circuit), fmt.Sprintf("%04d.bin", number))
}

// VerifyingKeyFile and ProvingKeyFile are where a finished ceremony's keys stand in its folder, in gnark's compressed
// and uncompressed form.
func VerifyingKeyFile(circuit circuits.Name) string {
	return filepath.Join("keys", string(circuit)+".verifying")
}

// ProvingKeyFile is described at VerifyingKeyFile.
func ProvingKeyFile(circuit circuits.Name) string {
	return filepath.Join("keys", string(circuit)+".proving")
}

// RegistryFile is where a finished ceremony lists its keys.
const RegistryFile = "registry.json"

// readBounded reads a regular file of at most limit bytes.
func readBounded(path string, limit int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > int64(limit) {
		return nil, fmt.Errorf("%s: not a regular file of at most %d bytes", path, limit)
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// load reads one contribution's file: its length and layout first, its digest, then its points.
func (c *Ceremony) load(name string, want engine.Digest, l layout, into contribution) error {
	b, err := readBounded(filepath.Join(c.dir, name), l.size())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	if engine.Digest(sha256.Sum256(b)) != want {
		return fmt.Errorf("%s: %w: its SHA-256 is not the transcript's", name, ErrFile)
	}
	if err := l.decode(b, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// store writes a file whole or not at all, and gives its SHA-256.
func (c *Ceremony) store(name string, write func(io.Writer) (int64, error)) (engine.Digest, error) {
	var b bytes.Buffer
	if _, err := write(&b); err != nil {
		return engine.Digest{}, fmt.Errorf("write %s: %w", name, err)
	}
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return engine.Digest{}, fmt.Errorf("write %s: %w", name, err)
	}
	if err := replace(path, b.Bytes()); err != nil {
		return engine.Digest{}, fmt.Errorf("write %s: %w", name, err)
	}
	return sha256.Sum256(b.Bytes()), nil
}

// replace puts content in the place of path by way of a synced temporary file beside it.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// save writes the transcript, always after the files that it names.
func (c *Ceremony) save() error {
	b, err := c.transcript.Encode()
	if err != nil {
		return err
	}
	_, err = c.store(transcriptFile, plain(b))
	return err
}

// registry is the public list of a finished ceremony's keys. trust.json takes its verifying_keys as they are.
type registry struct {
	Ceremony      engine.Digest   `json:"ceremony"`
	VerifyingKeys []registeredKey `json:"verifying_keys"`
	ProvingKeys   []registeredKey `json:"proving_keys"`
	Systems       []registeredKey `json:"systems"`
}

type registeredKey struct {
	Circuit circuits.Name `json:"circuit"`
	SHA256  engine.Digest `json:"sha256"`
	Origin  string        `json:"origin,omitempty"`
}

// registry is the content of RegistryFile.
func (c *Ceremony) registry() []byte {
	digest := c.transcript.Digest()
	r := registry{Ceremony: digest}
	for i, s := range c.transcript.Circuits {
		keys := c.transcript.Phase2.Keys[i]
		r.VerifyingKeys = append(r.VerifyingKeys, registeredKey{s.Circuit, keys.Verifying, Origin(digest)})
		r.ProvingKeys = append(r.ProvingKeys, registeredKey{s.Circuit, keys.Proving, Origin(digest)})
		r.Systems = append(r.Systems, registeredKey{Circuit: s.Circuit, SHA256: s.System})
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("ceremony: encode digests and names: %v", err))
	}
	return append(b, '\n')
}

// checkResult compares the files of a finished ceremony with what a verifier computed.
func (c *Ceremony) checkResult() error {
	want := map[string]engine.Digest{RegistryFile: sha256.Sum256(c.registry())}
	for i, s := range c.transcript.Circuits {
		want[VerifyingKeyFile(s.Circuit)] = c.transcript.Phase2.Keys[i].Verifying
		want[ProvingKeyFile(s.Circuit)] = c.transcript.Phase2.Keys[i].Proving
	}
	for name, digest := range want {
		here, err := digestOfFile(filepath.Join(c.dir, name))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFile, err)
		}
		if here != digest {
			return fmt.Errorf("%s: %w: it is not what follows from the contributions", name, ErrContribution)
		}
	}
	return nil
}

func digestOfFile(path string) (engine.Digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return engine.Digest{}, err
	}
	defer f.Close()
	return digestOf(func(w io.Writer) (int64, error) { return io.Copy(w, f) })
}

func plain(b []byte) func(io.Writer) (int64, error) {
	return bytes.NewReader(b).WriteTo
}

// Origin is what registries and trust files call keys from the ceremony with that digest.
func Origin(ceremony engine.Digest) string { return "ceremony:" + ceremony.String() }
