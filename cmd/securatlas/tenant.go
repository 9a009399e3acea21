package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/securatlas/securatlas/store"
)

type tenantCommand struct {
	Add    tenantAdd    `cmd:"" help:"Add a tenant."`
	List   tenantList   `cmd:"" help:"List the tenants."`
	Remove tenantRemove `cmd:"" help:"Remove a tenant and all its data."`
}

type tenantAdd struct {
	dataFlags
	Name string `required:"" help:"The tenant's name."`
	Slug string `help:"Its name in URLs and commands (default: made from the name)."`
}

func (c tenantAdd) Run(e *env) error {
	return c.withStore(e.ctx, func(st *store.Store) error {
		t, err := st.CreateTenant(e.ctx, cli, c.Name, c.Slug)
		if errors.Is(err, store.ErrConflict) {
			return exit{exitFailed, err}
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "tenant=%s\n", t.Slug)
		return nil
	})
}

type tenantList struct {
	dataFlags
	JSON bool `help:"Print JSON."`
}

// tenantJSON is one tenant as tenant list --json prints it.
type tenantJSON struct {
	Tenant string `json:"tenant"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

func (c tenantList) Run(e *env) error {
	return c.withStore(e.ctx, func(st *store.Store) error {
		tenants, err := st.Tenants(e.ctx)
		if err != nil {
			return err
		}
		list := make([]tenantJSON, 0, len(tenants))
		for _, t := range tenants {
			integration, err := integrationJSON(e.ctx, st, t)
			if err != nil {
				return err
			}
			list = append(list, tenantJSON{t.Slug, t.Name, integration.Status})
		}
		if c.JSON {
			return json.NewEncoder(e.stdout).Encode(list)
		}
		for _, t := range list {
			fmt.Fprintf(e.stdout, "%s\t%s\t%s\n", t.Tenant, t.Name, t.Status)
		}
		return nil
	})
}

type tenantRemove struct {
	dataFlags
	Tenant  string `required:"" help:"The tenant's slug." placeholder:"SLUG"`
	Confirm string `required:"" help:"The slug once more." placeholder:"SLUG"`
}

func (c tenantRemove) Run(e *env) error {
	if c.Confirm != c.Tenant {
		return badUsage("--confirm must repeat the slug %q", c.Tenant)
	}
	return c.withStore(e.ctx, func(st *store.Store) error {
		t, err := tenant(e.ctx, st, c.Tenant)
		if err != nil {
			return err
		}
		return st.RemoveTenant(e.ctx, cli, t.ID)
	})
}
