// Package database reads a source's records from PostgreSQL, MySQL or SQLite by one query, under the rules of records.csv
// (formats, "A source in a database"). It is for a holder's agent.
//
// It reads one consistent state in a transaction that cannot write, row by row, and gives the database nothing. A
// connection beyond this machine is TLS with a checked certificate. What a driver says may hold the DSN or a value: it is
// never passed on, only what kind of error it was.
package database

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/engine/record"
	"weir/engine/schema"
)

// Config says where the records are.
type Config struct {
	Driver  string         // "postgres", "mysql" or "sqlite"
	DSN     DSN            // as the driver reads it; for SQLite the path of the file
	Query   string         // one statement that gives "subject" and the schema's features, in any order
	Timeout time.Duration  // for all of it
	Roots   *x509.CertPool // who certifies the server; nil: whom the system or the DSN trusts
}

// DSN is a data source's name, which holds a password.
type DSN string

// Format keeps the password out of every log line.
func (DSN) Format(f fmt.State, _ rune) { io.WriteString(f, "[DSN]") }

// Limits of a configuration, in bytes.
const (
	MaxDSN   = 4 << 10
	MaxQuery = 64 << 10
)

// Name is what defects give as their file.
const Name = "database"

// driver is what differs between databases.
type driver struct {
	// open prepares a pool of connections and makes none.
	open func(*Config) (*sql.DB, error)
	// options begin a transaction in which nothing is written and all is of one state.
	options *sql.TxOptions
	// types are the names of the column types that cells are read from; nil: each cell has its own.
	types map[string]bool
}

var drivers = map[string]driver{
	"postgres": {openPostgres, snapshot, postgresTypes},
	"mysql":    {openMySQL, snapshot, mysqlTypes},
	"sqlite":   {openSQLite, nil, nil}, // the file is opened for reading alone, and a transaction is a snapshot
}

var snapshot = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}

// Check tells whether a configuration can be used, without connecting.
func (c *Config) Check() error {
	_, known := drivers[c.Driver]
	switch {
	case !known:
		return fmt.Errorf("database: driver %q, want postgres, mysql or sqlite", c.Driver)
	case c.DSN == "" || len(c.DSN) > MaxDSN:
		return fmt.Errorf("database: a DSN of %d bytes, want 1 to %d", len(c.DSN), MaxDSN)
	case c.Query == "" || len(c.Query) > MaxQuery:
		return fmt.Errorf("database: a query of %d bytes, want 1 to %d", len(c.Query), MaxQuery)
	case c.Timeout <= 0:
		return errors.New("database: no timeout, want one such as 5m")
	}
	return nil
}

// Read reads all records. It reports as record.ReadTable does; besides, the error wraps ErrUnreachable if there is no
// connection to the database.
func Read(ctx context.Context, c Config, s *schema.Schema) (records *record.Records, report *record.Report, err error) {
	nothing := &record.Report{}
	defer func() { // drivers index into packets that they have not measured; before TLS, anybody may have written them
		if recover() != nil {
			records, report, err = nil, nothing, errGarbled
		}
	}()
	if err := c.Check(); err != nil {
		return nil, nothing, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	d := drivers[c.Driver]
	db, err := d.open(&c)
	if err != nil {
		return nil, nothing, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, d.options)
	if err != nil {
		return nil, nothing, withhold(ctx, "connecting to the database", err)
	}
	defer tx.Rollback()
	rows, err := query(ctx, tx, c.Query)
	if err != nil {
		return nil, nothing, withhold(ctx, "asking the database", err)
	}
	defer rows.Close()
	t, err := newTable(rows, d.types)
	if err != nil {
		return nil, nothing, withhold(ctx, "asking the database", err)
	}
	return record.ReadTable(ctx, t, s, Name)
}

// errGarbled is for an answer on which a driver panicked.
var errGarbled = errors.New("reading from the database: it answered what is not its protocol")

// query prepares the statement, so that it is one alone and values come in their own types.
func query(ctx context.Context, tx *sql.Tx, text string) (*sql.Rows, error) {
	statement, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx)
}
