package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"weir/circuits"
	"weir/circuits/accusation"
	"weir/circuits/ceremony"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/circuits/model"
	"weir/engine"
)

func newCeremonyCommand(c *console) *cobra.Command {
	return ceremonyCommand(c, []ceremony.Circuit{
		{Name: circuits.Contribution, Compile: contribution.Compile},
		{Name: circuits.Model, Compile: model.Compile},
		{Name: circuits.Accusation, Compile: accusation.Compile},
	})
}

// ceremonyCommand is newCeremonyCommand for any circuits.
func ceremonyCommand(c *console, list []ceremony.Circuit) *cobra.Command {
	root := &cobra.Command{
		Use:   "ceremony",
		Short: "Make proving keys together, so that nobody alone can forge",
		Long: `A ceremony makes the proving and verifying keys of all circuits. It is sound if at least one contributor to
each phase was honest and kept nothing. The folder DIR is passed from one contributor to the next; a contributor needs
ceremony.json and the newest files, a verifier needs all. A phase is closed with a beacon, a public value that nobody
knew when the last contribution was published. Phase 1 comes first, then phase 2; then the keys are in DIR/keys and
their digests in DIR/registry.json, whose verifying_keys belong into trust.json.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(ceremonyInit(c, list), ceremonyContribute(c), ceremonyFinish(c, list), ceremonyVerify(c, list))
	return root
}

func ceremonyInit(c *console, list []ceremony.Circuit) *cobra.Command {
	return &cobra.Command{
		Use:     "init DIR",
		Short:   "Begin a ceremony in a folder",
		Example: "  weir ceremony init keys-2026",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			begun, err := ceremony.Init(args[0], list)
			if err != nil {
				return ceremonyError(err)
			}
			return c.printCeremony(args[0], begun)
		},
	}
}

func ceremonyContribute(c *console) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "contribute DIR --as NAME",
		Short: "Add your secrets to the open phase, and forget them",
		Long: `Contribute draws fresh secrets, mixes them into the newest files, and writes new ones. The secrets are never
written. Publish the printed digest where people know it is you: it is what ties the contribution to your name.`,
		Example: "  weir ceremony contribute keys-2026 --as people-bank",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			by, err := engine.ParseName(name)
			if err != nil {
				return badInput(fmt.Errorf("--as: %w", err))
			}
			return c.contributeTo(cmd.Context(), args[0], by)
		},
	}
	cmd.Flags().StringVar(&name, "as", "", "the contributor's name in the transcript")
	cmd.MarkFlagRequired("as")
	return cmd
}

func ceremonyFinish(c *console, list []ceremony.Circuit) *cobra.Command {
	var value, source string
	var install bool
	cmd := &cobra.Command{
		Use:   "finish DIR --beacon HEX --source TEXT",
		Short: "Verify the open phase and close it with a beacon",
		Long: `Finish checks every contribution to the open phase and closes it. Agree beforehand on where the beacon will
come from, and take a value that appears after the last contribution's digest was published. Closing phase 2 writes the
keys.`,
		Example: `  weir ceremony finish keys-2026 --beacon 5f0e…c1 --source "drand round 6000000"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			beacon, err := hex.DecodeString(value)
			if err != nil {
				return badInput(fmt.Errorf("--beacon: want hexadecimal digits"))
			}
			return c.followCeremony(cmd.Context(), args[0], install, func(ctx context.Context, open *ceremony.Ceremony, report func(ceremony.Progress)) ([]ceremony.Keys, error) {
				return open.Finish(ctx, list, ceremony.Beacon{Value: beacon, Source: source}, report)
			})
		},
	}
	cmd.Flags().StringVar(&value, "beacon", "", "16 to 64 bytes as hexadecimal digits")
	cmd.Flags().StringVar(&source, "source", "", "where a reader finds the beacon")
	cmd.Flags().BoolVar(&install, "install", false, "put the finished keys into this machine's key cache")
	cmd.MarkFlagRequired("beacon")
	cmd.MarkFlagRequired("source")
	return cmd
}

func ceremonyVerify(c *console, list []ceremony.Circuit) *cobra.Command {
	var install bool
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Follow a ceremony from its public start",
		Long: `Verify checks every contribution and beacon and, for a finished ceremony, computes the keys again and compares
them with the files and the registry. It trusts nothing in the folder. Names are claims: compare the printed digests
with those that the contributors published. Exit status: 0 all of it verifies, 1 something does not.`,
		Example: "  weir ceremony verify keys-2026 --install",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.followCeremony(cmd.Context(), args[0], install, func(ctx context.Context, open *ceremony.Ceremony, report func(ceremony.Progress)) ([]ceremony.Keys, error) {
				return open.Verify(ctx, list, report)
			})
		},
	}
	cmd.Flags().BoolVar(&install, "install", false, "put verified keys into this machine's key cache")
	return cmd
}

func (c *console) contributeTo(ctx context.Context, dir string, by engine.Name) error {
	open, err := ceremony.Open(dir)
	if err != nil {
		return ceremonyError(err)
	}
	steps := c.ceremonySteps()
	turn, err := open.Contribute(ctx, by, steps.begin)
	steps.end()
	if err != nil {
		return ceremonyError(err)
	}
	if c.json {
		return c.printJSON(turn)
	}
	c.say("Contribution by %s. Publish:", turn.By)
	for _, digest := range turn.Files {
		c.say("  %s", digest)
	}
	return nil
}

// followCeremony runs a call that verifies, installs what it gives if that was asked for, and prints the transcript.
func (c *console) followCeremony(ctx context.Context, dir string, install bool,
	call func(context.Context, *ceremony.Ceremony, func(ceremony.Progress)) ([]ceremony.Keys, error)) error {
	open, err := ceremony.Open(dir)
	if err != nil {
		return ceremonyError(err)
	}
	steps := c.ceremonySteps()
	keys, err := call(ctx, open, steps.begin)
	steps.end()
	if err != nil {
		return ceremonyError(err)
	}
	if install {
		if err := installKeys(ctx, open, keys); err != nil {
			return badInput(err)
		}
	}
	return c.printCeremony(dir, open)
}

func installKeys(ctx context.Context, finished *ceremony.Ceremony, keys []ceremony.Keys) error {
	if len(keys) == 0 {
		return errors.New("nothing to install: the ceremony is not finished")
	}
	dir, err := keycache.DefaultDir()
	if err != nil {
		return err
	}
	transcript, cache := finished.Transcript(), keycache.Open(dir, nil)
	origin := keycache.Origin(ceremony.Origin(transcript.Digest()))
	for _, k := range keys {
		if _, err := cache.Install(ctx, k.Circuit, origin, k.R1CS, k.Proving, k.Verifying); err != nil {
			return fmt.Errorf("install the keys of %s: %w", k.Circuit, err)
		}
	}
	return nil
}

// ceremonyError gives exit status 1 to what does not verify, and 2 to everything else.
func ceremonyError(err error) error {
	if errors.Is(err, ceremony.ErrContribution) || errors.Is(err, ceremony.ErrFile) {
		return isFalse(err)
	}
	return badInput(err)
}

// ceremonyResult is what the commands print with --json.
type ceremonyResult struct {
	Dir        string               `json:"dir"`
	Finished   bool                 `json:"finished"`
	Ceremony   *engine.Digest       `json:"ceremony,omitempty"` // digest of the finished transcript
	Registry   string               `json:"registry,omitempty"`
	Transcript *ceremony.Transcript `json:"transcript"`
}

func (c *console) printCeremony(dir string, open *ceremony.Ceremony) error {
	t := open.Transcript()
	result := ceremonyResult{Dir: dir, Transcript: &t, Finished: t.Phase2.Beacon != nil}
	if result.Finished {
		digest := t.Digest()
		result.Ceremony, result.Registry = &digest, filepath.Join(dir, ceremony.RegistryFile)
	}
	if c.json {
		return c.printJSON(result)
	}
	c.printTurns("1", t.Phase1.Contributions, t.Phase1.Beacon)
	if t.Phase1.Beacon != nil {
		c.printTurns("2", t.Phase2.Contributions, t.Phase2.Beacon)
	}
	if !result.Finished {
		c.say("Not finished: no keys yet.")
		return nil
	}
	c.say("Finished: %s", ceremony.Origin(*result.Ceremony))
	for i, s := range t.Circuits {
		c.say("  %-14s circuit id %s", s.Circuit, t.Phase2.Keys[i].Verifying)
	}
	c.say("Registry: %s", result.Registry)
	return nil
}

func (c *console) printTurns(phase string, turns []ceremony.Contribution, beacon *ceremony.Beacon) {
	state := "open"
	if beacon != nil {
		state = fmt.Sprintf("closed by %x (%s)", []byte(beacon.Value), beacon.Source)
	}
	c.say("Phase %s, %s, contributions: %d", phase, state, len(turns))
	for i, turn := range turns {
		for _, digest := range turn.Files {
			c.say("  %3d %-20s %s", i+1, turn.By, digest)
		}
	}
}

// stepLines says on stderr which step has begun, and every few seconds that it still runs: one of them can take minutes.
type stepLines struct {
	write  func(step string, took time.Duration, running bool)
	lock   sync.Mutex
	step   string
	began  time.Time
	ticker *time.Ticker
	done   chan struct{}
	ended  sync.WaitGroup
}

const stepPause = 5 * time.Second

func (c *console) ceremonySteps() *stepLines {
	s := &stepLines{done: make(chan struct{}), ticker: time.NewTicker(stepPause)}
	switch c.progress {
	case "none":
		s.write = func(string, time.Duration, bool) {}
	case "json":
		line := jsonLine(c.stderr)
		s.write = func(step string, took time.Duration, running bool) {
			name := "begin"
			if running {
				name = "step"
			}
			line(event{Phase: step, Event: name, MS: took.Milliseconds()})
		}
	default:
		s.write = func(step string, took time.Duration, running bool) {
			if running {
				step += fmt.Sprintf(": %.0f s so far", took.Seconds())
			}
			fmt.Fprintln(c.stderr, step)
		}
	}
	s.ended.Go(s.tick)
	return s
}

func (s *stepLines) tick() {
	for {
		select {
		case <-s.done:
			return
		case <-s.ticker.C:
			s.lock.Lock()
			if s.step != "" {
				s.write(s.step, time.Since(s.began), true)
			}
			s.lock.Unlock()
		}
	}
}

func (s *stepLines) begin(p ceremony.Progress) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.step, s.began = p.String(), time.Now()
	s.write(s.step, 0, false)
}

// end returns when nothing more will be written.
func (s *stepLines) end() {
	s.ticker.Stop()
	close(s.done)
	s.ended.Wait()
}
