package database

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// ErrUnreachable is wrapped where there is no connection to the database, or no longer.
var ErrUnreachable = errors.New("the database cannot be reached")

// withhold replaces a driver's error, whose text may repeat the DSN or a value, by what kind it was.
func withhold(ctx context.Context, doing string, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w: not done within database.timeout", doing, context.DeadlineExceeded)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	if said := answered(err); said != "" {
		return fmt.Errorf("%s: %s (its message is withheld, it may hold values)", doing, said)
	}
	if why := unreachable(err); why != "" {
		return fmt.Errorf("%s: %w: %s", doing, ErrUnreachable, why)
	}
	return fmt.Errorf("%s: the driver failed (its message is withheld, it may hold values)", doing)
}

// answered is what a database said, as a code of its own; "" if the error is not its answer.
func answered(err error) string {
	var postgres *pgconn.PgError
	var my *mysql.MySQLError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &postgres):
		return "SQLSTATE " + postgres.Code + explained(states[postgres.Code])
	case errors.As(err, &my):
		return fmt.Sprintf("MySQL error %d%s", my.Number, explained(numbers[my.Number]))
	case errors.As(err, &lite):
		return fmt.Sprintf("SQLite result %d%s", lite.Code(), explained(results[lite.Code()&0xff]))
	}
	return ""
}

func explained(meaning string) string {
	if meaning == "" {
		return ""
	}
	return ", " + meaning
}

const (
	refused   = "user or password refused"
	forbidden = "this user may not read it"
	noTable   = "no such table"
	noColumn  = "no such column"
	syntax    = "the query is not well formed, or is more than one statement"
	noWriting = "it would write"
	noSuch    = "no such database"
)

// What codes mean that a new configuration is likely to meet.
var (
	states = map[string]string{"28P01": refused, "28000": refused, "42501": forbidden, "42P01": noTable, "42703": noColumn,
		"42601": syntax, "25006": noWriting, "3D000": noSuch}
	numbers = map[uint16]string{1045: refused, 1044: forbidden, 1142: forbidden, 1146: noTable, 1054: noColumn, 1064: syntax,
		1792: noWriting, 1049: noSuch}
	results = map[int]string{1: "the query is not well formed, or names what is not there", 5: "the file is locked", 8: noWriting,
		11: "the file is damaged", 14: "the file cannot be opened", 26: "the file is no SQLite database"}
)

// unreachable says why there is no connection, without an address; "" if the error is of another kind.
func unreachable(err error) string {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name *net.DNSError
	var errno syscall.Errno
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &certificate) || errors.As(err, &authority):
		return "its certificate does not verify"
	case errors.As(err, &name):
		return "its name is not known"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &network) && network.Timeout():
		return "it does not answer"
	case errors.As(err, &connect) || errors.Is(err, mysql.ErrInvalidConn):
		return "the connection was not made or broke; does it speak TLS?"
	}
	return ""
}
