package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/securatlas/securatlas/handlers"
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/microsoft"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// demoEmail is the demo's owner.
const demoEmail = "demo@contoso.example"

type demoCommand struct {
	webFlags
	logFlags
	DataDir       string `env:"SECURATLAS_DATA_DIR" help:"The data folder (default: a temporary one)." placeholder:"DIR"`
	MasterKeyFile string `env:"SECURATLAS_MASTER_KEY_FILE" help:"The master key (default: master.key in the data folder)." placeholder:"FILE"`
	Users         int    `default:"400" help:"Users of the simulated tenant."`
	Seed          int64  `default:"1" help:"Seed of the simulated tenant."`
}

func (c demoCommand) Run(e *env) error {
	if c.Users < 1 {
		return badUsage("--users must be 1 or more")
	}
	dir := c.DataDir
	if dir == "" {
		temporary, err := os.MkdirTemp("", "securatlas-demo-")
		if err != nil {
			return fmt.Errorf("make a temporary data folder: %w", err)
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	web, err := c.bind()
	if err != nil {
		return err
	}
	defer web.listener.Close()
	st, err := store.Open(e.ctx, store.Options{Dir: dir, MasterKeyFile: c.MasterKeyFile, Catalogue: entities.All()})
	if err != nil {
		return err
	}
	defer st.Close()
	password := rand.Text()
	if err := prepareDemo(e.ctx, st, password); err != nil {
		return err
	}
	cloud, err := simulator.Start(simulator.Options{Users: c.Users, Seed: c.Seed, Dir: filepath.Join(dir, "simulator")})
	if err != nil {
		return fmt.Errorf("start the simulated tenant: %w", err)
	}
	defer cloud.Close()
	demo := &handlers.Demo{
		Email:        demoEmail,
		Password:     password,
		Cloud:        microsoft.Custom,
		DirectoryID:  cloud.DirectoryID(),
		ClientID:     cloud.ClientID(),
		ClientSecret: cloud.ClientSecret(),
	}
	return app{
		env:       e,
		store:     st,
		web:       web,
		log:       c.logFlags,
		transport: cloud.Transport(),
		cloud:     simulated(cloud),
		demo:      demo,
		announce: func() {
			fmt.Fprintf(e.stdout, "email=%s\npassword=%s\ndirectory_id=%s\nclient_id=%s\nclient_secret=%s\n",
				demo.Email, demo.Password, demo.DirectoryID, demo.ClientID, demo.ClientSecret)
			fmt.Fprintf(e.stderr, "\nOpen %s, sign in with the email and password above, then choose Integrations and Connect.\nPress Ctrl+C to stop.\n\n", web.base)
		},
	}.run()
}

// simulated offers the simulated cloud where an administrator would choose a
// custom one.
func simulated(cloud *simulator.Server) func(string) (microsoft.Cloud, error) {
	return func(name string) (microsoft.Cloud, error) {
		if name != microsoft.Custom {
			return microsoft.CloudByName(name)
		}
		return microsoft.Cloud{
			Name:            microsoft.Custom,
			Title:           "Simulated cloud (demo)",
			Authority:       cloud.AuthorityURL(),
			GraphURL:        cloud.GraphURL(),
			GraphScope:      cloud.GraphURL() + "/.default",
			DefenderURL:     cloud.DefenderURL(),
			DefenderScope:   cloud.DefenderURL() + "/.default",
			ManagementURL:   cloud.ManagementURL(),
			ManagementScope: cloud.ManagementURL() + "/.default",
			Portal:          "https://entra.microsoft.com/",
		}, nil
	}
}

// prepareDemo makes the owner and the tenant, or takes those of an earlier
// demo in the same folder; the password is new each time.
func prepareDemo(ctx context.Context, st *store.Store, password string) error {
	by := store.Actor{Name: "demo"}
	account, err := st.AccountByEmail(ctx, demoEmail)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if err := unused(ctx, st); err != nil {
			return err
		}
		_, err = st.CreateAccount(ctx, by, demoEmail, store.Owner, password, nil)
	case err == nil:
		err = st.SetPassword(ctx, by, account.ID, password)
	}
	if err != nil {
		return fmt.Errorf("make the demo's owner: %w", err)
	}
	_, err = st.TenantBySlug(ctx, "contoso")
	if errors.Is(err, store.ErrNotFound) {
		_, err = st.CreateTenant(ctx, by, "Contoso", "contoso")
	}
	if err != nil {
		return fmt.Errorf("make the demo's tenant: %w", err)
	}
	return nil
}

// unused refuses a data folder in which people work: the demo's owner would see
// their tenants, and its password is printed.
func unused(ctx context.Context, st *store.Store) error {
	accounts, err := st.Accounts(ctx)
	if err != nil {
		return err
	}
	tenants, err := st.Tenants(ctx)
	if err != nil {
		return err
	}
	if len(accounts) > 0 || len(tenants) > 0 {
		return badUsage("the data folder is in use; give the demo an empty one with --data-dir")
	}
	return nil
}
