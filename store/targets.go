package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// match is a row of a kind, with the value that it was found by.
type match struct {
	value string
	Target
}

func byColumn(ref entity.Ref) string {
	if ref.By == "" {
		return "id"
	}
	return ref.By
}

func anyOf(values []string) []any {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return args
}

// matches finds the rows that a condition on what is compared holds for.
func (s *Store) matches(ctx context.Context, tenantID int64, d *entity.Def, ref entity.Ref, condition string, args []any) ([]match, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT `+quoted(byColumn(ref))+`, id, `+quoted(d.TitleColumn)+`, removed_at IS NOT NULL
		FROM `+quoted(d.Kind)+`
		WHERE tenant_id = ? AND (`+condition+`)`, append([]any{tenantID}, args...)...)
	list, err := collect(rows, err, func(r rowScanner) (m match, err error) {
		var title any
		err = r.Scan(&m.value, &m.ID, &title, &m.Removed)
		m.Title = cellText(cellOf(d.Column(d.TitleColumn).Type, title))
		if m.Title == "" {
			m.Title = m.ID
		}
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("find rows of %s: %w", d.Kind, err)
	}
	return list, nil
}

// bestMatch is the match to which a value leads of those that fit: one that
// lives, and among several the one that is spelled as the value is.
func bestMatch(matches []match, value string, fits func(stored string) bool) (best Target, ok bool) {
	rank := -1
	for _, m := range matches {
		r := 0
		if !m.Removed {
			r += 2
		}
		if m.value == value {
			r++
		}
		if r > rank && fits(m.value) {
			best, ok, rank = m.Target, true, r
		}
	}
	return best, ok
}

// findAccounts adds the accounts of those values that are no account's name as
// it is stored: guests by the address that was invited, and the other way round.
func (s *Store) findAccounts(ctx context.Context, tenantID int64, d *entity.Def, ref entity.Ref, values []string, found map[string]Target) error {
	by := quoted(ref.By)
	var open []string
	for _, v := range values {
		if _, ok := found[v]; !ok && (entity.HomeName(v) != "" || entity.GuestName(v) != "") {
			open = append(open, v)
		}
	}
	for chunk := range chunks(open, 100) {
		var conditions []string
		var args []any
		for _, v := range chunk {
			if home := entity.HomeName(v); home != "" {
				conditions, args = append(conditions, by+` = ?`), append(args, home)
			} else {
				from, to := guestNames(v)
				conditions, args = append(conditions, by+` >= ? AND `+by+` < ?`), append(args, from, to)
			}
		}
		matches, err := s.matches(ctx, tenantID, d, ref, strings.Join(conditions, ` OR `), args)
		if err != nil {
			return err
		}
		for _, v := range chunk {
			m, ok := bestMatch(matches, v, func(stored string) bool {
				return strings.EqualFold(stored, entity.HomeName(v)) || strings.EqualFold(entity.HomeName(stored), v)
			})
			if ok {
				found[v] = m
			}
		}
	}
	return nil
}

// guestNames are the bounds of the user principal names that a guest with an
// address can have, in the order that ignores the case of letters.
func guestNames(address string) (from, to string) {
	if from = entity.GuestName(address); from != "" {
		to = strings.TrimSuffix(from, "@") + "A"
	}
	return from, to
}

// spellings are how others refer to a row: by these values, and where from is
// set by all from that one on and below to.
type spellings struct {
	values   []string
	from, to string
}

// condition holds for a column that refers to the row.
func (n spellings) condition(column string) clause {
	c := clause{column + ` IN (` + marks(len(n.values)) + `)`, anyOf(n.values)}
	if n.from != "" {
		c.sql = `(` + c.sql + ` OR ` + column + ` >= ? AND ` + column + ` < ?)`
		c.args = append(c.args, n.from, n.to)
	}
	return c
}

// spellings are those of a row by the value that it has itself, as far as they
// lead to it: none where that value is another row's as well, as after an
// account was deleted and made anew.
func (s *Store) spellings(ctx context.Context, tenantID int64, ref entity.Ref, id, value string) (n spellings, err error) {
	if ref.By == "" {
		return spellings{values: []string{value}}, nil
	}
	asked := []string{value}
	if home := entity.HomeName(value); ref.Account && home != "" {
		asked = append(asked, home)
	}
	targets, err := s.Targets(ctx, tenantID, ref, asked)
	if err != nil {
		return n, err
	}
	for _, v := range asked {
		if targets[v].ID == id {
			n.values = append(n.values, v)
		}
	}
	if from, to := guestNames(value); ref.Account && from != "" && len(n.values) > 0 {
		d := s.catalogue.Def(ref.Kind)
		guests, err := s.matches(ctx, tenantID, d, ref, quoted(ref.By)+` >= ? AND `+quoted(ref.By)+` < ?`, []any{from, to})
		if err != nil {
			return n, err
		}
		if len(guests) == 0 { // else such a name is the guest's
			n.from, n.to = from, to
		}
	}
	return n, nil
}
