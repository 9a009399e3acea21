package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/securatlas/securatlas/syncer/entity"
)

// quoted is an identifier in SQL. Identifiers come from the catalogue alone,
// which admits lower-case letters, digits and underscores.
func quoted(identifier string) string { return `"` + identifier + `"` }

// hashColumn is the column that holds the content hash of a part.
func hashColumn(part string) string { return "hash_" + part }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// CheckSchema compares the catalogue with the migrated tables and views: each
// entity's columns with their types, and the index that each column needs by
// which its table can be sorted. It reports every mistake at once.
func (s *Store) CheckSchema(ctx context.Context) error {
	var errs []error
	for _, d := range s.catalogue.Defs {
		found, err := s.checkEntity(ctx, d)
		if err != nil {
			return fmt.Errorf("check the schema of %s: %w", d.Kind, err)
		}
		errs = append(errs, found...)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("the migrations do not fit the catalogue: %w", err)
	}
	return nil
}

func (s *Store) checkEntity(ctx context.Context, d *entity.Def) (mistakes []error, err error) {
	wrong := func(format string, args ...any) {
		mistakes = append(mistakes, fmt.Errorf("%s: %s", d.Kind, fmt.Sprintf(format, args...)))
	}
	kind := "table"
	if d.Derived() {
		kind = "view"
	}
	var n int
	err = s.read.QueryRowContext(ctx,
		`SELECT count(*) FROM sqlite_schema WHERE type = ? AND name = ?`, kind, d.Kind).Scan(&n)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		wrong("there is no %s of that name", kind)
		return mistakes, nil
	}

	have, err := s.columnTypes(ctx, d.Kind)
	if err != nil {
		return nil, err
	}
	want := s.wantedColumns(d)
	for _, name := range sortedKeys(want) {
		switch got, ok := have[name]; {
		case !ok:
			wrong("the column %s is missing", name)
		case got != want[name] && !(d.Derived() && got == "INT" && want[name] == "INTEGER"): // the type of CAST (… AS INTEGER)
			wrong("the column %s is %s and should be %s", name, got, want[name])
		}
	}
	for _, name := range sortedKeys(have) {
		if _, ok := want[name]; !ok {
			wrong("the column %s is in no declaration", name)
		}
	}

	sources := []string{d.Kind}
	if d.Derived() {
		sources = d.From
	}
	indexes, err := s.indexes(ctx, sources)
	if err != nil {
		return nil, err
	}
	if !d.Derived() && !slices.ContainsFunc(indexes, func(x index) bool { return x.unique && x.second == "id" }) {
		wrong("UNIQUE (tenant_id, id) is missing")
	}
	for _, c := range d.Columns {
		// The rows of several sources are put together when they are read: no
		// index could have them in order.
		needed := (c.Sort || refersByIndex(d, c)) && len(d.From) <= 1
		if needed && !slices.ContainsFunc(indexes, func(x index) bool {
			return x.second == c.Name && x.partial == d.Derived()
		}) {
			wrong("an index (tenant_id, %s) is missing", c.Name)
		}
	}
	return mistakes, nil
}

// refersByIndex reports whether rows that refer to another are found by an
// index of the column. Lists are read through: the tables that have such lists
// are small.
func refersByIndex(d *entity.Def, c entity.Column) bool {
	return len(c.Refs) > 0 && c.Type == entity.Text && !d.Derived()
}

// wantedColumns maps the columns that an entity's table or view must have to
// their types.
func (s *Store) wantedColumns(d *entity.Def) map[string]string {
	want := map[string]string{
		"row_id": "INTEGER", "tenant_id": "INTEGER", "id": "TEXT", "search": "TEXT",
		"first_seen": "INTEGER", "last_changed": "INTEGER", "removed_at": "INTEGER",
	}
	for _, c := range d.Columns {
		switch c.Type {
		case entity.Bool, entity.Int:
			want[c.Name] = "INTEGER"
		case entity.Real:
			want[c.Name] = "REAL"
		default:
			want[c.Name] = "TEXT"
		}
	}
	for _, p := range d.Parts {
		want[hashColumn(p.Name)] = "BLOB"
	}
	if len(d.From) == 1 {
		for _, by := range s.coverings(d) {
			want[hashColumn(by.part)] = "BLOB"
		}
	}
	return want
}

func (s *Store) columnTypes(ctx context.Context, table string) (map[string]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT name, type FROM pragma_table_xinfo(?)`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types := map[string]string{}
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return nil, err
		}
		types[name] = typ
	}
	return types, rows.Err()
}

// index is an index that begins with tenant_id and a second column.
type index struct {
	second          string
	unique, partial bool
}

func (s *Store) indexes(ctx context.Context, tables []string) ([]index, error) {
	var all []index
	for _, table := range tables {
		rows, err := s.read.QueryContext(ctx, `
			SELECT b.name, l."unique", l.partial
			FROM pragma_index_list(?) AS l
			JOIN pragma_index_info(l.name) AS a ON a.seqno = 0 AND a.name = 'tenant_id'
			JOIN pragma_index_info(l.name) AS b ON b.seqno = 1
			WHERE b.name IS NOT NULL`, table)
		found, err := collect(rows, err, func(r rowScanner) (x index, err error) {
			return x, r.Scan(&x.second, &x.unique, &x.partial)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
