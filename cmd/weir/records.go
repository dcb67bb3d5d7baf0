package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"weir/engine/holder/agentd"
	"weir/engine/member/folder"
	"weir/engine/record"
	"weir/engine/source"
	"weir/engine/source/database"
)

func newRecordsCommand(c *console) *cobra.Command {
	records := &cobra.Command{Use: "records", Short: "Read and check a data source's records", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var agent string
	check := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check one source's folder, a folder of them, or what an agent is configured to read",
		Long: `Check reads schema.json and the records (records.csv or records.parquet) of one source's folder, or of every
folder in DIR; with --agent, what that agent's config.yaml names, its database included. It prints the first 100 defects
of each column, the count of all, and a summary. Nothing is changed and nothing leaves the machine; identifiers and
values are never printed. Exit status: 0 without defects, 2 with, 3 if the database cannot be reached.`,
		Example: "  weir records check data/tax\n  weir records check data --json\n  weir records check --agent tax-office",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case (agent == "") == (len(args) == 0):
				return badInput(errors.New("records check: want either DIR or --agent DIR"))
			case agent != "":
				return checkAgent(cmd.Context(), c, agent)
			}
			return checkRecords(cmd.Context(), c, args[0])
		},
	}
	check.Flags().StringVar(&agent, "agent", "", "an agent's folder: check the records that its config.yaml names")
	records.AddCommand(check)
	return records
}

// recordsResult is what records check prints with --json.
type recordsResult struct {
	Sources []sourceResult `json:"sources"`
	OK      bool           `json:"ok"`
}

type sourceResult struct {
	Source       string          `json:"source"`
	Folder       string          `json:"folder"`
	Rows         int             `json:"rows"`
	Features     []featureResult `json:"features"`
	Defects      []defectResult  `json:"defects"`
	DefectCounts map[string]int  `json:"defect_counts"`
}

type featureResult struct {
	Name       string `json:"name"`
	Missing    int    `json:"missing"`
	Clamped    int    `json:"clamped"`
	SetMissing int    `json:"set_missing"`
}

type defectResult struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func checkRecords(ctx context.Context, c *console, dir string) error {
	fsys, folders, err := sourceFolders(dir)
	if err != nil {
		return badInput(fmt.Errorf("records check %s: %w", dir, err))
	}
	result, total := recordsResult{OK: true}, 0
	for _, folder := range folders {
		read, report, err := source.ReadFolder(ctx, fsys, folder)
		if err != nil && !errors.Is(err, record.ErrDefects) {
			return badInput(fmt.Errorf("records check %s: %w", dir, err))
		}
		result.Sources = append(result.Sources, newSourceResult(folder, read, report))
		result.OK = result.OK && err == nil
		total += report.Total()
	}
	return c.concludeRecords(dir, result, total)
}

// checkAgent checks what an agent would read.
func checkAgent(ctx context.Context, c *console, dir string) error {
	config := agentd.Defaults()
	if err := folder.Load(dir, os.Environ(), nil, &config); err != nil {
		return badInput(err)
	}
	read, report, err := agentd.ReadRecords(ctx, dir, &config)
	switch {
	case errors.Is(err, database.ErrUnreachable):
		return &exitError{code: exitUnreachable, err: fmt.Errorf("records check --agent %s: %w", dir, err)}
	case err != nil && !errors.Is(err, record.ErrDefects):
		return badInput(fmt.Errorf("records check --agent %s: %w", dir, err))
	}
	_, name, _ := strings.Cut(config.Party, "/")
	result := recordsResult{Sources: []sourceResult{newSourceResult(name, read, report)}, OK: err == nil}
	return c.concludeRecords(dir, result, report.Total())
}

// concludeRecords prints the result and turns defects into the exit status.
func (c *console) concludeRecords(dir string, result recordsResult, total int) error {
	if err := c.printRecords(result); err != nil {
		return err
	}
	if !result.OK {
		return badInput(fmt.Errorf("records check %s: %s; correct them at the source and check again", dir, defects(total)))
	}
	return nil
}

func defects(n int) string {
	if n == 1 {
		return "1 defect"
	}
	return fmt.Sprintf("%d defects", n)
}

// sourceFolders finds the folders to read: dir itself if it has a schema, else those in it.
func sourceFolders(dir string) (fs.FS, []string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Lstat(filepath.Join(absolute, record.SchemaFile)); err == nil {
		return os.DirFS(filepath.Dir(absolute)), []string{filepath.Base(absolute)}, nil
	}
	info, err := os.Stat(absolute)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, errors.New("there is no such folder")
	case err != nil:
		return nil, nil, err
	case !info.IsDir():
		return nil, nil, errors.New("not a folder")
	}
	fsys := os.DirFS(absolute)
	folders, err := record.Folders(fsys)
	if err == nil && len(folders) == 0 {
		err = fmt.Errorf("there is neither a %s nor a source's folder", record.SchemaFile)
	}
	return fsys, folders, err
}

func newSourceResult(folder string, source *record.Source, report *record.Report) sourceResult {
	r := sourceResult{Source: folder, Folder: folder, Rows: report.Rows, DefectCounts: report.Counts,
		Features: []featureResult{}, Defects: []defectResult{}}
	if source != nil {
		r.Source = string(source.Schema.Source)
	}
	for _, f := range report.Features {
		r.Features = append(r.Features, featureResult(f))
	}
	for _, d := range report.Defects {
		r.Defects = append(r.Defects, defectResult(d))
	}
	return r
}

// printRecords writes the defects, then one table of all sources.
func (c *console) printRecords(result recordsResult) error {
	if c.json {
		return c.printJSON(result)
	}
	var columns []table.ColumnConfig
	summary := c.table("source", "rows", "column", "missing", "clamped", "set missing", "defects")
	for number := 4; number <= 7; number++ {
		columns = append(columns, table.ColumnConfig{Number: number, Align: text.AlignRight})
	}
	summary.SetColumnConfigs(columns)
	for _, s := range result.Sources {
		c.printDefects(s)
		for _, f := range s.Features {
			summary.AppendRow([]any{s.Source, s.Rows, f.Name, f.Missing, f.Clamped, f.SetMissing, s.DefectCounts[f.Name]})
		}
		for _, name := range s.otherColumns() {
			summary.AppendRow([]any{s.Source, s.Rows, name, "", "", "", s.DefectCounts[name]})
		}
	}
	summary.Render()
	return nil
}

// otherColumns are what has defects and is no feature: the subject, whole lines, files.
func (s sourceResult) otherColumns() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s.DefectCounts)) {
		if !slices.ContainsFunc(s.Features, func(f featureResult) bool { return f.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}

func (c *console) printDefects(s sourceResult) {
	listed := make(map[string]int)
	for _, d := range s.Defects {
		c.say("%s", record.Defect(d))
		listed[d.Name]++
	}
	for _, name := range slices.Sorted(maps.Keys(s.DefectCounts)) {
		if more := s.DefectCounts[name] - listed[name]; more > 0 {
			c.say("%s: %s: %d more", s.Folder, name, more)
		}
	}
}
