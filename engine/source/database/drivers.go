package database

import (
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// maxMessage bounds what is held of an answer, in bytes: far more than a row of 33 cells of 64 KiB.
const maxMessage = 4 << 20

var postgresTypes = setOf("INT2", "INT4", "INT8", "NUMERIC", "FLOAT4", "FLOAT8", "TEXT", "VARCHAR", "BPCHAR", "BOOL")

var mysqlTypes = setOf("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "UNSIGNED TINYINT", "UNSIGNED SMALLINT",
	"UNSIGNED MEDIUMINT", "UNSIGNED INT", "UNSIGNED BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "CHAR", "VARCHAR", "ENUM",
	"TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "NULL")

func setOf(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

func openPostgres(c *Config) (*sql.DB, error) {
	config, err := pgx.ParseConfig(string(c.DSN))
	if err != nil {
		return nil, errors.New("database: the DSN is no PostgreSQL connection string, or a file that it names cannot be read (postgres://user:password@host/name?sslmode=verify-full)")
	}
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		f := pgproto3.NewFrontend(r, w)
		f.SetMaxBodyLen(maxMessage)
		return f
	}
	if c.Roots != nil {
		config.TLSConfig, config.Fallbacks = trusting(c, config.Host), nil
	}
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	for _, way := range ways {
		if !filepath.IsAbs(way.Host) && !loopback(way.Host) && !checked(way.TLSConfig) {
			return nil, fmt.Errorf("database: %w: add sslmode=verify-full to the DSN, or set database.ca", errPlain)
		}
	}
	return stdlib.OpenDB(*config), nil
}

var errPlain = errors.New("records would cross a network without TLS, or to a server whose certificate nobody checks")

// checked tells whether a TLS configuration verifies the server. PostgreSQL's verify-ca checks in a function of its own.
func checked(t *tls.Config) bool {
	return t != nil && (!t.InsecureSkipVerify || t.VerifyPeerCertificate != nil || t.VerifyConnection != nil)
}

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func trusting(c *Config, host string) *tls.Config {
	return &tls.Config{RootCAs: c.Roots, ServerName: host, MinVersion: tls.VersionTLS12}
}

func openMySQL(c *Config) (*sql.DB, error) {
	config, err := mysql.ParseDSN(string(c.DSN))
	if err != nil {
		return nil, errors.New("database: the DSN is none of MySQL (user:password@tcp(host:3306)/name?tls=true)")
	}
	host, _, err := net.SplitHostPort(config.Addr)
	if err != nil {
		host = config.Addr
	}
	if c.Roots != nil {
		config.TLS = trusting(c, host)
	}
	if config.Net != "unix" && !loopback(host) && (!checked(config.TLS) || config.AllowFallbackToPlaintext) {
		return nil, fmt.Errorf("database: %w: add tls=true to the DSN, or set database.ca", errPlain)
	}
	config.Logger = &mysql.NopLogger{}
	config.AllowAllFiles, config.MultiStatements, config.ParseTime, config.InterpolateParams = false, false, false, false
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, errors.New("database: the DSN has settings that MySQL's driver refuses")
	}
	return sql.OpenDB(connector), nil
}

func openSQLite(c *Config) (*sql.DB, error) {
	path := strings.TrimSpace(string(c.DSN))
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, errors.New("database: there is no such SQLite file, or it cannot be read: the DSN is its path")
	case !info.Mode().IsRegular():
		return nil, errors.New("database: the SQLite file is not a regular file")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, errors.New("database: the SQLite file's folder is unknown")
	}
	name := url.URL{Scheme: "file", Path: absolute,
		RawQuery: "mode=ro&_pragma=query_only(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)"}
	return sql.Open("sqlite", name.String())
}
