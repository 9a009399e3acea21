package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

type statusCommand struct {
	dataFlags
	Tenant string `required:"" help:"The tenant's slug." placeholder:"SLUG"`
	JSON   bool   `help:"Print JSON."`
}

// statusJSON is what status --json prints.
type statusJSON struct {
	Tenant      string             `json:"tenant"`
	Integration integrationStatus  `json:"integration"`
	Entities    []entityStatusJSON `json:"entities"`
}

// integrationStatus is a tenant's connection to Microsoft.
type integrationStatus struct {
	Status        string     `json:"status"`
	Syncing       bool       `json:"syncing"`
	Unreadable    int        `json:"unreadable"` // entities that could not be read
	Cloud         string     `json:"cloud,omitempty"`
	DirectoryID   string     `json:"directory_id,omitempty"`
	DirectoryName string     `json:"directory_name,omitempty"`
	ClientID      string     `json:"client_id,omitempty"`
	ConnectedAt   *time.Time `json:"connected_at"`
	CheckedAt     *time.Time `json:"checked_at"`
	// SecretExpiresAt is null where it is not known when the client secret
	// expires, or which of the app's secrets it is.
	SecretExpiresAt *time.Time   `json:"secret_expires_at"`
	Error           *problemJSON `json:"error"`
}

// entityJSON is one entity after a run.
type entityJSON struct {
	Entity   string       `json:"entity"`
	State    entity.State `json:"state"`
	Rows     int          `json:"rows"`
	Added    int          `json:"added"`
	Changed  int          `json:"changed"`
	Removed  int          `json:"removed"`
	Requests int          `json:"requests"`
	Held     int          `json:"held"`
	Needs    []string     `json:"needs"`
	Columns  []columnJSON `json:"columns"`
	Error    *problemJSON `json:"error"`
	Kept     []keptJSON   `json:"kept,omitempty"`
}

// keptJSON is a part that a sync left as it was, since it was read lately.
type keptJSON struct {
	Part string     `json:"part"`
	AsOf *time.Time `json:"as_of"`
}

// columnJSON is a column whose part could not be read, or that failed itself.
type columnJSON struct {
	Column string       `json:"column"`
	State  entity.State `json:"state"`
	Needs  []string     `json:"needs"`
	AsOf   *time.Time   `json:"as_of"`
	Why    string       `json:"why,omitempty"`
	// Since is when the column first came so, where Why is about it alone.
	Since *time.Time `json:"since,omitempty"`
	// Unread is how many rows the column's part has not read yet.
	Unread int `json:"unread,omitempty"`
}

// problemJSON is a problem as commands print it.
type problemJSON struct {
	Class     entity.Class `json:"class"`
	Code      string       `json:"code"`
	Message   string       `json:"message"`
	RequestID string       `json:"request_id"`
	Cure      string       `json:"cure,omitempty"`
	Link      string       `json:"link,omitempty"`
	RetryAt   *time.Time   `json:"retry_at,omitempty"`
}

// entityStatusJSON is one entity as status --json prints it.
type entityStatusJSON struct {
	entityJSON
	AsOf        *time.Time `json:"as_of"`
	AttemptedAt *time.Time `json:"attempted_at"`
	Syncing     bool       `json:"syncing"`
	Parts       []partJSON `json:"parts"`
}

// partJSON is one part of an entity.
type partJSON struct {
	Part        string       `json:"part"`
	State       entity.State `json:"state"`
	AsOf        *time.Time   `json:"as_of"`
	AttemptedAt *time.Time   `json:"attempted_at"`
	Rows        int          `json:"rows"`
	Requests    int          `json:"requests"`
	Needs       []string     `json:"needs"`
	Error       *problemJSON `json:"error"`
	// Source is the resource that was read, of a part that has two.
	Source entity.Resource `json:"source,omitempty"`
	// CoversFrom and CoversTo are the time that a part read by windows covers.
	CoversFrom *time.Time `json:"covers_from,omitempty"`
	CoversTo   *time.Time `json:"covers_to,omitempty"`
	// Lost are spans of it that lack some or all of what there was.
	Lost []spanJSON `json:"lost,omitempty"`
}

type spanJSON struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (c statusCommand) Run(e *env) error {
	return c.withStore(e.ctx, func(st *store.Store) error {
		t, err := tenant(e.ctx, st, c.Tenant)
		if err != nil {
			return err
		}
		integration, err := integrationJSON(e.ctx, st, t)
		if err != nil {
			return err
		}
		states, err := st.EntityStates(e.ctx, t.ID)
		if err != nil {
			return err
		}
		out := statusJSON{Tenant: t.Slug, Integration: integration, Entities: []entityStatusJSON{}}
		for _, s := range states {
			out.Entities = append(out.Entities, statusOf(s))
		}
		if c.JSON {
			return json.NewEncoder(e.stdout).Encode(out)
		}
		fmt.Fprintf(e.stdout, "%s: %s\n", t.Name, integration.Status)
		return printEntities(e.stdout, states)
	})
}

// integrationJSON describes a tenant's integration; a tenant that never had
// one is disconnected.
func integrationJSON(ctx context.Context, st *store.Store, t store.Tenant) (integrationStatus, error) {
	i, err := st.Integration(ctx, t.ID)
	if errors.Is(err, store.ErrNotFound) {
		return integrationStatus{Status: "disconnected"}, nil
	}
	if err != nil {
		return integrationStatus{}, err
	}
	states, err := st.EntityStates(ctx, t.ID)
	if err != nil {
		return integrationStatus{}, err
	}
	status, unreadable := store.IntegrationStatus(i, states)
	_, err = st.ActiveRun(ctx, t.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return integrationStatus{}, err
	}
	syncing := err == nil
	var expiry store.SecretExpiry
	if i.Connected {
		if expiry, err = st.SecretExpiry(ctx, t.ID); err != nil {
			return integrationStatus{}, err
		}
	}
	return integrationStatus{
		SecretExpiresAt: timeJSON(expiry.At),
		Status:          status,
		Syncing:         syncing,
		Unreadable:      unreadable,
		Cloud:           i.Cloud,
		DirectoryID:     i.DirectoryID,
		DirectoryName:   i.DirectoryName,
		ClientID:        i.ClientID,
		ConnectedAt:     timeJSON(i.ConnectedAt),
		CheckedAt:       timeJSON(i.CheckedAt),
		Error:           problemOf(i.Problem),
	}, nil
}

func entityOf(s store.EntityState) entityJSON {
	out := entityJSON{
		Entity:   s.Def.Kind,
		State:    s.State,
		Rows:     s.Rows,
		Added:    s.Added,
		Changed:  s.Changed,
		Removed:  s.Removed,
		Requests: s.Requests,
		Held:     s.Held,
		Needs:    notNil(s.Needs),
		Columns:  []columnJSON{},
		Error:    problemOf(s.Problem),
	}
	for _, c := range s.Columns {
		out.Columns = append(out.Columns, columnJSON{c.Column, c.State, notNil(c.Needs), timeJSON(c.AsOf), c.Why, timeJSON(c.Since), c.Unread})
	}
	return out
}

func statusOf(s store.EntityState) entityStatusJSON {
	out := entityStatusJSON{
		entityJSON:  entityOf(s),
		AsOf:        timeJSON(s.AsOf),
		AttemptedAt: timeJSON(s.AttemptedAt),
		Syncing:     s.Syncing,
		Parts:       []partJSON{},
	}
	for _, p := range s.Parts {
		var lost []spanJSON
		for _, span := range p.Lost {
			lost = append(lost, spanJSON{span.From.UTC(), span.To.UTC()})
		}
		out.Parts = append(out.Parts, partJSON{
			Part:        p.Part,
			State:       p.State,
			AsOf:        timeJSON(p.AsOf),
			AttemptedAt: timeJSON(p.AttemptedAt),
			Rows:        p.Rows,
			Requests:    p.Requests,
			Needs:       notNil(p.Needs),
			Error:       problemOf(p.Problem),
			Source:      p.Source,
			CoversFrom:  timeJSON(p.Reach.From),
			CoversTo:    timeJSON(p.Reach.To),
			Lost:        lost,
		})
	}
	return out
}

func problemOf(p *entity.Problem) *problemJSON {
	if p == nil {
		return nil
	}
	return &problemJSON{p.Class, p.Code, p.Message, p.RequestID, p.Cure, p.Link, timeJSON(p.RetryAt)}
}

func timeJSON(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// gapLine says why a column is not as its entity is, and what it needs.
func gapLine(c store.ColumnGap) string {
	line := c.Why
	if len(c.Needs) > 0 {
		line = strings.TrimPrefix(line+"; needs "+strings.Join(c.Needs, ", "), "; ")
	}
	return line
}

// printEntities writes a table for a person.
func printEntities(w io.Writer, states []store.EntityState) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "ENTITY\tSTATE\tROWS\tAS OF\t")
	for _, s := range states {
		asOf := "never"
		if !s.AsOf.IsZero() {
			asOf = s.AsOf.UTC().Format(time.RFC3339)
		}
		note := ""
		if s.Problem != nil {
			note = problemLine(s.Problem)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", s.Def.Kind, s.State, s.Rows, asOf, note)
		for _, c := range s.Columns {
			fmt.Fprintf(t, "  %s\t%s\t\t\t%s\n", c.Column, c.State, gapLine(c))
		}
	}
	return t.Flush()
}
