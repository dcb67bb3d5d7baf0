package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

func TestConfigRefuses(t *testing.T) {
	good := Config{Driver: "sqlite", DSN: "x", Query: "select 1", Timeout: time.Second}
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"driver":     {func(c *Config) { c.Driver = "oracle" }, "database: driver \"oracle\", want postgres, mysql or sqlite"},
		"no DSN":     {func(c *Config) { c.DSN = "" }, "database: a DSN of 0 bytes, want 1 to 4096"},
		"a long DSN": {func(c *Config) { c.DSN = DSN(strings.Repeat(canary, 1000)) }, "database: a DSN of 6000 bytes, want 1 to 4096"},
		"no query":   {func(c *Config) { c.Query = "" }, "database: a query of 0 bytes, want 1 to 65536"},
		"no timeout": {func(c *Config) { c.Timeout = 0 }, "database: no timeout, want one such as 5m"},
	} {
		bad := good
		c.change(&bad)
		if err := bad.Check(); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Records go to another machine under TLS with a checked certificate, or not at all.
func TestPlainConnectionsAreRefused(t *testing.T) {
	for dsn, allowed := range map[string]bool{
		"postgres://u:CANARY@db.example/x":                         false, // the driver's default falls back to none
		"postgres://u:CANARY@db.example/x?sslmode=disable":         false,
		"postgres://u:CANARY@db.example/x?sslmode=require":         false,
		"postgres://u:CANARY@db.example/x?sslmode=verify-full":     true,
		"postgres://u:CANARY@127.0.0.1,db.example/x?sslmode=allow": false,
		"postgres://u:CANARY@127.0.0.1/x":                          true,
		"host=/run/postgresql user=u password=CANARY":              true,
		"u:CANARY@tcp(db.example:3306)/x":                          false,
		"u:CANARY@tcp(db.example:3306)/x?tls=skip-verify":          false,
		"u:CANARY@tcp(db.example:3306)/x?tls=preferred":            false,
		"u:CANARY@tcp(db.example:3306)/x?tls=true":                 true,
		"u:CANARY@unix(/run/mysqld.sock)/x":                        true,
		"u:CANARY@tcp([::1]:3306)/x":                               true,
	} {
		open := openMySQL
		if strings.Contains(dsn, "host=") || strings.HasPrefix(dsn, "postgres") {
			open = openPostgres
		}
		db, err := open(&Config{DSN: DSN(dsn)})
		if (err == nil) != allowed || err != nil && (!errors.Is(err, errPlain) || strings.Contains(err.Error(), canary)) {
			t.Errorf("%s: %v", dsn, err)
		}
		if db != nil {
			db.Close()
		}
	}
}

func TestErrorsHoldNoDSN(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	gone := "connecting to the database: the database cannot be reached: connection refused"
	c := Config{Query: "select 1"}
	for dsn, want := range map[string]string{
		"postgres://u:CANARY@" + address + "/x?sslmode=disable": gone,
		"u:CANARY@tcp(" + address + ")/x":                       gone,
		"postgres://u:CANARY@%zz/CANARY":                        "database: the DSN is no PostgreSQL connection string, or a file that it names cannot be read (postgres://user:password@host/name?sslmode=verify-full)",
		"u:CANARY":                                              "database: the DSN is none of MySQL (user:password@tcp(host:3306)/name?tls=true)",
	} {
		c.Driver, c.DSN = "mysql", DSN(dsn)
		if strings.HasPrefix(dsn, "postgres") {
			c.Driver = "postgres"
		}
		checkRefused(t, c, want)
		_, _, err := Read(context.Background(), Config{Driver: c.Driver, DSN: c.DSN, Query: c.Query, Timeout: time.Minute}, parseSchema(t))
		if errors.Is(err, ErrUnreachable) != (want == gone) {
			t.Errorf("%s: %v", dsn, err)
		}
	}
	if text := fmt.Sprintf("%v %s %q %+v", c, c.DSN, c.DSN, &c); strings.Contains(text, canary) {
		t.Errorf("a printed configuration: %s", text)
	}
}
