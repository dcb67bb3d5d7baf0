package api

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// TLSFiles are whom a client trusts, and its own certificate.
type TLSFiles struct {
	Authorities string // PEM file of those who certify nodes; empty: the system's roots
	Certificate string // PEM file of the client's certificate; empty: none
	Key         string // PEM file of its key
}

// Config is a client's, for TLS 1.3.
func (f TLSFiles) Config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	if f.Authorities != "" {
		b, err := os.ReadFile(f.Authorities)
		if err != nil {
			return nil, fmt.Errorf("TLS: authorities: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(b) {
			return nil, fmt.Errorf("TLS: authorities: no certificate in %s", f.Authorities)
		}
	}
	if f.Certificate != "" {
		certificate, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
		if err != nil {
			return nil, fmt.Errorf("TLS: client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}
