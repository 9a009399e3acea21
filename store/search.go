package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/securatlas/securatlas/syncer/entity"
)

// A small table is searched by reading it. A large one has a trigram index
// (FTS5), one for each tenant and kind, so that the size of one tenant never
// costs another. The index only makes search faster: every hit is compared
// with the row's search text as well, and rows without an index are found by
// reading. It holds no content, only row ids by trigram; entries are replaced
// and deleted by row id alone (contentless_delete), so that rows deleted
// elsewhere leave nothing behind that could harm.

const (
	// indexFrom is the number of live rows above which a table is indexed.
	indexFrom = 5000
	// indexChunk is how many rows one transaction puts into a new index:
	// some 50 ms.
	indexChunk = 10_000
	// manyHits is where reading the rows in order, until the page is full,
	// beats collecting the hits and sorting them.
	manyHits = 3000
	// mostHits is where counting stops to use the index: the capped count is
	// then soon reached by reading.
	mostHits = 20_000
	// minGram is the shortest word, in characters, that the index can find.
	minGram = 3
)

// The states of an index, in meta.
const (
	indexBuilding = "building" // kept up to date, but not complete
	indexReady    = "ready"
)

func indexKey(tenantID int64, kind string) string { return fmt.Sprintf("search/%s/%d", kind, tenantID) }

// indexTable names the index: a kind of the catalogue and a number.
func indexTable(tenantID int64, kind string) string {
	return quoted(fmt.Sprintf("search_%s_%d", kind, tenantID))
}

func indexState(ctx context.Context, q querier, tenantID int64, kind string) (state string, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, indexKey(tenantID, kind)).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return state, err
}

// found is how a search narrows the page and the count.
type found struct{ page, count []clause }

// searchPlan decides how the words of a query are found.
func (s *Store) searchPlan(ctx context.Context, p plan) (found, error) {
	var f found
	var phrases []string
	for _, word := range p.words {
		f.page = append(f.page, clause{`search LIKE ? ESCAPE '\'`, []any{"%" + likeEscape(word) + "%"}})
		if utf8.RuneCountInString(word) >= minGram {
			phrases = append(phrases, `"`+strings.ReplaceAll(word, `"`, `""`)+`"`)
		}
	}
	f.count = f.page
	// A view has its source's row ids.
	kind := p.def.Kind
	if len(p.def.From) == 1 {
		kind = p.def.From[0]
	}
	if len(phrases) == 0 || len(p.def.From) > 1 {
		return f, nil
	}
	state, err := indexState(ctx, s.read, p.tenantID, kind)
	if err != nil || state != indexReady {
		return f, err
	}
	index := indexTable(p.tenantID, kind)
	match := strings.Join(phrases, " ")
	var hits int
	err = s.read.QueryRowContext(ctx, `
		SELECT count(*) FROM (SELECT 1 FROM `+index+` WHERE search MATCH ? LIMIT ?)`, match, mostHits+1).Scan(&hits)
	if err != nil {
		return f, fmt.Errorf("search the index: %w", err)
	}
	in := []clause{{`row_id IN (SELECT rowid FROM ` + index + ` WHERE search MATCH ?)`, []any{match}}}
	if hits <= mostHits {
		f.count = append(in, f.count...)
	}
	if hits <= manyHits {
		f.page = append(in, f.page...)
	}
	return f, nil
}

// indexText is a row's new search text.
type indexText struct {
	rowID int64
	text  string
}

// indexTexts keeps an index up to date, if there is one.
func (s *Store) indexTexts(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def, texts []indexText) error {
	if len(texts) == 0 {
		return nil
	}
	state, err := indexState(ctx, tx, tenantID, d.Kind)
	if err != nil || state == "" {
		return err
	}
	st, err := tx.PrepareContext(ctx,
		`INSERT OR REPLACE INTO `+indexTable(tenantID, d.Kind)+` (rowid, search) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, t := range texts {
		if _, err := st.ExecContext(ctx, t.rowID, t.text); err != nil {
			return err
		}
	}
	return nil
}

// buildIndex builds the index of a table that has become large.
func (s *Store) buildIndex(ctx context.Context, tenantID int64, d *entity.Def) error {
	if !slices.ContainsFunc(d.Columns, func(c entity.Column) bool { return c.Search }) {
		return nil
	}
	state, err := indexState(ctx, s.read, tenantID, d.Kind)
	if err != nil || state == indexReady {
		return err
	}
	var live int
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(max(rows), 0) FROM part_states WHERE tenant_id = ? AND kind = ? AND part = ?`,
		tenantID, d.Kind, d.Parts[0].Name).Scan(&live)
	if err != nil || live <= indexFrom {
		return err
	}
	// One that an earlier process left unfinished is begun again.
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if err := dropIndex(ctx, tx, tenantID, d.Kind); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			CREATE VIRTUAL TABLE `+indexTable(tenantID, d.Kind)+`
			USING fts5(search, content='', contentless_delete=1, tokenize='trigram case_sensitive 1')`)
		if err != nil {
			return err
		}
		return setIndexState(ctx, tx, tenantID, d.Kind, indexBuilding)
	})
	if err != nil {
		return err
	}
	for last, more := "", true; more; {
		err := s.tx(ctx, func(tx *sql.Tx) (err error) {
			last, more, err = indexSome(ctx, tx, tenantID, d, last)
			if err != nil || more {
				return err
			}
			return setIndexState(ctx, tx, tenantID, d.Kind, indexReady)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// indexSome puts a bounded number of rows into the index: those with the next
// ids after last, by row id, since FTS5 writes out what it has gathered each
// time that a row id is lower than the one before (which took eight times
// as long).
func indexSome(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def, last string) (string, bool, error) {
	until := last
	err := tx.QueryRowContext(ctx, `
		SELECT coalesce(max(id), ?2) FROM (
			SELECT id FROM `+quoted(d.Kind)+` WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3)`,
		tenantID, last, indexChunk).Scan(&until)
	if err != nil || until == last {
		return last, false, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT OR REPLACE INTO `+indexTable(tenantID, d.Kind)+` (rowid, search)
		SELECT row_id, search FROM `+quoted(d.Kind)+` WHERE tenant_id = ? AND id > ? AND id <= ?
		ORDER BY row_id`,
		tenantID, last, until)
	return until, true, err
}

func setIndexState(ctx context.Context, tx *sql.Tx, tenantID int64, kind, state string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
		indexKey(tenantID, kind), state)
	return err
}

func dropIndex(ctx context.Context, tx *sql.Tx, tenantID int64, kind string) error {
	if _, err := tx.ExecContext(ctx, `DROP TABLE IF EXISTS `+indexTable(tenantID, kind)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = ?`, indexKey(tenantID, kind))
	return err
}

// dropSearch drops a tenant's indexes.
func (s *Store) dropSearch(ctx context.Context, tx *sql.Tx, tenantID int64) error {
	for _, d := range s.catalogue.Synced() {
		if err := dropIndex(ctx, tx, tenantID, d.Kind); err != nil {
			return fmt.Errorf("drop the search index of %s: %w", d.Kind, err)
		}
	}
	return nil
}
