package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/merkle"
)

// ErrTrust is returned for a trust that nobody should rely on: malformed or repeated keys, or a quorum out of reach.
var ErrTrust = errors.New("trust refused")

// ErrNotFinal is returned for a checkpoint that the log signed, with too few witnesses.
var ErrNotFinal = errors.New("checkpoint is not final")

// Trust is whose word counts for a reader: the ledger's part of a trust file.
type Trust struct {
	Chain          engine.Name
	Origin         string          // of the checkpoints
	CheckpointKeys []string        // VerifierKey of the log's signers; the signature of any one is enough
	Witnesses      Witnesses       // who else must have seen a checkpoint
	ContractSets   []engine.Digest // contract sets that the reader accepts; none listed: all
}

// Witnesses are those who cosign checkpoints, and how many of them make one final.
type Witnesses struct {
	Need int      // 0: the log's own signature is enough
	Keys []string // CosignatureKey
}

// keys are a trust's keys, read.
type keys struct {
	log, witnesses note.Verifiers
}

// read checks a trust. One key never counts for two witnesses, whatever their names.
func (t *Trust) read() (*keys, error) {
	logKeys, err := verifierList(t.CheckpointKeys, ed25519Algorithm)
	if err != nil {
		return nil, fmt.Errorf("%w: checkpoint keys: %w", ErrTrust, err)
	}
	witnessKeys, err := verifierList(t.Witnesses.Keys, cosignatureAlgorithm)
	if err != nil {
		return nil, fmt.Errorf("%w: witnesses: %w", ErrTrust, err)
	}
	if t.Witnesses.Need < 0 || t.Witnesses.Need > len(witnessKeys) {
		return nil, fmt.Errorf("%w: %d witnesses needed, %d named", ErrTrust, t.Witnesses.Need, len(witnessKeys))
	}
	return &keys{log: note.VerifierList(logKeys...), witnesses: note.VerifierList(witnessKeys...)}, nil
}

// Check tells whether the trust can be relied on. Errors wrap ErrTrust.
func (t *Trust) Check() error {
	_, err := t.read()
	return err
}

// Open reads a foreign checkpoint and checks that it is final: signed by the log, and cosigned by as many witnesses as the
// trust asks for. Signatures by keys that it does not name are dropped. Errors wrap ErrCheckpoint, and ErrNotFinal where
// only witnesses are missing.
func (t *Trust) Open(checkpoint []byte) (*Checkpoint, error) {
	k, err := t.read()
	if err != nil {
		return nil, err
	}
	return k.open(checkpoint, t)
}

func (k *keys) open(checkpoint []byte, t *Trust) (*Checkpoint, error) {
	signed, err := k.openSigned(checkpoint, t.Origin)
	if err != nil || t.Witnesses.Need == 0 {
		return signed, err
	}
	witnessed, err := OpenCheckpoint(strip(checkpoint, k.witnesses), t.Origin, k.witnesses)
	if err != nil {
		return nil, fmt.Errorf("%w: %w: no good cosignature, %d needed", ErrCheckpoint, ErrNotFinal, t.Witnesses.Need)
	}
	if n := witnessed.signers; n < t.Witnesses.Need {
		return nil, fmt.Errorf("%w: %w: %d of %d witnesses", ErrCheckpoint, ErrNotFinal, n, t.Witnesses.Need)
	}
	return OpenCheckpoint(strip(checkpoint, either{k.log, k.witnesses}), t.Origin, either{k.log, k.witnesses})
}

// openSigned reads a checkpoint by the log's own signature alone.
func (k *keys) openSigned(checkpoint []byte, origin string) (*Checkpoint, error) {
	return OpenCheckpoint(strip(checkpoint, k.log), origin, k.log)
}

// openHeader reads a header that a final checkpoint covers.
func (t *Trust) openHeader(header []byte, path []engine.Digest, checkpoint []byte) (*ledger.Header, *Checkpoint, error) {
	c, err := t.Open(checkpoint)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: checkpoint: %w", ErrBundle, err)
	}
	h, err := ledger.DecodeHeader(header)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%w: header: %w", ErrBundle, err)
	case h.Chain != t.Chain:
		return nil, nil, fmt.Errorf("%w: chain: not %s", ErrBundle, t.Chain)
	case len(t.ContractSets) > 0 && !slices.Contains(t.ContractSets, h.Contracts):
		return nil, nil, fmt.Errorf("%w: contract set: %s is not a trusted one", ErrBundle, h.Contracts.Short())
	}
	if err := merkle.CheckPath(c.Root, c.Size, h.Height, header, path); err != nil {
		return nil, nil, fmt.Errorf("%w: header to checkpoint: %w", ErrBundle, err)
	}
	return h, c, nil
}

// either knows what one of two knows.
type either [2]note.Verifiers

func (e either) Verifier(name string, hash uint32) (note.Verifier, error) {
	if v, err := e[0].Verifier(name, hash); err == nil {
		return v, nil
	}
	return e[1].Verifier(name, hash)
}

// strip drops the signature lines of a note that are by unknown keys. What is no signature line stays, to be refused.
func strip(b []byte, known note.Verifiers) []byte {
	at := bytes.LastIndex(b, []byte("\n\n"))
	if at < 0 || len(b) > MaxCheckpoint {
		return b
	}
	kept := bytes.Clone(b[:at+2])
	for line := range bytes.Lines(b[at+2:]) {
		name, hash, readable := signatureLine(line)
		if _, err := known.Verifier(name, hash); !readable || err == nil {
			kept = append(kept, line...)
		}
	}
	return kept
}

// signatureLine reads who signed, from "— name base64".
func signatureLine(line []byte) (name string, hash uint32, readable bool) {
	fields := bytes.Split(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	if len(fields) != 3 || string(fields[0]) != "—" {
		return "", 0, false
	}
	raw, err := base64.StdEncoding.DecodeString(string(fields[2]))
	if err != nil || len(raw) < 5 {
		return "", 0, false
	}
	return string(fields[1]), binary.BigEndian.Uint32(raw), true
}
