package main

import (
	"fmt"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entity"
)

type connectCommand struct {
	dataFlags
	Tenant      string `required:"" help:"The tenant's slug." placeholder:"SLUG"`
	DirectoryID string `required:"" help:"Directory (tenant) ID: a GUID, or a verified domain." placeholder:"GUID|DOMAIN"`
	ClientID    string `required:"" help:"Application (client) ID." placeholder:"GUID"`
	SecretStdin bool   `required:"" help:"Read the client secret from standard input."`
	Cloud       string `default:"global" enum:"global,usgov,usgovdod,china,custom" help:"global, usgov, usgovdod, china or custom."`
	NoSync      bool   `help:"Do not start the first full sync."`
	JSON        bool   `help:"Print the sync as JSON."`
}

func (c connectCommand) Run(e *env) error {
	secret, err := secretFrom(e.stdin, "client secret")
	if err != nil {
		return err
	}
	return c.withSyncer(e, func(st *store.Store, engine *syncer.Syncer) error {
		t, err := tenant(e.ctx, st, c.Tenant)
		if err != nil {
			return err
		}
		report, err := engine.ConnectWith(e.ctx, cli, t.ID, entity.Connection{
			Cloud: c.Cloud, DirectoryID: c.DirectoryID, ClientID: c.ClientID, Secret: secret,
		}, syncer.ConnectOptions{NoSync: true})
		for _, step := range report.Steps {
			mark := "ok  "
			switch {
			case step.Warning:
				mark = "note"
			case !step.Done:
				mark = "FAIL"
			}
			fmt.Fprintf(e.stderr, "%s %s: %s\n", mark, step.Name, plain(step.Detail))
		}
		if err != nil {
			return err
		}
		if !report.OK {
			if p := report.Problem(); p != nil {
				return p
			}
			return exit{exitFailed, fmt.Errorf("the connection test failed; nothing was stored")}
		}
		if report.Replaced {
			fmt.Fprintln(e.stderr, "The client secret was replaced. The old one is kept, sealed, until a sync with the new one has succeeded.")
		}
		if c.NoSync {
			return nil
		}
		code, err := syncTenant(e, st, engine, t, store.NewRun{
			TenantID: t.ID, Trigger: store.TriggerConnect, By: cli.Name, Full: true,
		}, c.JSON)
		if err != nil {
			return err
		}
		if code != exitOK {
			return exit{code, nil}
		}
		return nil
	})
}
