package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestHeldRows_OfASourceAreNotThoseOfADerivedEntity(t *testing.T) {
	t.Parallel()
	c := entities.All()
	users := store.EntityState{Def: c.Def("users"), State: entity.Held, Rows: 400, Held: 200}
	guests := store.EntityState{Def: c.Def("guests"), State: entity.Held, Rows: 37, Held: 200}
	now := time.Now()
	assert.Equal(t, "400 · 200 held for review", CountText(now, users))
	assert.Equal(t, "37 · some held for review", CountText(now, guests))
	assert.Equal(t, "200 rows would be removed.", heldTitle(users))
	assert.NotContains(t, heldTitle(guests), "200")
	assert.Contains(t, EntityLine{EntityState: users}.Why(), "200 rows are gone")
	assert.NotContains(t, EntityLine{EntityState: guests}.Why(), "200")
}

func TestTable_SearchHintKeepsInitials(t *testing.T) {
	t.Parallel()
	hint := func(labels ...string) string {
		d := &entity.Def{}
		for _, l := range labels {
			d.Columns = append(d.Columns, entity.Column{Label: l, Search: true})
		}
		return Table{State: store.EntityState{Def: d}}.SearchHint()
	}
	assert.Equal(t, "Search licence, SKU ID, IP ranges", hint("Licence", "SKU ID", "IP ranges"))
	assert.Equal(t, "Search name, job title, office …", hint("Name", "Job title", "Office", "City"))
	assert.Equal(t, "Search", hint())
}

func TestGrid_NarrowShowsTheMostTellingColumn(t *testing.T) {
	t.Parallel()
	title := Header{Column: &entity.Column{Type: entity.Text, Filter: entity.Contains}, Sorted: "ascending"}
	text := Header{Column: &entity.Column{Type: entity.Text, Filter: entity.Contains}}
	plain := Header{Column: &entity.Column{Type: entity.Text}}
	list := Header{Column: &entity.Column{Type: entity.List, Filter: entity.Choice}}
	flag := Header{Column: &entity.Column{Type: entity.Bool, Filter: entity.Flag}}
	sorted := Header{Column: &entity.Column{Type: entity.Time, Filter: entity.Range}, Sorted: "descending"}
	assert.Equal(t, 4, Grid{Headers: []Header{title, text, plain, list, flag}}.Narrow(), "the first short one")
	assert.Equal(t, 2, Grid{Headers: []Header{title, flag, sorted}}.Narrow(), "what the rows are sorted by")
	assert.Equal(t, 1, Grid{Headers: []Header{title, text, text}}.Narrow())
	assert.Equal(t, 1, Grid{Headers: []Header{title}}.Narrow())
}
