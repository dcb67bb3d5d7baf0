// Package control is how a person speaks to a daemon of their own on the same machine: requests in JSON over a socket in the
// daemon's folder, which only its owner can open. It is for the commands of agents and banks.
//
// It has no network side and no password: whoever can open the socket can read the folder's keys as well.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Socket is the name of the socket in a daemon's folder.
const Socket = "control.sock"

// maxBody bounds a request and an answer, in bytes.
const maxBody = 4 << 20

// ErrNotRunning is returned when no daemon of the folder answers.
var ErrNotRunning = errors.New("no daemon runs in this folder")

// RefusedError is what a daemon answered instead of doing what it was asked.
type RefusedError struct{ Reason string }

// Error is the reason.
func (e *RefusedError) Error() string { return e.Reason }

// Command is what a daemon does when it is asked; the argument and what it gives are JSON.
type Command func(ctx context.Context, argument json.RawMessage) (any, error)

// Serve answers commands by name on the folder's socket, until ctx ends.
func Serve(ctx context.Context, folder string, commands map[string]Command) error {
	return ServeOn(ctx, folder, Socket, commands)
}

// ServeOn is Serve on a socket of another name, for those who may do less than the operator.
func ServeOn(ctx context.Context, folder, socket string, commands map[string]Command) error {
	listener, err := listen(filepath.Join(folder, socket))
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	mux := http.NewServeMux()
	for name, command := range commands {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) { answer(w, r, command) })
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	stopped := context.AfterFunc(ctx, func() { server.Close() })
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control socket: %w", err)
	}
	return nil
}

// listen opens the socket. One that a killed daemon left behind is removed; one that answers is another daemon's.
func listen(path string) (net.Listener, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return nil, fmt.Errorf("%s: another daemon answers", path)
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	return net.Listen("unix", path)
}

type failure struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, r *http.Request, command Command) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var result any
	if err == nil {
		result, err = command(r.Context(), body)
	}
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusConflict)
		result = failure{err.Error()}
	}
	json.NewEncoder(w).Encode(result)
}

// Call has the daemon of a folder do something and reads what it gives into result, which may be nil. Errors are
// ErrNotRunning, a *RefusedError, or those of ctx.
func Call(ctx context.Context, folder, name string, argument, result any) error {
	return CallOn(ctx, folder, Socket, name, argument, result)
}

// CallOn is Call on a socket of another name.
func CallOn(ctx context.Context, folder, socket, name string, argument, result any) error {
	body, err := json.Marshal(argument)
	if err != nil {
		return err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(folder, socket))
	}
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://daemon/"+name, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %s", ErrNotRunning, folder)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return fmt.Errorf("%w: it went away: %w", ErrNotRunning, err)
	}
	if response.StatusCode == http.StatusOK {
		if result == nil {
			return nil
		}
		return json.Unmarshal(text, result)
	}
	var f failure
	if json.Unmarshal(text, &f) != nil || f.Error == "" {
		f.Error = "the daemon does not know the command " + name
	}
	return &RefusedError{f.Error}
}
