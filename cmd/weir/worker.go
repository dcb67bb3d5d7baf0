package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"weir/engine/holder/agentd"
)

func newWorkerCommand(c *console) *cobra.Command {
	d := &daemon{console: c}
	cmd := &cobra.Command{Use: "worker DIR", Short: "Prove for the agent that runs in a folder, beside it or on another machine", Args: cobra.ExactArgs(1),
		Long: `A worker takes proving jobs of the agent in DIR, over DIR/workers.sock, and gives it the proofs. The agent alone decides,
remembers and sends; it verifies each proof, and a job whose worker is gone goes to another one or to the agent itself. Start
as many as there are machines, and set the agent's "workers" to at least as many.

On another machine, DIR needs nothing but the forwarded socket:
  ssh -N -o StreamLocalBindUnlink=yes -L /run/weir/tax/workers.sock:/var/lib/weir-agent/tax/workers.sock agent-host
A JOB CONTAINS A RECORD: that machine, and whoever can open the socket there, sees records. The verifying and proving keys
are those of the machine's key cache, or of --registry.

Exit status: 0 ended by a signal, 1 the agent sent the worker away, 2 its keys are others or bad usage.`,
		Example: "  weir agent worker tax",
		RunE:    func(cmd *cobra.Command, args []string) error { return d.work(cmd.Context(), args[0]) }}
	cmd.Flags().StringVar(&d.level, "log-level", "info", "debug, info, warn or error")
	return cmd
}

func (d *daemon) work(ctx context.Context, path string) error {
	log, err := d.log()
	if err != nil {
		return badInput(err)
	}
	worker, err := d.loadWorker(ctx)
	if err != nil {
		return badInput(err)
	}
	err = agentd.Work(ctx, path, worker, log)
	switch {
	case ctx.Err() != nil:
		log.Info("stopped")
		return nil
	case errors.Is(err, agentd.ErrSentAway):
		return isFalse(err)
	}
	return badInput(err)
}
