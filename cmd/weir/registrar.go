package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/authority/registrard"
	"weir/engine/member/control"
)

func newRegistrarCommand(c *console) *cobra.Command {
	d := &daemon{console: c}
	root := d.flags(&cobra.Command{Use: "registrar DIR", Short: "Run the registrar, or speak to the one that runs", Args: cobra.ExactArgs(1),
		Long: `Runs the registrar: it certifies the keys of enterprises that its operator has identified, and tells every agent and bank
what was revoked and which keys changed. The other commands speak to the one that runs.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			config := registrard.Defaults()
			return d.run(cmd.Context(), args[0], &config, func(log *slog.Logger) error {
				return registrard.Run(cmd.Context(), args[0], &config, log)
			})
		}})
	root.AddCommand(newIdentifyCommand(c), newRevokeEnterpriseCommand(c), newEnterprisesCommand(c),
		&cobra.Command{Use: "applications DIR", Args: cobra.ExactArgs(1),
			Short: "Print the newest applications that were refused because their key was not identified: they prove nothing",
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.ask(cmd.Context(), args[0], "applications", struct{}{})
			}})
	return root
}

// identification is what `weir registrar identify` was given.
type identification struct {
	*console
	kind, key, file string
	open            bool
}

func newIdentifyCommand(c *console) *cobra.Command {
	i := &identification{console: c}
	cmd := &cobra.Command{Use: "identify DIR [CODE]", Short: "Say which key is which enterprise's: only an identified key is certified", Args: cobra.RangeArgs(1, 2),
		Long: `Says that the owner of a key is an enterprise, as you established it by your own means: it showed you its papers and
the key that "weir init wallet" printed. Whoever else applies for that code is refused. With --subjects, a CSV file
with the columns subject and key identifies many. --first-key certifies whoever applies first for the code: somebody
else can be faster, so use it only where nobody else can reach the node.`,
		Example: `  weir registrar identify registrar 91990001MA8979481E --key 5d2f…
  weir registrar identify registrar --subjects identified.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := i.list(args[1:])
			if err != nil {
				return badInput(err)
			}
			return i.identify(cmd.Context(), args[0], list)
		}}
	cmd.Flags().StringVar(&i.kind, "kind", string(engine.USCC), "how the code is read: uscc or opaque")
	cmd.Flags().StringVar(&i.key, "key", "", "the enterprise's long-term key, as it showed it to you")
	cmd.Flags().StringVar(&i.file, "subjects", "", "CSV with columns `subject` and key")
	cmd.Flags().BoolVar(&i.open, "first-key", false, "certify whoever applies first")
	return cmd
}

// list is whom the flags and the argument name.
func (i *identification) list(codes []string) ([]registrard.Enterprise, error) {
	switch {
	case (len(codes) == 1) == (i.file != ""):
		return nil, errors.New("name one enterprise, or a file with --subjects")
	case i.file != "" && i.key != "":
		return nil, errors.New("--key and --subjects contradict each other: the file has a column key")
	case i.file == "" && (i.key == "") != i.open:
		return nil, errors.New("want --key, as the enterprise showed it to you, or --first-key")
	case i.file == "":
		e, err := i.enterprise(codes[0], i.key)
		return []registrard.Enterprise{e}, err
	}
	columns := []string{"subject", "key"}
	if i.open {
		columns = columns[:1]
	}
	var list []registrard.Enterprise
	err := readTable(i.file, columns, func(_ int, cells []string) error {
		e, err := i.enterprise(cells[0], append(cells, "")[1])
		list = append(list, e)
		return err
	})
	return list, err
}

func (i *identification) enterprise(code, key string) (registrard.Enterprise, error) {
	e := registrard.Enterprise{Kind: engine.SubjectKind(i.kind), Subject: code, Open: i.open}
	if _, err := engine.ParseIdentifier(e.Kind, code); err != nil {
		return e, err
	}
	if i.open {
		return e, nil
	}
	digest, err := engine.ParseDigest(key)
	if err != nil {
		return e, errors.New("key: want 64 lower-case hexadecimal digits, as weir init wallet prints them")
	}
	e.Key = &digest
	return e, nil
}

// identify tells the daemon, part by part: each part is taken as a whole or not at all.
func (i *identification) identify(ctx context.Context, path string, list []registrard.Enterprise) error {
	total := registrard.Identified{}
	for len(list) > 0 {
		part := list[:min(len(list), registrard.MaxIdentified)]
		var done registrard.Identified
		if err := i.call(ctx, path, "identify", registrard.IdentifyArgument{Enterprises: part}, &done); err != nil {
			if total.Identified > 0 {
				i.warn("the first %d are identified", total.Identified)
			}
			return err
		}
		total.Identified += done.Identified
		list = list[len(part):]
	}
	if i.json {
		return i.printJSON(total)
	}
	i.say("%d identified", total.Identified)
	return nil
}

func newRevokeEnterpriseCommand(c *console) *cobra.Command {
	var kind string
	cmd := &cobra.Command{Use: "revoke DIR CODE", Short: "Withdraw an enterprise's certificates: its key was lost, or is not its own", Args: cobra.ExactArgs(2),
		Long: `Withdraws every certificate of an enterprise, forgets that it was identified, and tells every agent and bank. Consents
that it gave under them are declined from then on. It may come with another key: identify that one, and once it is
enrolled the agents are told of the change.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			e := registrard.Enterprise{Kind: engine.SubjectKind(kind), Subject: args[1]}
			if _, err := engine.ParseIdentifier(e.Kind, e.Subject); err != nil {
				return badInput(err)
			}
			var revoked registrard.Revoked
			if err := c.call(cmd.Context(), args[0], "revoke", e, &revoked); err != nil {
				return err
			}
			if c.json {
				return c.printJSON(revoked)
			}
			c.say("revoked; told %d of %d agents and banks, the others follow", revoked.Told, revoked.Of)
			return nil
		}}
	cmd.Flags().StringVar(&kind, "kind", string(engine.USCC), "how the code is read: uscc or opaque")
	return cmd
}

func newEnterprisesCommand(c *console) *cobra.Command {
	return &cobra.Command{Use: "list DIR", Short: "Print whom the registrar identified and certified, as CSV: it names enterprises, keep it secret", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list := registrard.List{Enterprises: []registrard.Listed{}}
			for {
				var part registrard.List
				if err := c.call(cmd.Context(), args[0], "list", registrard.ListArgument{After: len(list.Enterprises)}, &part); err != nil {
					return err
				}
				list.Enterprises, list.Total = append(list.Enterprises, part.Enterprises...), part.Total
				if len(part.Enterprises) == 0 || len(list.Enterprises) >= part.Total {
					break
				}
			}
			if c.json {
				return c.printJSON(list)
			}
			w := csv.NewWriter(c.stdout)
			w.Write([]string{"kind", "subject", "state", "key", "until", "changes"})
			for _, e := range list.Enterprises {
				w.Write([]string{string(e.Kind), e.Subject, e.State, textOf(e.Key, engine.Digest.String), textOf(e.Until, dateOf), fmt.Sprint(e.Changes)})
			}
			w.Flush()
			return w.Error()
		}}
}

// textOf is a value as text, empty where there is none.
func textOf[T any](value *T, text func(T) string) string {
	if value == nil {
		return ""
	}
	return text(*value)
}

// call has a running daemon do something and reads what it gives.
func (c *console) call(ctx context.Context, path, name string, argument, result any) error {
	err := control.Call(ctx, path, name, argument, result)
	var refused *control.RefusedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return isFalse(err)
	}
	return &exitError{code: exitUnreachable, err: err}
}
