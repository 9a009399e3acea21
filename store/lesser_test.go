package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestLesserRowGivesWay(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 1))
	id := w.numbered("widgets", 0, 1)[0].ID
	row := func(owner string, lesser bool) entity.Row {
		r := w.rows("widgets", "usage", `{"id":"`+id+`","owner":"`+owner+`"}`)[0]
		r.Lesser = lesser
		return r
	}
	owner := func() any { return w.row("widgets", id).Cell(w.def("widgets"), "owner") }
	for _, c := range []struct {
		pages [][]entity.Row
		want  string
	}{
		{[][]entity.Row{{row("sub", true)}}, "sub"},
		{[][]entity.Row{{row("main", false), row("sub", true)}}, "main"},
		{[][]entity.Row{{row("sub", true), row("main", false)}}, "main"},
		{[][]entity.Row{{row("main", false)}, {row("sub", true)}}, "main"},
		{[][]entity.Row{{row("sub", true)}, {row("main", false)}}, "main"},
	} {
		w.sync("widgets", "usage", c.pages...)
		assert.Equal(t, c.want, owner())
	}
	pw, end := w.begin("widgets", "usage")
	counts := w.put(pw, []entity.Row{row("sub", true)}, []entity.Row{row("main", false)})
	assert.Equal(t, store.Counts{Rows: 1}, counts, "what gives way is no change")
	_, err := pw.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
}
