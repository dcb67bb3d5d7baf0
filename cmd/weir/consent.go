package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/consent"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/vault"
)

func newInitWalletCommand(c *console) *cobra.Command {
	var subject, kind string
	cmd := &cobra.Command{Use: "wallet DIR", Short: "An enterprise's wallet: its long-term key, encrypted", Args: cobra.ExactArgs(1),
		Long: `Makes an enterprise's wallet: its long-term key and, later, its certificate and consents, encrypted in the folder. The
public half is printed: bring it to the registrar, together with whatever proves that you act for the enterprise.
A wallet is no member of the consortium and has no member.json.`,
		Example: "  weir init wallet acme --subject 91990001MA8979481E",
		RunE: func(_ *cobra.Command, args []string) error {
			id, err := engine.ParseIdentifier(engine.SubjectKind(kind), subject)
			if err != nil {
				return badInput(fmt.Errorf("--subject: %w", err))
			}
			key, err := makeWallet(args[0], id)
			if err != nil {
				return badInput(err)
			}
			if c.json {
				return c.printJSON(map[string]engine.Digest{"key": engine.Digest(key)})
			}
			c.say("wallet: key %s\nShow this key to the registrar; put the consortium's %s into %s, then: weir consent enrol %s",
				engine.Digest(key), folder.ConsortiumFile, args[0], args[0])
			return nil
		}}
	cmd.Flags().StringVar(&subject, "subject", "", "the enterprise's code")
	cmd.Flags().StringVar(&kind, "kind", string(engine.USCC), "how the code is read: uscc or opaque")
	return cmd
}

func makeWallet(path string, id engine.Identifier) (consent.Key, error) {
	if err := folder.InitClient(path, folder.ClientExample("")); err != nil {
		return consent.Key{}, err
	}
	memory, err := vault.Open(filepath.Join(path, "memory"))
	if err != nil {
		return consent.Key{}, err
	}
	key, err := authority.MakeWallet(memory, id, rand.Reader)
	return key, errors.Join(err, memory.Close())
}

func newConsentCommand(c *console) *cobra.Command {
	w := &client{console: c}
	root := w.flags(&cobra.Command{Use: "consent", Short: "An enterprise's consents: enrol, give, list, revoke, see who asked and who declined", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }})
	for _, sub := range []struct {
		name, short string
		run         func(context.Context, *joined, *authority.Wallet) error
	}{
		{"enrol", "Obtain the registrar's certificate for the wallet's key, or a new one shortly before it ends", w.enrol},
		{"list", "List the consents: uses left, revoked, expired, as the ledger says", w.list},
		{"asked", "List who asked for scores under the wallet's consents, and how each request ended", w.asked},
		{"refusals", "List who declined to answer under the wallet's consents, and why", w.refusals},
	} {
		root.AddCommand(&cobra.Command{Use: sub.name + " DIR", Short: sub.short, Args: cobra.ExactArgs(1), RunE: w.onWallet(sub.run)})
	}
	root.AddCommand(newGiveCommand(w),
		&cobra.Command{Use: "resume DIR [KEY…]", Short: "Finish what a crash or an absent receiver left open; send the evidence of the named consents to everybody again",
			Args: cobra.MinimumNArgs(1), RunE: w.onConsents(w.resume)},
		&cobra.Command{Use: "revoke DIR KEY…", Short: "Take consents back: public and final", Args: cobra.MinimumNArgs(2), RunE: w.onConsents(w.revoke)})
	return root
}

// onWallet opens the wallet in the folder that the first argument names, and finishes its work.
func (c *client) onWallet(do func(context.Context, *joined, *authority.Wallet) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return c.join(args[0], func(j *joined) error {
			w, err := authority.NewWallet(authority.WalletConfig{Genesis: j.Members, Random: rand.Reader, Ledger: j.Members.Ledger(), Mail: j.Client, Memory: j.memory})
			if err != nil {
				return err
			}
			return do(cmd.Context(), j, w)
		})
	}
}

// onConsents is onWallet for a command whose further arguments are consent keys.
func (c *client) onConsents(do func(context.Context, *authority.Wallet, []consent.Key) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		var keys []consent.Key
		for _, text := range args[1:] {
			key, err := engine.ParseDigest(text)
			if err != nil {
				return badInput(fmt.Errorf("consent key: %w", err))
			}
			keys = append(keys, consent.Key(key))
		}
		return c.onWallet(func(ctx context.Context, _ *joined, w *authority.Wallet) error { return do(ctx, w, keys) })(cmd, args)
	}
}

func (c *client) enrol(ctx context.Context, _ *joined, w *authority.Wallet) error {
	if err := w.Enrol(ctx, time.Now()); err != nil {
		if errors.Is(err, message.ErrNotFound) {
			return &exitError{code: exitUnreachable, err: fmt.Errorf("%w: the registrar has not been seen at this node yet", err)}
		}
		return err
	}
	_, to := w.Certified()
	if c.json {
		return c.printJSON(map[string]any{"key": engine.Digest(w.Key()), "until": to})
	}
	c.say("enrolled: the certificate is valid until %s", dateOf(to))
	return nil
}

func (c *client) resume(ctx context.Context, w *authority.Wallet, again []consent.Key) error {
	n, err := w.Resume(ctx, again, time.Now())
	if err != nil {
		return incomplete(err)
	}
	if c.json {
		return c.printJSON(map[string]int{"finished": n})
	}
	c.say("%d finished", n)
	return nil
}

// incomplete is an error of letters that could not all be sent: the receiver has no key for the month, so it was not there.
func incomplete(err error) error {
	if errors.Is(err, message.ErrNotFound) {
		return &exitError{code: exitUnreachable, err: err}
	}
	return err
}

func (c *client) revoke(ctx context.Context, w *authority.Wallet, keys []consent.Key) error {
	revoked := []engine.Digest{}
	for _, key := range keys {
		if err := w.Revoke(ctx, key); err != nil {
			return fmt.Errorf("%s: %w", engine.Digest(key).Short(), err)
		}
		revoked = append(revoked, engine.Digest(key))
		if !c.json {
			c.say("revoked %s", engine.Digest(key))
		}
	}
	if c.json {
		return c.printJSON(map[string]any{"revoked": revoked})
	}
	return nil
}
