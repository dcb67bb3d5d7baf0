package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine/bank/bankd"
	"weir/engine/holder/agentd"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/proof"
	"weir/engine/source/database"
	"weir/ledger/api"
	"weir/ledger/node/noded"
	"weir/ledger/witness/watch"
)

// daemon is what the long-running commands have in common.
type daemon struct {
	*console
	set   []string
	level string
}

func (d *daemon) flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringArrayVar(&d.set, "set", nil, "override a setting of config.yaml: key=value")
	cmd.Flags().StringVar(&d.level, "log-level", "info", "debug, info, warn or error")
	return cmd
}

// log writes JSON lines to stderr.
func (d *daemon) log() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(d.level)); err != nil {
		return nil, fmt.Errorf("--log-level: %w", err)
	}
	return slog.New(slog.NewJSONHandler(d.stderr, &slog.HandlerOptions{Level: level})), nil
}

// run starts a daemon from its folder's configuration and turns its end into an exit status.
func (d *daemon) run(ctx context.Context, path string, config any, start func(*slog.Logger) error) error {
	log, err := d.log()
	if err == nil {
		err = folder.Load(path, os.Environ(), d.set, config)
	}
	if err != nil {
		return badInput(err)
	}
	err = start(log)
	switch {
	case err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled):
		log.Info("stopped")
		return nil
	case errors.Is(err, watch.ErrHalted):
		return isFalse(err)
	case errors.Is(err, api.ErrUnreachable) || errors.Is(err, database.ErrUnreachable):
		return &exitError{code: exitUnreachable, err: err}
	}
	return badInput(err)
}

func newNodeCommand(c *console) *cobra.Command {
	d := &daemon{console: c}
	return d.flags(&cobra.Command{Use: "node DIR", Short: "Run a node: the ledger, its content store and mailbox, behind HTTP", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config := noded.Defaults()
			return d.run(cmd.Context(), args[0], &config, func(log *slog.Logger) error {
				consortium, err := folder.ReadConsortium(filepath.Join(args[0], folder.ConsortiumFile))
				if err != nil {
					return err
				}
				genesis, err := consortium.Genesis()
				if err != nil {
					return err
				}
				judge, err := proof.OpenJudge(genesis, os.DirFS(filepath.Join(args[0], "keys")))
				if err != nil {
					return err
				}
				return noded.Run(cmd.Context(), args[0], &config, judge, log, func(at net.Addr) { d.say("listening on %s", at) })
			})
		}})
}

func newAgentCommand(c *console) *cobra.Command {
	d := &daemon{console: c}
	root := d.flags(&cobra.Command{Use: "agent DIR", Short: "Run a holder's agent, or speak to the one that runs", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config := agentd.Defaults()
			return d.run(cmd.Context(), args[0], &config, func(log *slog.Logger) error {
				return agentd.Run(cmd.Context(), args[0], &config, c.loadKeys, log)
			})
		}})
	for _, sub := range []struct{ name, short string }{
		{"models", "List the sealed models that wait for approval, and the others"},
		{"status", "Say whether the agent runs, and whether it is paused"},
		{"pause", "Decline every new request until resume"},
		{"resume", "End a pause, or a halt after a second instance was seen"},
		{"outgoing", "List the responses that the agent computed, and which of them left"},
		{"inquiries", "Print the register of who asked about whom: it names enterprises, keep it as secret as the records"},
	} {
		root.AddCommand(&cobra.Command{Use: sub.name + " DIR", Short: sub.short, Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.ask(cmd.Context(), args[0], sub.name, struct{}{})
			}})
	}
	for _, sub := range []struct{ name, short string }{
		{"approve", "Verify a sealed model and approve it"}, {"reject", "Remember that a sealed model is not approved"},
	} {
		root.AddCommand(&cobra.Command{Use: sub.name + " DIR MODEL", Short: sub.short, Args: cobra.ExactArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.ask(cmd.Context(), args[0], sub.name, map[string]string{"model": args[1]})
			}})
	}
	root.AddCommand(newWorkerCommand(c))
	return root
}

func newBankCommand(c *console) *cobra.Command {
	d := &daemon{console: c}
	root := d.flags(&cobra.Command{Use: "bank DIR", Short: "Run a bank, or speak to the one that runs", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config := bankd.Defaults()
			return d.run(cmd.Context(), args[0], &config, func(log *slog.Logger) error {
				return bankd.Run(cmd.Context(), args[0], &config, c.loadKeys, log)
			})
		}})
	root.AddCommand(newBankSealCommand(c), &cobra.Command{Use: "approved DIR MODEL", Short: "Tell whether everybody has approved a sealed model",
		Args: cobra.ExactArgs(2), RunE: func(cmd *cobra.Command, args []string) error {
			return c.ask(cmd.Context(), args[0], "approved", map[string]string{"model": args[1]})
		}}, newBankScoreCommand(c))
	return root
}

func newBankSealCommand(c *console) *cobra.Command {
	var holders map[string]string
	cmd := &cobra.Command{Use: "seal DIR FILE", Short: "Seal a scoring model, prove it and offer it to the consortium", Args: cobra.ExactArgs(2),
		Example: "  weir bank seal bank card.weir.json --holder tax=tax-office --holder utility=power-company",
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[1])
			if err != nil {
				return badInput(err)
			}
			return c.ask(cmd.Context(), args[0], "seal", map[string]any{"model": string(text), "holders": holders})
		}}
	cmd.Flags().StringToStringVar(&holders, "holder", nil, "which holder keeps a source: source=holder; once for each")
	return cmd
}

func newBankScoreCommand(c *console) *cobra.Command {
	argument := map[string]string{}
	var reference, model, consent, purpose string
	cmd := &cobra.Command{Use: "score DIR", Short: "Ask for a score and wait for it; the same reference again is the same request", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			argument["reference"], argument["model"], argument["consent"], argument["purpose"] = reference, model, consent, purpose
			return c.ask(cmd.Context(), args[0], "score", argument)
		}}
	cmd.Flags().StringVar(&reference, "reference", "", "the bank's own reference, such as a loan file's number")
	cmd.Flags().StringVar(&model, "model", "", "digest of the sealed model")
	cmd.Flags().StringVar(&consent, "consent", "", "key of the consent")
	cmd.Flags().StringVar(&purpose, "purpose", "pre-loan", "pre-loan, in-loan or post-loan")
	return cmd
}

// ask has a running daemon do something and prints what it gives.
func (c *console) ask(ctx context.Context, path, name string, argument any) error {
	var result any
	err := control.Call(ctx, path, name, argument, &result)
	var refused *control.RefusedError
	switch {
	case err == nil:
		return c.printJSON(result)
	case errors.As(err, &refused):
		return isFalse(err)
	}
	return &exitError{code: exitUnreachable, err: err}
}
