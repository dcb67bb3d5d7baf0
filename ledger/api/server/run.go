package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/ledger/api/internal/guard"
)

// Listen is where a server listens, and to whom. Zero numbers mean the defaults.
type Listen struct {
	Address     string // host:port of the API
	Certificate string // PEM file of the server's certificate; none: no TLS
	Key         string // PEM file of its key
	ClientCAs   string // PEM file of those who certify clients; none: clients need no certificate
	Revoked     string // PEM file of those CAs' revocation lists; none: no certificate is revoked
	Plain       bool   // without TLS on an address that is not loopback: something before it must do TLS
	Metrics     string // host:port of the Prometheus metrics, loopback only; none: not served

	Connections      int           // open at a time; default 4,096
	ConnectionsOfOne int           // from one network address; default 256
	Shutdown         time.Duration // for what is under way when ctx ends; default 15 s
}

// Run serves until ctx ends; then streams end, what is under way is finished, and it returns nil. ready, if there is one, is
// told where it listens. Closing node and mailbox is the caller's, after Run.
func (s *Server) Run(ctx context.Context, listen Listen, ready func(api, metrics net.Addr)) error {
	api, err := listen.open()
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	s.serve(ctx, group, api, s, listen.Shutdown)
	var metrics net.Addr
	if listen.Metrics != "" {
		l, err := loopback(listen.Metrics)
		if err != nil {
			return errors.Join(fmt.Errorf("serve metrics: %w", err), api.Close())
		}
		metrics = l.Addr()
		s.serve(ctx, group, guard.Listen(l, 16, 16), s.metrics.Handler(), listen.Shutdown)
	}
	s.options.Log.Info("listening", "address", api.Addr().String(), "tls", listen.Certificate != "", "client_certificates", listen.ClientCAs != "")
	if ready != nil {
		ready(api.Addr(), metrics)
	}
	return group.Wait()
}

// open listens within the bounds on connections.
func (l *Listen) open() (net.Listener, error) {
	var config *tls.Config
	if l.Certificate != "" {
		var err error
		files := guard.Files{Certificate: l.Certificate, Key: l.Key, ClientCAs: l.ClientCAs, Revoked: l.Revoked}
		if config, err = files.Config(); err != nil {
			return nil, err
		}
	}
	listen := loopback
	if config != nil || l.Plain {
		listen = func(address string) (net.Listener, error) { return net.Listen("tcp", address) }
	}
	plain, err := listen(l.Address)
	if err != nil {
		return nil, err
	}
	bounded := guard.Listen(plain, orDefault(l.Connections, 4096), orDefault(l.ConnectionsOfOne, 256))
	if config == nil {
		return bounded, nil
	}
	return tls.NewListener(bounded, config), nil
}

// loopback listens where nobody else's machine reaches.
func loopback(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("%s is not loopback, and there is no certificate", address), l.Close())
	}
	return l, nil
}

// serve runs a handler on a listener until ctx ends.
func (s *Server) serve(ctx context.Context, group *errgroup.Group, l net.Listener, handler http.Handler, patience time.Duration) {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: 128, MaxReceiveBufferPerConnection: 1 << 20, MaxReceiveBufferPerStream: 512 << 10},
		ErrorLog: slog.NewLogLogger(s.options.Log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(s.Stop)
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		s.options.Log.Info("closing")
		ending, cancel := context.WithTimeout(context.Background(), orDefault(patience, 15*time.Second))
		defer cancel()
		if err := server.Shutdown(ending); err != nil {
			return errors.Join(fmt.Errorf("serve: requests were cut off: %w", err), server.Close())
		}
		return nil
	})
}

func orDefault[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}
