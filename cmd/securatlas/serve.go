package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/securatlas/securatlas/handlers"
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

type serveCommand struct {
	dataFlags
	webFlags
	HistoryDays int `env:"SECURATLAS_HISTORY_DAYS" default:"400" help:"Days for which changes, syncs and removed rows are kept."`
}

func (c serveCommand) Run(e *env) error {
	if err := checkDays("--history-days", c.HistoryDays); err != nil {
		return err
	}
	web, err := c.bind()
	if err != nil {
		return err
	}
	defer web.listener.Close()
	return c.withStore(e.ctx, func(st *store.Store) error {
		return app{
			env:   e,
			store: st,
			web:   web,
			log:   c.logFlags,
			keep:  days(c.HistoryDays),
		}.run()
	})
}

// app is the web app with its engine and schedule; serve and demo differ in
// what they put into it.
type app struct {
	env       *env
	store     *store.Store
	web       *web
	log       logFlags
	transport http.RoundTripper
	cloud     func(name string) (microsoft.Cloud, error)
	demo      *handlers.Demo
	keep      time.Duration
	// announce prints what a person needs to know beside the URL, or is nil.
	announce func()
}

func (a app) run() error {
	ctx, log := a.env.ctx, a.log.logger(a.env.stderr, slog.LevelInfo)
	engine := syncer.New(syncer.Config{Store: a.store, Transport: a.transport, Cloud: a.cloud, Logger: log, KeepHistory: a.keep})
	defer engine.Close()
	// At the signal, not after the requests under way: a sync takes a moment to
	// be marked, and docker stop kills ten seconds later.
	defer context.AfterFunc(ctx, engine.Stop)()
	setupCode, err := setupCode(ctx, a.store)
	if err != nil {
		return err
	}
	handler, err := handlers.New(handlers.Config{
		Store:          a.store,
		Syncer:         engine,
		BaseURL:        a.web.base,
		TrustedProxies: a.web.proxies,
		SetupCode:      setupCode,
		Demo:           a.demo,
		Version:        versionString(),
		Logger:         log,
	})
	if err != nil {
		return err
	}
	schedule, err := engine.StartSchedule(ctx)
	if err != nil {
		return err
	}
	defer schedule.Stop()
	fmt.Fprintf(a.env.stdout, "listening=%s\n", a.web.base)
	if setupCode != "" {
		fmt.Fprintf(a.env.stdout, "setup_code=%s\n", setupCode)
	}
	if a.announce != nil {
		a.announce()
	}
	return a.web.serve(ctx, handler, log)
}

// setupCode makes the one-time code that the first owner needs, "" when there
// is an owner. A new start makes a new code.
func setupCode(ctx context.Context, st *store.Store) (string, error) {
	has, err := st.HasOwner(ctx)
	if err != nil || has {
		return "", err
	}
	return rand.Text(), nil
}
