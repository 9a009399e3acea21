package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/export"
)

type exportCommand struct {
	dataFlags
	Tenant  string `required:"" help:"The tenant's slug." placeholder:"SLUG"`
	Entity  string `required:"" help:"The entity." placeholder:"KIND"`
	Format  string `required:"" enum:"csv,json,ndjson" help:"csv, json or ndjson."`
	Removed bool   `help:"Include rows that Microsoft no longer lists."`
}

func (c exportCommand) Run(e *env) error {
	return c.withStore(e.ctx, func(st *store.Store) error {
		t, err := tenant(e.ctx, st, c.Tenant)
		if err != nil {
			return err
		}
		def := st.Catalogue().Def(c.Entity)
		if def == nil {
			return badUsage("there is no entity %q; %s", c.Entity, knownKinds(st.Catalogue()))
		}
		format, err := export.ParseFormat(c.Format)
		if err != nil {
			return err
		}
		state, err := st.EntityState(e.ctx, t.ID, def.Kind)
		if err != nil {
			return err
		}
		printAge(e.stderr, state)
		table := export.Table{Def: def, State: state.State, AsOf: state.AsOf, Behind: state.Behind(), Removed: c.Removed}
		return table.Write(e.stdout, format, func(row func(store.Row) error) error {
			return st.Each(e.ctx, store.Query{TenantID: t.ID, Def: def, Removed: c.Removed}, row)
		})
	})
}

// printAge says how complete and how old the rows are, and which columns differ
// from that.
func printAge(w io.Writer, state store.EntityState) {
	fmt.Fprintf(w, "state=%s\nas_of=%s\n", state.State, stampOf(state.AsOf))
	for _, c := range state.Behind() {
		line := fmt.Sprintf("column=%s state=%s as_of=%s", c.Column, c.State, stampOf(c.AsOf))
		if len(c.Needs) > 0 {
			line += " needs=" + strings.Join(c.Needs, ",")
		}
		if c.Unread > 0 {
			line += fmt.Sprintf(" unread=%d", c.Unread)
		}
		fmt.Fprintln(w, line)
	}
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}
