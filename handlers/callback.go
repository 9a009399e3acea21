package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// callbackPath is the redirect URI of the app registration.
const callbackPath = "/api/integrations/callback"

// consentCallback is where Microsoft sends an admin after consent. What the
// query string claims is believed only with the state of a link that this
// session was given, and the result is what a new token says, not the query.
func (s *server) consentCallback(c echo.Context) error {
	request, ok, err := s.takeConsent(c, c.QueryParam("state"))
	if err != nil {
		return err
	}
	if !ok {
		return s.renderCallback(c, http.StatusBadRequest, views.CallbackView{
			Title: "This answer cannot be used",
			Text:  "It was used before, is too old, or belongs to another person or browser. Nothing was changed.",
			Steps: []string{
				"If you have just granted consent at Microsoft, it is granted: open the tenant's Permissions page and choose Check again.",
				"Otherwise start again from the Permissions page.",
			},
		})
	}
	t, in, err := s.consentTenant(c, request.Tenant)
	if err != nil {
		return err
	}
	c.Set(tenantKey, t)
	v := views.CallbackView{Tenant: &t}
	switch {
	case c.QueryParam("error") != "":
		return s.renderCallback(c, http.StatusOK, consentRefused(v, c.QueryParam("error"), c.QueryParam("error_description")))
	case !strings.EqualFold(c.QueryParam("admin_consent"), "true"):
		v.Title, v.Text = "Microsoft did not say that consent was granted", "Nothing was changed."
		v.Steps = []string{"Open the Permissions page and choose Check again to see what is granted now."}
		return s.renderCallback(c, http.StatusBadRequest, v)
	case !strings.EqualFold(c.QueryParam("tenant"), in.DirectoryID):
		v.Title = "Consent was granted in another directory"
		v.Text = "Microsoft names the directory " + clip(c.QueryParam("tenant"), 80) + ", but this tenant is connected to " + in.DirectoryID + "."
		v.Steps = []string{
			"Sign out at Microsoft, or use a private window.",
			"Start again from the Permissions page and sign in with an administrator of " + directoryName(in) + ".",
			"In the other directory, remove the enterprise application that was just added, if nobody wanted it.",
		}
		return s.renderCallback(c, http.StatusBadRequest, v)
	}
	return s.consentGranted(c, v, in)
}

// consentTenant returns the tenant of a consent request, where the account may
// still act for it, and its integration.
func (s *server) consentTenant(c echo.Context, id int64) (t store.Tenant, in store.Integration, err error) {
	if !me(c).Sees(id) {
		return t, in, store.ErrNotFound
	}
	if me(c).Role == store.Viewer {
		return t, in, errForbidden
	}
	tenants, err := s.store.Tenants(c.Request().Context())
	if err != nil {
		return t, in, fmt.Errorf("load the tenants: %w", err)
	}
	for _, candidate := range tenants {
		if candidate.ID == id {
			in, err = s.connectedIntegration(c, candidate)
			return candidate, in, err
		}
	}
	return t, in, store.ErrNotFound
}

// consentGranted checks with new tokens what consent has brought.
func (s *server) consentGranted(c echo.Context, v views.CallbackView, in store.Integration) error {
	gained, _, check, err := s.recheck(c, *v.Tenant)
	v.OK = true
	v.Title = "Admin consent was granted for " + directoryName(in)
	v.Text = "The permissions were checked with a new token."
	switch problem := asProblem(err); {
	case problem != nil:
		v.Problem = problem
		v.Text = "The permissions could not be checked yet."
		v.Steps = []string{"Wait a minute, then choose Check again on the Permissions page."}
		return s.renderCallback(c, http.StatusOK, v)
	case err != nil:
		return err
	}
	v.Check = &check
	v.Problem = check.Problems[entity.Graph]
	if len(gained) > 0 {
		v.Text += " Newly granted: " + strings.Join(gained, ", ") + "."
	}
	if len(check.Missing()) > 0 {
		v.Steps = append(v.Steps,
			"Microsoft can take a few minutes to put new permissions into tokens: wait, then choose Check again.",
			"What is missing still was not on the app's list: add it under API permissions, then grant consent again.")
	} else {
		v.Steps = append(v.Steps, "Start a sync, to read what could not be read before.")
	}
	return s.renderCallback(c, http.StatusOK, v)
}

// consentRefused explains Microsoft's error. What it says is shown as text,
// never trusted.
func consentRefused(v views.CallbackView, code, description string) views.CallbackView {
	v.Code, v.Description = clip(code, 100), clip(description, 1000)
	v.Title, v.Text = "Admin consent was not granted", "Nothing was changed."
	if code == "access_denied" {
		v.Text = "The request was declined at Microsoft. Nothing was changed."
	}
	v.Steps = []string{
		"Only a Global Administrator or Privileged Role Administrator of the directory can grant consent.",
		"If Microsoft complains about the redirect URI, add it to the app registration under Authentication, as platform Web.",
		"Start again from the Permissions page, or grant consent in the Entra admin center and choose Check again.",
	}
	return v
}

func directoryName(in store.Integration) string {
	for _, name := range []string{in.DirectoryName, in.DefaultDomain} {
		if name != "" {
			return name
		}
	}
	return in.DirectoryID
}

func (s *server) renderCallback(c echo.Context, status int, v views.CallbackView) error {
	var crumbs []views.Crumb
	if v.Tenant != nil {
		crumbs = append(crumbs, integrationsCrumb(*v.Tenant))
	}
	var err error
	if v.Page, err = s.page(c, "Admin consent", views.NavIntegrations, crumbs...); err != nil {
		return err
	}
	return s.render(c, status, views.CallbackPage(v))
}
