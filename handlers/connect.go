package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/setup"
	"github.com/securatlas/securatlas/views"
)

// defaultCloud is preselected; nearly all directories are in it.
const defaultCloud = "global"

// showConnect answers with the guide and an empty form; a directory that is
// known is filled in.
func (s *server) showConnect(c echo.Context) error {
	v, err := s.connectView(c)
	if err != nil {
		return err
	}
	v.Cloud = defaultCloud
	if s.demo != nil && s.demo.Cloud != "" {
		v.Cloud = s.demo.Cloud
	}
	if v.Known != nil {
		v.Cloud, v.DirectoryID, v.ClientID = v.Known.Cloud, v.Known.DirectoryID, v.Known.ClientID
	}
	return s.renderConnect(c, http.StatusOK, v)
}

// connect tests what was entered and stores it when it works. Posting it twice
// does no harm: the second test replaces the secret by itself and joins the run
// of the first.
func (s *server) connect(c echo.Context) error {
	v, err := s.connectView(c)
	if err != nil {
		return err
	}
	form, useAnyway := connectForm(c.Request())
	if v.Replacing() {
		form = withKnown(form, *v.Known)
	}
	v.Cloud, v.DirectoryID, v.ClientID = form.Cloud, form.DirectoryID, form.ClientID
	v.Errors, v.AskSecret = checkConnection(form, v.Clouds, useAnyway)
	if len(v.Errors) > 0 {
		return s.renderConnect(c, http.StatusUnprocessableEntity, v)
	}
	report, err := s.syncer.Connect(c.Request().Context(), actor(c), v.Tenant.ID, form)
	switch {
	case v.Errors.TakeAs("directory_id", err):
		return s.renderConnect(c, http.StatusUnprocessableEntity, v)
	case err != nil:
		return fmt.Errorf("connect: %w", err)
	case !report.OK:
		v.Report = &report
		return s.renderConnect(c, http.StatusUnprocessableEntity, v)
	}
	if err := s.flashConnected(c, v, report); err != nil {
		return err
	}
	return redirect(c, integrationsPath(v.Tenant))
}

// flashConnected says what a passed test has led to, and what it found missing.
func (s *server) flashConnected(c echo.Context, v views.ConnectView, report entity.ConnectReport) error {
	grants, err := s.store.Grants(c.Request().Context(), v.Tenant.ID)
	if err != nil {
		return fmt.Errorf("load the granted permissions: %w", err)
	}
	name := report.DirectoryName
	if name == "" {
		name = report.DirectoryID
	}
	var text string
	switch {
	case v.Replacing():
		text = "The client secret of " + name + " was replaced. A full sync is running; the old secret is kept until one has succeeded."
	case v.Known != nil:
		text = name + " is connected again. A full sync is running."
	default:
		text = name + " is connected. The first sync is running."
	}
	tone := views.Good
	if n := len(s.store.Catalogue().Check(grants).Missing()); n > 0 {
		tone = views.Warn
		text += " " + views.Count(n, "required permission is missing", "required permissions are missing") + ": see Permissions."
	}
	return s.flash(c, tone, "%s", text)
}

func (s *server) connectView(c echo.Context) (views.ConnectView, error) {
	t, err := s.tenantOf(c)
	if err != nil {
		return views.ConnectView{}, err
	}
	v := views.ConnectView{
		Tenant:      t,
		Errors:      views.FieldErrors{},
		Clouds:      s.syncer.Clouds(),
		RedirectURI: s.redirectURI(),
		Permissions: s.store.Catalogue().Permissions,
	}
	extras := c.QueryParam("extras") == "1"
	files := setup.For(v.Permissions, v.RedirectURI, extras)
	v.Scripts = views.Scripts{Bash: files.Bash, PowerShell: files.PowerShell, Manifest: files.Manifest, Extras: extras}
	if v.Known, err = s.lastIntegration(c.Request().Context(), t); err != nil {
		return v, err
	}
	if s.demo != nil {
		v.Demo = &views.DemoHint{DirectoryID: s.demo.DirectoryID, ClientID: s.demo.ClientID, ClientSecret: s.demo.ClientSecret}
	}
	return v, nil
}

// renderConnect renders the page, or to htmx the form alone.
func (s *server) renderConnect(c echo.Context, status int, v views.ConnectView) error {
	title := "Connect Microsoft Azure AD (Entra ID)"
	if v.Replacing() {
		title = "Replace the client secret"
	}
	var err error
	if v.Page, err = s.page(c, title, views.NavIntegrations, integrationsCrumb(v.Tenant)); err != nil {
		return err
	}
	// The portal's pages of an app that is known are nearer than its start page.
	v.Links = s.syncer.Links(v.Cloud, "", "")
	if v.Known != nil {
		v.Links = s.syncer.Links(v.Known.Cloud, v.Known.DirectoryID, v.Known.ClientID)
	}
	return s.render(c, status, views.ConnectPage(v), "form")
}

// redirectURI is where Microsoft sends people back after admin consent.
func (s *server) redirectURI() string { return s.base.JoinPath(callbackPath).String() }
