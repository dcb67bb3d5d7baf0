package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/ledger/api"
	"weir/ledger/api/server"
)

// authority certifies keys of tests.
type authority struct {
	folder      string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serial      int64
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{folder: t.TempDir()}
	a.certificate, a.key = a.issue(t, name, true)
	return a
}

// issue makes a certificate and writes it with its key to NAME.pem and NAME.key.
func (a *authority) issue(t *testing.T, name string, isCA bool) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	a.serial++
	template := &x509.Certificate{SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: isCA, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	parent, signer := template, key
	if !isCA {
		parent, signer = a.certificate, a.key
	}
	der := must(x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer))(t)
	a.write(t, name+".pem", "CERTIFICATE", der)
	a.write(t, name+".key", "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))(t))
	return must(x509.ParseCertificate(der))(t), key
}

func (a *authority) revoke(t *testing.T, c *x509.Certificate) {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: c.SerialNumber, RevocationTime: time.Now()}}}
	a.write(t, "crl.pem", "X509 CRL", must(x509.CreateRevocationList(rand.Reader, list, a.certificate, a.key))(t))
}

func (a *authority) write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (a *authority) path(name string) string { return filepath.Join(a.folder, name) }

func must[T any](value T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// run runs a server until the test ends, and gives its addresses.
func (w *world) run(t testing.TB, listen server.Listen) (address, metrics string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := server.New(w.node, w.mail, server.Options{Halted: w.sequencer.Halted()})
	where, ended := make(chan [2]net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- s.Run(ctx, listen, func(api, metrics net.Addr) { where <- [2]net.Addr{api, metrics} })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	select {
	case a := <-where:
		if a[1] != nil {
			metrics = a[1].String()
		}
		return a[0].String(), metrics
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
		return "", ""
	}
}

// A26: a peer without a certificate, with one of a stranger's, or with a revoked one gets nothing.
func TestMutualTLS(t *testing.T) {
	ours, strangers := newAuthority(t, "ours"), newAuthority(t, "strangers")
	ours.issue(t, "server", false)
	ours.issue(t, "bank", false)
	revoked, _ := ours.issue(t, "revoked", false)
	strangers.issue(t, "mallory", false)
	ours.revoke(t, revoked)
	w := newWorld(t)
	address, metrics := w.run(t, server.Listen{Address: "127.0.0.1:0", Metrics: "127.0.0.1:0", Certificate: ours.path("server.pem"),
		Key: ours.path("server.key"), ClientCAs: ours.path("ours.pem"), Revoked: ours.path("crl.pem")})
	ask := func(files api.TLSFiles) error {
		config, err := files.Config()
		if err != nil {
			t.Fatal(err)
		}
		c := dialWith(t, "https://"+address, api.ClientOptions{Chain: "test", TLS: config, Patience: time.Millisecond})
		_, err = c.Status(t.Context())
		return err
	}
	if err := ask(api.TLSFiles{Authorities: ours.path("ours.pem"), Certificate: ours.path("bank.pem"), Key: ours.path("bank.key")}); err != nil {
		t.Errorf("a member: %v", err)
	}
	for name, files := range map[string]api.TLSFiles{
		"no certificate":     {Authorities: ours.path("ours.pem")},
		"a stranger's":       {Authorities: ours.path("ours.pem"), Certificate: strangers.path("mallory.pem"), Key: strangers.path("mallory.key")},
		"a revoked one":      {Authorities: ours.path("ours.pem"), Certificate: ours.path("revoked.pem"), Key: ours.path("revoked.key")},
		"another authority":  {Authorities: strangers.path("strangers.pem"), Certificate: ours.path("bank.pem"), Key: ours.path("bank.key")},
		"the system's roots": {Certificate: ours.path("bank.pem"), Key: ours.path("bank.key")},
	} {
		if err := ask(files); !errors.Is(err, api.ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	text := string(must(io.ReadAll(must(http.Get("http://" + metrics))(t).Body))(t))
	if !strings.Contains(text, `weir_api_requests_total{operation="GET /v1/status",status="200"} 1`) || !strings.Contains(text, "weir_ledger_height 0") {
		t.Errorf("metrics: %s", text)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	ours := newAuthority(t, "ours")
	ours.issue(t, "server", false)
	address, _ := newWorld(t).run(t, server.Listen{Address: "127.0.0.1:0", Certificate: ours.path("server.pem"), Key: ours.path("server.key")})
	pool := x509.NewCertPool()
	pool.AddCert(ours.certificate)
	if c, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12}); err == nil {
		c.Close()
		t.Error("TLS 1.2 is spoken")
	}
}

func TestPlainOnlyOnLoopback(t *testing.T) {
	w := newWorld(t)
	for name, listen := range map[string]server.Listen{
		"API":     {Address: "0.0.0.0:0"},
		"metrics": {Address: "127.0.0.1:0", Metrics: "0.0.0.0:0"},
		"no key":  {Address: "127.0.0.1:0", Certificate: "none.pem"},
	} {
		if err := server.New(w.node, w.mail, server.Options{}).Run(t.Context(), listen, nil); err == nil {
			t.Errorf("%s: served", name)
		}
	}
}
