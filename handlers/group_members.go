package handlers

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// groupMembers counts the members and owners of a group; nil for other rows.
func (s *server) groupMembers(c echo.Context, tenant store.Tenant, def *entity.Def, row store.Row) (*views.GroupMembers, error) {
	edges := s.store.Catalogue().Def("group_members")
	if def.Kind != "groups" || edges == nil {
		return nil, nil
	}
	counts, err := s.store.GroupCounts(c.Request().Context(), tenant.ID, row.ID)
	if err != nil {
		return nil, fmt.Errorf("load the group's counts: %w", err)
	}
	state, err := s.state(c, tenant, edges.Kind)
	if err != nil {
		return nil, err
	}
	table := func(relation string) string {
		q := tableQuery{conditions: []store.Condition{
			{Column: "group_id", Op: store.OpContains, Value: row.ID},
			{Column: "relation", Op: store.OpEqual, Value: relation},
		}}
		return q.url(edges, views.TenantPath(tenant.Slug, "data", edges.Kind))
	}
	g := views.GroupMembers{
		GroupCounts: counts,
		State:       views.StateOf(s.store.Now(), state),
		MembersPath: table("member"),
		OwnersPath:  table("owner"),
	}
	g.State.Kind = "" // the row's own label is the one that is looked for
	for _, list := range edges.Parts[0].Fan.Lists {
		if list.Hidden != nil {
			g.Permission = list.Hidden.Permission
		}
	}
	return &g, nil
}
