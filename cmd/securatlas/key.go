package main

import (
	"fmt"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
)

type keyCommand struct {
	Reset keyReset `cmd:"" help:"Give up a lost master key: wipe what it sealed and make a new one."`
}

type keyReset struct {
	dataFlags
	Confirm bool `required:"" help:"Confirm that every stored client secret is wiped; tenants must be connected again."`
}

func (c keyReset) Run(e *env) error {
	err := store.ResetKey(e.ctx, store.Options{Dir: c.DataDir, MasterKeyFile: c.MasterKeyFile, Catalogue: entities.All()})
	if err != nil {
		return err
	}
	fmt.Fprintln(e.stderr, "A new master key was made. Connect each tenant again; its data is kept.")
	return nil
}
