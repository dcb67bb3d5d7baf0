package guard

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Files are a server's certificate and whom it lets in. They are read again when one of them changed, so that a renewed
// certificate or a new revocation list counts without a restart.
type Files struct {
	Certificate string // PEM
	Key         string // PEM
	ClientCAs   string // PEM of those who certify clients; empty: clients need no certificate
	Revoked     string // PEM of the revocation lists that those signed; empty: none

	mu     sync.Mutex
	loaded *tls.Config
	stamps [4]time.Time
	asked  time.Time
}

// Config is the server's, for TLS 1.3. The files must be good now; later, bad ones leave the last good ones in force.
func (f *Files) Config() (*tls.Config, error) {
	first, err := f.load()
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	f.loaded, f.stamps = first, f.changed()
	return &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.current(), nil }}, nil
}

// current looks at the files at most once a second.
func (f *Files) current() *tls.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.asked) < time.Second {
		return f.loaded
	}
	f.asked = time.Now()
	if stamps := f.changed(); stamps != f.stamps {
		if next, err := f.load(); err == nil {
			f.loaded, f.stamps = next, stamps
		}
	}
	return f.loaded
}

func (f *Files) changed() (stamps [4]time.Time) {
	for i, path := range []string{f.Certificate, f.Key, f.ClientCAs, f.Revoked} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = info.ModTime()
		}
	}
	return stamps
}

func (f *Files) load() (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{certificate}}
	if f.ClientCAs == "" {
		return config, nil
	}
	authorities, err := certificates(f.ClientCAs)
	if err != nil {
		return nil, err
	}
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	for _, a := range authorities {
		config.ClientCAs.AddCert(a)
	}
	revoked, err := revocations(f.Revoked, authorities)
	if err != nil {
		return nil, err
	}
	config.VerifyConnection = func(c tls.ConnectionState) error {
		for _, chain := range c.VerifiedChains {
			for _, certificate := range chain {
				if revoked[serial(certificate.RawIssuer, certificate.SerialNumber.Bytes())] {
					return errors.New("client certificate is revoked")
				}
			}
		}
		return nil
	}
	return config, nil
}

func serial(issuer, number []byte) string { return string(issuer) + "\x00" + string(number) }

func certificates(path string) (list []*x509.Certificate, err error) {
	err = blocks(path, "CERTIFICATE", func(b []byte) error {
		c, err := x509.ParseCertificate(b)
		list = append(list, c)
		return err
	})
	return list, err
}

// revocations are the serials of the lists in a file, each of which one of the authorities must have signed.
func revocations(path string, authorities []*x509.Certificate) (map[string]bool, error) {
	revoked := map[string]bool{}
	if path == "" {
		return revoked, nil
	}
	err := blocks(path, "X509 CRL", func(b []byte) error {
		list, err := x509.ParseRevocationList(b)
		if err != nil {
			return err
		}
		for _, a := range authorities {
			if list.CheckSignatureFrom(a) != nil {
				continue
			}
			for _, entry := range list.RevokedCertificateEntries {
				revoked[serial(list.RawIssuer, entry.SerialNumber.Bytes())] = true
			}
			return nil
		}
		return errors.New("a revocation list that none of the client CAs signed")
	})
	return revoked, err
}

// blocks gives the PEM blocks of a file, of which there must be one, all of one type.
func blocks(path, kind string, take func([]byte) error) error {
	rest, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil && n > 0 {
			return nil
		}
		if b == nil || b.Type != kind {
			return fmt.Errorf("%s: block %d is no PEM of a %s", path, n+1, kind)
		}
		if err := take(b.Bytes); err != nil {
			return fmt.Errorf("%s: block %d: %w", path, n+1, err)
		}
	}
}
