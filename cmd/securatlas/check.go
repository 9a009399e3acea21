package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entity"
)

type checkCommand struct {
	dataFlags
	Tenant string `required:"" help:"The tenant's slug." placeholder:"SLUG"`
	JSON   bool   `help:"Print JSON."`
}

// checkJSON is what check --json prints.
type checkJSON struct {
	Permissions []permissionJSON `json:"permissions"`
	Extra       []extraJSON      `json:"extra"`
	OK          bool             `json:"ok"`
}

type permissionJSON struct {
	Resource entity.Resource `json:"resource"`
	Name     string          `json:"name"`
	Granted  bool            `json:"granted"`
	Known    bool            `json:"known"`
	Profile  entity.Profile  `json:"profile"`
	Entities []string        `json:"entities"`
}

// extraJSON is a granted permission that SecurAtlas does not need.
type extraJSON struct {
	Resource entity.Resource `json:"resource"`
	Name     string          `json:"name"`
	Write    bool            `json:"write"`
}

func (c checkCommand) Run(e *env) error {
	return c.withSyncer(e, func(st *store.Store, engine *syncer.Syncer) error {
		t, err := tenant(e.ctx, st, c.Tenant)
		if err != nil {
			return err
		}
		check, err := engine.Check(e.ctx, t.ID)
		if err != nil {
			return err
		}
		if err := c.print(e, check); err != nil {
			return err
		}
		if !check.OK {
			return exit{exitPartial, nil}
		}
		return nil
	})
}

func (c checkCommand) print(e *env, check entity.PermissionCheck) error {
	out := checkJSON{Permissions: []permissionJSON{}, Extra: []extraJSON{}, OK: check.OK}
	for _, p := range check.Permissions {
		out.Permissions = append(out.Permissions, permissionJSON{p.Resource, p.Name, p.Granted, p.Known, p.Profile, notNil(p.Entities)})
	}
	for _, x := range check.Extra {
		out.Extra = append(out.Extra, extraJSON{x.Resource, x.Name, x.Write})
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(out)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "RESOURCE\tPERMISSION\tPROFILE\tGRANTED\tFEEDS")
	for _, p := range out.Permissions {
		granted := "no"
		switch {
		case !p.Known:
			granted = "not known"
		case p.Granted:
			granted = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%v\n", p.Resource, p.Name, p.Profile, granted, p.Entities)
	}
	for _, x := range out.Extra {
		fmt.Fprintf(w, "%s\t%s\tmore than needed\tyes\t[]\n", x.Resource, x.Name)
	}
	for r, p := range check.Problems {
		if r == entity.Defender && p.Class == entity.ClassLicence {
			fmt.Fprintf(w, "%s\tnot set up (optional)\n", r)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\n", r, problemLine(p))
	}
	if !slices.ContainsFunc(check.Permissions, func(p entity.PermissionStatus) bool {
		return p.Resource == entity.Management && (p.Granted || !p.Known)
	}) {
		fmt.Fprintf(w, "%s\tnot set up (optional)\n", entity.Management)
	}
	return w.Flush()
}
