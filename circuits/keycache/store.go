package keycache

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"

	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"
	"golang.org/x/sync/errgroup"

	"weir/circuits"
	"weir/circuits/setup"
	"weir/engine"
)

// read loads what an earlier process left, without compiling. An error that is fs.ErrNotExist means that something was
// never made; any other, that something is there and not usable.
func (c *Cache) read(t task) (*Keys, error) {
	known, err := c.readBuilds(t.circuit)
	if err != nil {
		return nil, err
	}
	digest, ok := known.system(c.build())
	if !ok {
		return nil, fmt.Errorf("%s compiled by this executable: %w", t.circuit, fs.ErrNotExist)
	}
	keys, err := c.readKeys(t, digest)
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// readKeys loads one pair of keys with its system, the three files at once.
func (c *Cache) readKeys(t task, system engine.Digest) (*Keys, error) {
	name := system.String() + "." + t.file
	b, err := c.readFile(name+".json", maxRecordBytes)
	if err != nil {
		return nil, err
	}
	r, err := decodeRecord(b, t, system)
	if err != nil {
		return nil, fmt.Errorf("%s.json: %w", name, err)
	}
	keys := &Keys{Circuit: t.circuit, Digest: system, ID: r.Verifying.SHA256, Origin: r.Origin}
	keys.R1CS, keys.Proving, keys.Verifying = new(cs.R1CS), new(groth16.ProvingKey), new(groth16.VerifyingKey)
	var files errgroup.Group
	files.Go(func() error {
		return c.decode(system.String()+".system", r.System, func(b *bytes.Reader) error { _, err := keys.R1CS.ReadFrom(b); return err })
	})
	files.Go(func() error {
		return c.decode(name+".proving", r.Proving, func(b *bytes.Reader) error { return keys.Proving.ReadDump(b) })
	})
	files.Go(func() error {
		return c.decode(name+".verifying", r.Verifying, func(b *bytes.Reader) error { _, err := keys.Verifying.UnsafeReadFrom(b); return err })
	})
	if err := files.Wait(); err != nil {
		return nil, err
	}
	return keys, nil
}

// decode hands a file to a library decoder, which trusts it, once it is what the record says.
func (c *Cache) decode(name string, want stored, read func(*bytes.Reader) error) error {
	b, err := c.readStored(name, want)
	if err != nil {
		return err
	}
	if err := read(bytes.NewReader(b)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// generate makes development keys.
func (c *Cache) generate(circuit circuits.Name, system *cs.R1CS) (*Keys, error) {
	tick := c.ticking()
	tick(Progress{Circuit: circuit, Step: Making})
	pk, vk, err := setup.Run(system, rand.Reader, func(done, total int) {
		tick(Progress{Circuit: circuit, Step: Making, Done: done, Total: total})
	})
	if err != nil {
		return nil, fmt.Errorf("key cache: make keys of %s: %w", circuit, err)
	}
	id, err := circuits.ID(vk)
	if err != nil {
		return nil, err
	}
	return &Keys{KeySet: circuits.KeySet{R1CS: system, Proving: pk, Verifying: vk}, Circuit: circuit, ID: id, Origin: Development}, nil
}

// saveSystem writes the compiled system, unless a whole one is there, and that this executable compiled it.
func (c *Cache) saveSystem(circuit circuits.Name, system *cs.R1CS) (engine.Digest, error) {
	var b bytes.Buffer
	if _, err := system.WriteTo(&b); err != nil {
		return engine.Digest{}, fmt.Errorf("key cache: write compiled system: %w", err)
	}
	want := storedOf(b.Bytes())
	name := want.SHA256.String() + ".system"
	if _, err := c.readStored(name, want); err != nil {
		if _, err := c.writeFile(circuit, name, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
			return engine.Digest{}, err
		}
	}
	executable := c.build()
	if executable == "" {
		return want.SHA256, nil
	}
	known, err := c.readBuilds(circuit)
	if err != nil {
		known = new(builds)
	}
	known.remember(build{Executable: executable, System: want.SHA256})
	return want.SHA256, c.writeJSON(circuit, string(circuit)+".builds.json", known)
}

// saveKeys writes the keys and, when they are safe on disk, their record.
func (c *Cache) saveKeys(t task, k *Keys) (*Keys, error) {
	c.report(Progress{Circuit: t.circuit, Step: Writing})
	name := k.Digest.String() + "." + t.file
	r := &record{Circuit: t.circuit, Origin: k.Origin}
	var err error
	if r.System, err = c.statStored(k.Digest); err != nil {
		return nil, err
	}
	if r.Proving, err = c.writeFile(t.circuit, name+".proving", k.Proving.WriteDump); err != nil {
		return nil, err
	}
	if r.Verifying, err = c.writeFile(t.circuit, name+".verifying", func(w io.Writer) error { _, err := k.Verifying.WriteTo(w); return err }); err != nil {
		return nil, err
	}
	if r.Verifying.SHA256 != k.ID {
		panic("keycache: a verifying key was written with another digest than its circuit id")
	}
	b, err := r.encode()
	if err != nil {
		return nil, fmt.Errorf("key cache: %w", err)
	}
	if _, err := c.writeFile(t.circuit, name+".json", func(w io.Writer) error { _, err := w.Write(b); return err }); err != nil {
		return nil, err
	}
	return k, nil
}

func (c *Cache) readBuilds(circuit circuits.Name) (*builds, error) {
	b, err := c.readFile(string(circuit)+".builds.json", maxRecordBytes)
	if err != nil {
		return nil, err
	}
	known := new(builds)
	if err := json.Unmarshal(b, known); err != nil {
		return nil, fmt.Errorf("%s.builds.json: %w", circuit, err)
	}
	return known, nil
}

func (c *Cache) writeJSON(circuit circuits.Name, name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("key cache: %w", err)
	}
	_, err = c.writeFile(circuit, name, func(w io.Writer) error { _, err := w.Write(b); return err })
	return err
}

// locked runs work while this process, and no other, may write about the circuit, and removes what an interrupted writer
// left behind.
func (c *Cache) locked(ctx context.Context, t task, work func() (*Keys, error)) (*Keys, error) {
	if err := checkName(t.circuit); err != nil {
		return nil, err
	}
	unlock, err := c.acquire(ctx, t.circuit)
	if err != nil {
		return nil, fmt.Errorf("key cache %s: %w", c.dir, err)
	}
	defer unlock()
	c.removeLeftovers(t.circuit)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return work()
}
