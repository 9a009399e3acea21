package main

import (
	"fmt"
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
		asOf := "never"
		if !state.AsOf.IsZero() {
			asOf = state.AsOf.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(e.stderr, "state=%s\nas_of=%s\n", state.State, asOf)
		for _, gap := range state.Columns {
			fmt.Fprintf(e.stderr, "column=%s state=%s\n", gap.Column, gap.State)
		}
		table := export.Table{Def: def, State: state.State, AsOf: state.AsOf, Removed: c.Removed}
		return table.Write(e.stdout, format, func(row func(store.Row) error) error {
			return st.Each(e.ctx, store.Query{TenantID: t.ID, Def: def, Removed: c.Removed}, row)
		})
	})
}
