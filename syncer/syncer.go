// Package syncer is the engine: it connects a tenant to Microsoft, checks what
// is granted, and keeps the store equal to the directory. It never loses a
// good row to a bad answer: the rules for that live in package store, the
// reading of Microsoft in package microsoft, and here is what brings them
// together.
package syncer

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// Config is what a Syncer works with. Only Store is required.
type Config struct {
	Store *store.Store
	// Transport carries every call to Microsoft; nil trusts the system's
	// certificate authorities.
	Transport http.RoundTripper
	// Pace holds the limiters; nil is one with Microsoft's documented limits.
	Pace *microsoft.Pace
	// Cloud finds a cloud by name; nil is microsoft.CloudByName.
	Cloud func(name string) (microsoft.Cloud, error)
	// Clock is the wall clock; nil is the real one.
	Clock clockwork.Clock
	// Sleep waits; nil waits on Clock.
	Sleep  func(ctx context.Context, d time.Duration) error
	Logger *slog.Logger
	// KeepHistory is how long changes, runs and removed rows are kept; 0 is
	// 400 days.
	KeepHistory time.Duration
}

// Syncer starts runs and follows them. Close it to stop them.
type Syncer struct {
	store   *store.Store
	cat     *entity.Catalogue
	config  Config
	clock   clockwork.Clock
	log     *slog.Logger
	ctx     context.Context
	stop    context.CancelCauseFunc
	running sync.WaitGroup

	mu   sync.Mutex
	runs map[int64]*localRun // runs of this process, by id
	// unstored are the runs of this process whose end could not be stored.
	unstored map[int64]store.Run
}

// localRun is a run that this process carries out.
type localRun struct {
	cancel context.CancelCauseFunc
	done   chan struct{}
	failed *unstoredParts
}

// Reasons for which a run's context ends.
var (
	errCancelled = fmt.Errorf("the sync was stopped")
	errShutdown  = fmt.Errorf("SecurAtlas was shut down")
	errLeaseLost = fmt.Errorf("another process took the sync over")
)

// New returns a Syncer on a store. Nothing runs until it is asked to.
func New(c Config) *Syncer {
	if c.Clock == nil {
		c.Clock = clockwork.NewRealClock()
	}
	if c.Cloud == nil {
		c.Cloud = microsoft.CloudByName
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Pace == nil {
		c.Pace = microsoft.NewPace(nil)
	}
	if c.KeepHistory == 0 {
		c.KeepHistory = 400 * 24 * time.Hour
	}
	s := &Syncer{
		store:  c.Store,
		cat:    c.Store.Catalogue(),
		config: c,
		clock:  c.Clock,
		log:    c.Logger,
		runs:   map[int64]*localRun{},

		unstored: map[int64]store.Run{},
	}
	s.ctx, s.stop = context.WithCancelCause(context.Background())
	return s
}

// Stop ends the runs of this process and lets none begin. It returns at once,
// so that runs are marked as interrupted while other things still end.
func (s *Syncer) Stop() { s.stop(errShutdown) }

// Close stops the runs of this process and waits until each has been marked
// interrupted.
func (s *Syncer) Close() {
	s.Stop()
	s.running.Wait()
}

// Clouds lists the clouds that a connection can be made in, the custom one
// last and only where it is defined.
func (s *Syncer) Clouds() []entity.CloudChoice {
	var choices []entity.CloudChoice
	for _, c := range microsoft.Clouds() {
		choices = append(choices, entity.CloudChoice{Name: c.Name, Title: c.Title})
	}
	if c, err := s.config.Cloud(microsoft.Custom); err == nil {
		choices = append(choices, entity.CloudChoice{Name: c.Name, Title: c.Title})
	}
	return choices
}

// Links returns the Entra admin center's pages for an app registration; the
// zero value for an unknown cloud.
func (s *Syncer) Links(cloud, directoryID, clientID string) entity.Links {
	c, err := s.config.Cloud(cloud)
	if err != nil {
		return entity.Links{}
	}
	return c.Links(directoryID, clientID)
}

// RowLink returns the portal page of one row, "" for an unknown cloud.
func (s *Syncer) RowLink(cloud, portalPath, id string) string {
	c, err := s.config.Cloud(cloud)
	if err != nil {
		return ""
	}
	return c.RowLink(portalPath, id)
}

// ConsentURL returns the page on which an administrator of the directory
// grants the app registration's permissions; "" for an unknown cloud.
func (s *Syncer) ConsentURL(cloud, directoryID, clientID, redirectURI, state string) string {
	c, err := s.config.Cloud(cloud)
	if err != nil {
		return ""
	}
	return microsoft.AdminConsentURL(c, directoryID, clientID, redirectURI, state)
}

// client makes a client for a connection.
func (s *Syncer) client(cloud, directoryID, clientID, secret string) (*microsoft.Client, error) {
	c, err := s.config.Cloud(cloud)
	if err != nil {
		return nil, store.InputError{Field: "cloud", Message: err.Error()}
	}
	return microsoft.New(microsoft.Config{
		Cloud:       c,
		DirectoryID: directoryID,
		ClientID:    clientID,
		Secret:      secret,
		Transport:   s.config.Transport,
		Pace:        s.config.Pace,
		Now:         s.clock.Now,
		Sleep:       s.sleep,
	})
}

func notConnected() *entity.Problem {
	return &entity.Problem{
		Class:   entity.ClassCredential,
		Code:    entity.CodeNotConnected,
		Message: "The tenant is not connected to Microsoft.",
		Cure:    "Connect it on the tenant's Integrations tab, or with securatlas connect.",
	}
}

// sleep waits until d has passed or the context ends.
func (s *Syncer) sleep(ctx context.Context, d time.Duration) error {
	if s.config.Sleep != nil {
		return s.config.Sleep(ctx, d)
	}
	if d <= 0 {
		return ctx.Err()
	}
	timer := s.clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.Chan():
		return nil
	}
}
