package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// showPermissions answers with what the newest tokens grant.
func (s *server) showPermissions(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	in, err := s.connectedIntegration(c, t)
	if errors.Is(err, store.ErrNotFound) {
		return s.connectFirst(c, t)
	}
	if err != nil {
		return err
	}
	grants, err := s.store.Grants(c.Request().Context(), t.ID)
	if err != nil {
		return fmt.Errorf("load the granted permissions: %w", err)
	}
	p, err := s.page(c, "Permissions", views.NavIntegrations, integrationsCrumb(t))
	if err != nil {
		return err
	}
	v := views.PermissionsView{
		Page:        p,
		Tenant:      t,
		Integration: in,
		Check:       s.store.Catalogue().Check(grants),
		Catalogue:   s.store.Catalogue(),
		Links:       s.syncer.Links(in.Cloud, in.DirectoryID, in.ClientID),
	}
	if p.CanAct() {
		state, err := s.consentState(c, t)
		if err != nil {
			return err
		}
		v.ConsentURL = s.syncer.ConsentURL(in.Cloud, in.DirectoryID, in.ClientID, s.redirectURI(), state)
	}
	return s.render(c, http.StatusOK, views.PermissionsPage(v))
}

// checkPermissions asks for new tokens and says what changed.
func (s *server) checkPermissions(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	switch _, err := s.connectedIntegration(c, t); {
	case errors.Is(err, store.ErrNotFound):
		return s.connectFirst(c, t)
	case err != nil:
		return err
	}
	gained, lost, check, err := s.recheck(c, t)
	tone := views.Good
	var text string
	problem := asProblem(err)
	switch {
	case problem != nil:
		tone, text = views.Bad, "The permissions could not be checked: "+problem.Error()
	case err != nil:
		return err
	case check.Problems[entity.Graph] != nil:
		tone, text = views.Bad, "Microsoft Graph gave no token. What was granted before is not known to be granted still."
	default:
		text = changesText(gained, lost)
	}
	if err := s.flash(c, tone, "%s", text); err != nil {
		return err
	}
	return redirect(c, microsoftPath(t, "permissions"))
}

// connectFirst leads to where a tenant is connected: without a credential there
// is nothing to ask Microsoft with.
func (s *server) connectFirst(c echo.Context, t store.Tenant) error {
	if err := s.flash(c, views.Info, "Connect %s first: permissions can be checked only with a credential.", t.Name); err != nil {
		return err
	}
	return redirect(c, integrationsPath(t))
}

// recheck reads the granted permissions anew and compares them with what was
// known before.
func (s *server) recheck(c echo.Context, t store.Tenant) (gained, lost []string, check entity.PermissionCheck, err error) {
	ctx := c.Request().Context()
	before, err := s.store.Grants(ctx, t.ID)
	if err != nil {
		return nil, nil, check, fmt.Errorf("load the granted permissions: %w", err)
	}
	if check, err = s.syncer.Check(ctx, t.ID); err != nil {
		return nil, nil, check, fmt.Errorf("check the permissions: %w", err)
	}
	after, err := s.store.Grants(ctx, t.ID)
	if err != nil {
		return nil, nil, check, fmt.Errorf("load the granted permissions: %w", err)
	}
	was, is := roleNames(before), roleNames(after)
	return missingFrom(is, was), missingFrom(was, is), check, nil
}

func roleNames(grants []entity.Grants) []string {
	var names []string
	for _, g := range grants {
		names = append(names, g.Roles...)
	}
	return names
}

// missingFrom returns the elements of a that b lacks.
func missingFrom(a, b []string) []string {
	var missing []string
	for _, name := range a {
		if !slices.Contains(b, name) {
			missing = append(missing, name)
		}
	}
	return missing
}

func changesText(gained, lost []string) string {
	var parts []string
	if len(gained) > 0 {
		parts = append(parts, "Newly granted: "+strings.Join(gained, ", ")+".")
	}
	if len(lost) > 0 {
		parts = append(parts, "No longer granted: "+strings.Join(lost, ", ")+".")
	}
	if len(parts) == 0 {
		return "Checked with a new token: nothing changed."
	}
	return strings.Join(parts, " ")
}
