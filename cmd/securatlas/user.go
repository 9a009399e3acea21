package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/securatlas/securatlas/store"
)

type userCommand struct {
	Add      userAdd      `cmd:"" help:"Add an account."`
	List     userList     `cmd:"" help:"List the accounts."`
	Password userPassword `cmd:"" help:"Set an account's password."`
}

type userAdd struct {
	dataFlags
	Email         string   `required:"" help:"The account's email address."`
	Role          string   `required:"" enum:"owner,admin,viewer" help:"owner, admin or viewer."`
	Tenant        []string `help:"Tenants that the account may see; an owner sees all." placeholder:"SLUG"`
	PasswordStdin bool     `required:"" help:"Read the password from standard input."`
}

func (c userAdd) Run(e *env) error {
	password, err := secretFrom(e.stdin, "password")
	if err != nil {
		return err
	}
	return c.withStore(e.ctx, func(st *store.Store) error {
		var ids []int64
		for _, slug := range c.Tenant {
			t, err := tenant(e.ctx, st, slug)
			if err != nil {
				return err
			}
			ids = append(ids, t.ID)
		}
		_, err := st.CreateAccount(e.ctx, cli, c.Email, store.Role(c.Role), password, ids)
		return err
	})
}

type userList struct {
	dataFlags
	JSON bool `help:"Print JSON."`
}

// accountJSON is one account as user list --json prints it.
type accountJSON struct {
	Email   string   `json:"email"`
	Role    string   `json:"role"`
	Tenants []string `json:"tenants"`
}

func (c userList) Run(e *env) error {
	return c.withStore(e.ctx, func(st *store.Store) error {
		accounts, err := st.Accounts(e.ctx)
		if err != nil {
			return err
		}
		tenants, err := st.Tenants(e.ctx)
		if err != nil {
			return err
		}
		slugs := map[int64]string{}
		for _, t := range tenants {
			slugs[t.ID] = t.Slug
		}
		list := make([]accountJSON, 0, len(accounts))
		for _, a := range accounts {
			account := accountJSON{Email: a.Email, Role: string(a.Role), Tenants: []string{}}
			for _, id := range a.Tenants {
				account.Tenants = append(account.Tenants, slugs[id])
			}
			list = append(list, account)
		}
		if c.JSON {
			return json.NewEncoder(e.stdout).Encode(list)
		}
		for _, a := range list {
			fmt.Fprintf(e.stdout, "%s\t%s\t%s\n", a.Email, a.Role, strings.Join(a.Tenants, ","))
		}
		return nil
	})
}

type userPassword struct {
	dataFlags
	Email         string `required:"" help:"The account's email address."`
	PasswordStdin bool   `required:"" help:"Read the password from standard input."`
}

func (c userPassword) Run(e *env) error {
	password, err := secretFrom(e.stdin, "password")
	if err != nil {
		return err
	}
	return c.withStore(e.ctx, func(st *store.Store) error {
		a, err := st.AccountByEmail(e.ctx, c.Email)
		if errors.Is(err, store.ErrNotFound) {
			return badUsage("there is no account %q", c.Email)
		}
		if err != nil {
			return err
		}
		return st.SetPassword(e.ctx, cli, a.ID, password)
	})
}
