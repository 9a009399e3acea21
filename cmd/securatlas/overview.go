package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/claim"
)

type overviewCommand struct {
	dataFlags
	Tenant string `required:"" help:"The tenant's slug." placeholder:"SLUG"`
	JSON   bool   `help:"Print JSON."`
}

// claimJSON is what is claimed, and on what evidence.
type claimJSON struct {
	Value     *int            `json:"value"` // null where nothing is known
	Certainty claim.Certainty `json:"certainty"`
	AsOf      *time.Time      `json:"as_of"`
	Current   bool            `json:"current"`
	Why       string          `json:"why"`
	Unknown   int             `json:"unknown"`
	Needs     []string        `json:"needs"`
}

// tileJSON is a figure of the overview.
type tileJSON struct {
	Name string `json:"name"`
	Href string `json:"href"`
	claimJSON
}

func (c overviewCommand) Run(e *env) error {
	return c.withStore(e.ctx, func(st *store.Store) error {
		t, err := tenant(e.ctx, st, c.Tenant)
		if err != nil {
			return err
		}
		states, err := st.EntityStates(e.ctx, t.ID)
		if err != nil {
			return err
		}
		figures, err := claim.Figures(e.ctx, st, t.ID, states)
		if err != nil {
			return err
		}
		if c.JSON {
			tiles := []tileJSON{}
			for _, f := range figures {
				tiles = append(tiles, tileJSON{f.Figure.Name, figureHref(t.Slug, f), claimOf(f)})
			}
			return json.NewEncoder(e.stdout).Encode(map[string]any{"tiles": tiles})
		}
		w := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "FIGURE\tVALUE\tCERTAINTY\tAS OF\t")
		for _, f := range figures {
			value := "not assessed"
			if f.Certainty != claim.Unknown {
				value = strconv.Itoa(f.Value)
			}
			if f.Unknown > 0 {
				value += fmt.Sprintf(" (%d %s)", f.Unknown, f.Figure.NotKnown)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Figure.Label, value, f.Certainty, stampOf(f.AsOf), f.WhyText())
		}
		return w.Flush()
	})
}

func claimOf(f claim.Figure) claimJSON {
	c := claimJSON{
		Certainty: f.Certainty,
		AsOf:      timeJSON(f.AsOf),
		Current:   f.Current,
		Why:       f.WhyText(),
		Unknown:   f.Unknown,
		Needs:     notNil(f.Needs),
	}
	if f.Certainty != claim.Unknown {
		c.Value = &f.Value
	}
	return c
}

// figureHref is the page of the rows that a figure counts.
func figureHref(slug string, f claim.Figure) string {
	href := "/tenants/" + url.PathEscape(slug) + "/data/" + f.Def.Kind
	if query := claim.Query(f.Figure).Encode(); query != "" {
		href += "?" + query
	}
	return href
}
