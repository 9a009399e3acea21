package main

import (
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
)

type disconnectCommand struct {
	dataFlags
	Tenant     string `required:"" help:"The tenant's slug." placeholder:"SLUG"`
	DeleteData bool   `help:"Delete the synced data too."`
	Confirm    string `help:"The slug once more, with --delete-data." placeholder:"SLUG"`
}

func (c disconnectCommand) Run(e *env) error {
	if c.DeleteData && c.Confirm != c.Tenant {
		return badUsage("--delete-data needs --confirm with the slug %q", c.Tenant)
	}
	return c.withSyncer(e, func(st *store.Store, engine *syncer.Syncer) error {
		t, err := tenant(e.ctx, st, c.Tenant)
		if err != nil {
			return err
		}
		if err := engine.Disconnect(e.ctx, cli, t.ID); err != nil {
			return err
		}
		if !c.DeleteData {
			return nil
		}
		return st.DeleteData(e.ctx, cli, t.ID)
	})
}
