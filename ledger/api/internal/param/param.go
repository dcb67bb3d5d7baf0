// Package param is the parameters that several operations of the API take, as its library reads and describes them.
package param

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"weir/engine"
	"weir/ledger/api/internal/wire"
)

// Digest is a digest in a path.
type Digest struct {
	Digest string `path:"digest" pattern:"^[0-9a-f]{64}$" doc:"64 lower-case hexadecimal digits"`
}

// Parse reads it.
func (d Digest) Parse() (engine.Digest, error) {
	parsed, err := engine.ParseDigest(d.Digest)
	if err != nil {
		return parsed, refuse(err.Error())
	}
	return parsed, nil
}

// Wait says how long to wait for a result.
type Wait struct {
	Wait int64 `query:"wait" minimum:"0" maximum:"20000" doc:"milliseconds to wait for the result"`
}

// Bound limits a context to it, or to standard where it was not said.
func (w Wait) Bound(ctx context.Context, standard time.Duration) (context.Context, context.CancelFunc) {
	wait := time.Duration(w.Wait) * time.Millisecond
	if wait == 0 {
		wait = standard
	}
	return context.WithTimeout(ctx, wait)
}

// Over says which checkpoint is new to whoever asks, and how long to wait for it.
type Over struct {
	Wait
	Over uint64 `query:"over" doc:"headers under the checkpoint that is known; wait for one over more"`
}

// Address is a mailbox's address in a path.
type Address struct {
	Address string `path:"address" maxLength:"129" doc:"a member's name, holder/source, or key: and 64 hexadecimal digits"`
}

// Resume says where a stream begins.
type Resume struct {
	From        uint64 `query:"from" doc:"number of the first event"`
	LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"number of the last event seen; it goes before from"`
}

// First is the number of the first event wanted, given the lowest that there is.
func (r Resume) First(lowest uint64) (uint64, error) {
	if r.LastEventID == "" {
		return max(r.From, lowest), nil
	}
	last, err := strconv.ParseUint(r.LastEventID, 10, 64)
	if err != nil || last+1 == 0 {
		return 0, refuse("Last-Event-ID is not the number of an event")
	}
	return max(last+1, lowest), nil
}

func refuse(detail string) error {
	return wire.NewProblem(http.StatusBadRequest, wire.CodeRequest, detail)
}
