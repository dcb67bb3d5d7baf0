package database

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"time"

	"weir/engine/record"
	"weir/engine/source/cell"
)

// table is the result of a query as a record.Table.
type table struct {
	rows    *sql.Rows
	columns []record.Column
	types   []string // by column, as the database calls them
	values  []any    // of the current row
	targets []any    // pointers to values
}

func newTable(rows *sql.Rows, known map[string]bool) (*table, error) {
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	t := &table{rows: rows, values: make([]any, len(columns)), targets: make([]any, len(columns))}
	for i, c := range columns {
		column := record.Column{Name: c.Name()}
		if known != nil && !known[c.DatabaseTypeName()] {
			column.Fault = fmt.Sprintf("type %s: cast it to text, a whole number or a decimal in the query", c.DatabaseTypeName())
		}
		t.columns, t.types = append(t.columns, column), append(t.types, c.DatabaseTypeName())
		t.targets[i] = &t.values[i]
	}
	return t, nil
}

func (t *table) Columns() ([]record.Column, error) { return t.columns, nil }

func (t *table) Next(ctx context.Context, cells []record.Cell) error {
	if !t.rows.Next() {
		if err := t.rows.Err(); err != nil {
			return withhold(ctx, "reading from the database", err)
		}
		return io.EOF
	}
	if err := t.rows.Scan(t.targets...); err != nil {
		return withhold(ctx, "reading from the database", err)
	}
	for i, v := range t.values {
		cells[i] = cellOf(v, t.types[i])
	}
	return nil
}

// cellOf writes a driver's value of a column type.
func cellOf(value any, kind string) record.Cell {
	switch v := value.(type) {
	case nil:
		return cell.Null
	case int64:
		return cell.Int(v)
	case uint64:
		return cell.Uint(v)
	case float32:
		return cell.Float32(v)
	case float64:
		if kind == "FLOAT4" { // the driver widens it
			return cell.Float32(float32(v))
		}
		return cell.Float64(v)
	case bool:
		return cell.Bool(v)
	case string:
		return textOf(v, kind)
	case []byte:
		if kind == "" || kind == "BLOB" {
			return cell.Fault("a blob, want text or a number")
		}
		return textOf(string(v), kind)
	case time.Time:
		return cell.Fault("a time, want text or a number")
	}
	return cell.Fault("a value of no known kind")
}

// textOf tells decimals and the whole numbers beyond int64, which drivers write as text, from text.
func textOf(text, kind string) record.Cell {
	if kind == "NUMERIC" || kind == "DECIMAL" || strings.HasPrefix(kind, "UNSIGNED ") {
		return cell.Decimal(text)
	}
	return cell.Text(text)
}
