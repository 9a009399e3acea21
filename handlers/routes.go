package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/static"
)

// access is who may use a route.
type access int

const (
	public   access = iota // anybody
	signedIn               // any account
	member                 // an account that sees the tenant in the path; else 404
	admin                  // a member whose role is admin or owner; else 403
	owner                  // an account whose role is owner; else 403
)

// route is one address with who may use it.
type route struct {
	method, path string
	access       access
	handle       echo.HandlerFunc
}

// routes is every address of SecurAtlas.
func (s *server) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/healthz", public, s.healthz},
		{get, "/readyz", public, s.readyz},
		{get, static.Prefix + "*", public, echo.WrapHandler(static.Handler())},
		{get, "/favicon.ico", public, s.favicon},
		{get, "/robots.txt", public, s.robots},

		{get, "/", public, s.home},
		{get, "/setup", public, s.showSetup},
		{post, "/setup", public, s.setup},
		{get, "/login", public, s.showLogin},
		{post, "/login", public, s.login},
		{post, "/logout", public, s.logout},

		{get, "/account", signedIn, s.showAccount},
		{post, "/account/password", signedIn, s.changePassword},
		{post, "/account/sessions/revoke", signedIn, s.revokeSession},
		{post, "/account/sessions/revoke-all", signedIn, s.revokeAllSessions},

		{get, "/accounts", owner, s.listAccounts},
		{get, "/accounts/new", owner, s.showNewAccount},
		{post, "/accounts/new", owner, s.createAccount},
		{get, "/accounts/:id", owner, s.showOtherAccount},
		{post, "/accounts/:id", owner, s.updateAccount},
		{post, "/accounts/:id/password", owner, s.resetPassword},
		{post, "/accounts/:id/delete", owner, s.deleteAccount},

		{get, "/tenants", signedIn, s.listTenants},
		{post, "/tenants", owner, s.createTenant},
		{get, "/tenants/:slug/settings", owner, s.showTenantSettings},
		{post, "/tenants/:slug/rename", owner, s.renameTenant},
		{post, "/tenants/:slug/remove", owner, s.removeTenant},

		{get, "/tenants/:slug/integrations", member, s.showIntegrations},
		{get, "/tenants/:slug/integrations/microsoft/connect", admin, s.showConnect},
		{post, "/tenants/:slug/integrations/microsoft/connect", admin, s.connect},
		{get, "/tenants/:slug/integrations/microsoft/permissions", member, s.showPermissions},
		{post, "/tenants/:slug/integrations/microsoft/permissions", admin, s.checkPermissions},
		{post, "/tenants/:slug/integrations/microsoft/sync", admin, s.startSync},
		{post, "/tenants/:slug/integrations/microsoft/cancel", admin, s.cancelSync},
		{post, "/tenants/:slug/integrations/microsoft/disconnect", admin, s.disconnect},
		{post, "/tenants/:slug/integrations/microsoft/delete-data", admin, s.deleteData},
		{get, "/tenants/:slug/integrations/microsoft/held", member, s.showHeld},
		{post, "/tenants/:slug/integrations/microsoft/held", admin, s.decideHeld},
		{get, callbackPath, signedIn, s.consentCallback},
		{get, "/tenants/:slug/syncs", member, s.listRuns},
		{get, "/tenants/:slug/syncs/:run", member, s.showRun},

		{get, "/tenants/:slug", member, s.showOverview},
		{get, "/tenants/:slug/changes", member, s.showChanges},
		{get, "/tenants/:slug/data/:kind", member, s.showTable},
		{get, "/tenants/:slug/data/:kind/:id", member, s.showRow},
		{get, "/tenants/:slug/data/users/:id/mfa", member, s.showUserMFA},
		{get, "/tenants/:slug/export/:kind", member, s.exportTable},
	}
}

// mount registers routes. A GET route answers HEAD as well.
func (s *server) mount(e *echo.Echo, routes []route) {
	for _, r := range routes {
		handle := s.allow(r.access, r.handle)
		e.Add(r.method, r.path, handle)
		if r.method == http.MethodGet {
			e.HEAD(r.path, handle)
		}
	}
}
