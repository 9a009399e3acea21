package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entities"
)

// dataFlags say where the data is. Every command on it has them.
type dataFlags struct {
	DataDir       string `env:"SECURATLAS_DATA_DIR" default:"./securatlas-data" help:"The data folder." placeholder:"DIR"`
	MasterKeyFile string `env:"SECURATLAS_MASTER_KEY_FILE" help:"The master key (default: master.key in the data folder)." placeholder:"FILE"`
	logDays
	logFlags
}

func (f dataFlags) open(ctx context.Context) (*store.Store, error) {
	catalogue := entities.All()
	if err := f.logDays.apply(catalogue); err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{
		Dir:           f.DataDir,
		MasterKeyFile: f.MasterKeyFile,
		Catalogue:     catalogue,
	})
}

// logFlags choose the form of the log on standard error.
type logFlags struct {
	Log string `env:"SECURATLAS_LOG" enum:"text,json" default:"text" help:"Form of the log: text or json."`
}

// logger logs what is of that level or graver.
func (f logFlags) logger(w io.Writer, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if f.Log == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// withStore opens the data folder for one command.
func (f dataFlags) withStore(ctx context.Context, do func(*store.Store) error) error {
	st, err := f.open(ctx)
	if err != nil {
		return err
	}
	err = do(st)
	if closeErr := st.Close(); err == nil {
		err = closeErr
	}
	return err
}

// withSyncer is withStore with an engine on it. Its log is kept to what goes
// wrong: the commands print their own progress.
func (f dataFlags) withSyncer(e *env, do func(*store.Store, *syncer.Syncer) error) error {
	return f.withStore(e.ctx, func(st *store.Store) error {
		engine := syncer.New(syncer.Config{Store: st, Logger: f.logger(e.stderr, slog.LevelError)})
		defer engine.Close()
		return do(st, engine)
	})
}

// tenant finds the tenant that a flag names.
func tenant(ctx context.Context, st *store.Store, slug string) (store.Tenant, error) {
	t, err := st.TenantBySlug(ctx, slug)
	if errors.Is(err, store.ErrNotFound) {
		return t, badUsage("there is no tenant %q; securatlas tenant list shows them", slug)
	}
	return t, err
}

// secretFrom reads one line from standard input: secrets are never taken as
// flags, since a process list shows these.
func secretFrom(r io.Reader, what string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the %s from standard input: %w", what, err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", badUsage("standard input holds no %s", what)
	}
	return line, nil
}

// cli is who acts when a command does.
var cli = store.Actor{Name: "cli"}
