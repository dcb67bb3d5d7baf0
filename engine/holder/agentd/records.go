package agentd

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"weir/engine"
	"weir/engine/member/folder"
	"weir/engine/record"
	"weir/engine/source"
	"weir/engine/source/database"
)

// ReadRecords reads the records that an agent's configuration names, from its folder or its database. It reports as
// record.ReadFolder does; besides, the error wraps database.ErrUnreachable if there is no connection.
func ReadRecords(ctx context.Context, dir string, c *Config) (*record.Source, *record.Report, error) {
	party, err := engine.ParsePartyID(c.Party)
	if err != nil {
		return nil, &record.Report{}, fmt.Errorf("party: %w", err)
	}
	files, name := os.DirFS(folder.Within(dir, c.Records)), string(party.Source())
	if !c.Database.used() {
		return source.ReadFolder(ctx, files, name)
	}
	config, err := c.Database.open(dir)
	if err != nil {
		return nil, &record.Report{}, err
	}
	return readDatabase(ctx, files, name, config)
}

// readDatabase takes the schema from the folder and the records from the database.
func readDatabase(ctx context.Context, files fs.FS, name string, config database.Config) (*record.Source, *record.Report, error) {
	s, report, err := record.ReadSchema(files, name)
	if err != nil {
		return nil, report, err
	}
	for _, format := range source.Formats() {
		_, err := fs.Lstat(files, path.Join(name, format.File))
		if err == nil {
			return nil, report, fmt.Errorf("database.driver is set, and there is a %s beside the schema: keep one of them", format.File)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, report, err
		}
	}
	records, report, err := database.Read(ctx, config, s)
	if err != nil {
		return nil, report, err
	}
	return &record.Source{Schema: s, Records: records}, report, nil
}

// used tells whether anything of a database is configured.
func (d *Database) used() bool {
	return d.Driver != "" || d.DSNFile != "" || d.Query != "" || d.CA != ""
}

// open reads the files that the configuration of a database names.
func (d *Database) open(dir string) (database.Config, error) {
	c := database.Config{Driver: d.Driver, Query: d.Query, Timeout: d.Timeout}
	if d.DSNFile == "" {
		return c, errors.New("database.dsn_file is not set: the path of a file of mode 0600 that holds the DSN alone")
	}
	text, err := folder.SecretText(folder.Within(dir, d.DSNFile), database.MaxDSN)
	if err != nil {
		return c, fmt.Errorf("database.dsn_file: %w", err)
	}
	if c.DSN = database.DSN(text); d.Driver == "sqlite" && text != "" {
		c.DSN = database.DSN(folder.Within(dir, text))
	}
	if d.CA != "" {
		pem, err := os.ReadFile(folder.Within(dir, d.CA))
		if err != nil {
			return c, fmt.Errorf("database.ca: %w", err)
		}
		if c.Roots = x509.NewCertPool(); !c.Roots.AppendCertsFromPEM(pem) {
			return c, errors.New("database.ca: no certificate in it")
		}
	}
	return c, c.Check()
}

func readRecords(ctx context.Context, dir string, c *Config) (*record.Source, error) {
	source, _, err := ReadRecords(ctx, dir, c)
	if errors.Is(err, record.ErrDefects) {
		err = fmt.Errorf("%w; `weir records check --agent %s` lists them", err, dir)
	} else if err != nil {
		err = fmt.Errorf("records: %w", err)
	}
	return source, err
}
