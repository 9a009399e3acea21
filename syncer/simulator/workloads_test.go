package simulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/simulator"
)

// What is below a user or group but belongs to a service that the app may not
// use must not look unknown to Graph.
func TestWorkloadsJudgePermissions(t *testing.T) {
	t.Parallel()
	c := start(t)
	user, group := "/users/"+c.Tenant().UserIDs()[0], "/groups/"+c.Tenant().GroupIDs()[0]
	c.Tenant().SetRoles(simulator.GraphResource, []string{"User.Read.All", "GroupMember.Read.All"})
	c.refresh()
	const exchange = "Access is denied. Check credentials and try again."
	for path, want := range map[string]struct {
		status        int
		code, message string
	}{
		user + "/messages":                    {403, "ErrorAccessDenied", exchange},
		"/users/admin@contoso.com/messages":   {403, "ErrorAccessDenied", exchange},
		"/USERS('admin@contoso.com')/Events":  {403, "ErrorAccessDenied", exchange},
		user + "/mailFolders/inbox/messages":  {403, "ErrorAccessDenied", exchange},
		user + "/mailboxSettings":             {403, "ErrorAccessDenied", exchange},
		"/beta" + user + "/contacts":          {403, "ErrorAccessDenied", exchange},
		group + "/events":                     {403, "ErrorAccessDenied", exchange},
		user + "/drive/root/children":         {403, "accessDenied", "Access denied"},
		user + "/authentication/methods":      {403, "accessDenied", "Request Authorization failed"},
		user + "/chats":                       {403, "Forbidden", "Missing role permissions on the request. API requires one of 'Chat.ReadBasic.All, Chat.Read.All, Chat.ReadWrite.All'. Roles on the request 'User.Read.All, GroupMember.Read.All'."},
		user + "/photo/$value":                {404, "ImageNotFound", "Exception of type 'Microsoft.People.Image.Common.Exceptions.ImageNotFoundException' was thrown."},
		user + "/ownedObjects":                {501, "NotImplemented", "This operation target is not yet supported."},
		user + "/nosuch":                      {400, "BadRequest", "Resource not found for the segment 'nosuch'."},
		user + "/messages/x/nosuch":           {403, "ErrorAccessDenied", exchange},
		"/organization/x/messages":            {400, "BadRequest", "Resource not found for the segment 'messages'."},
		user + "/authentication/nosuch":       {400, "BadRequest", "Resource not found for the segment 'nosuch'."},
		user + "/authentication/requirements": {400, "BadRequest", "Resource not found for the segment 'requirements'."},
	} {
		r := c.get(path)
		assert.Equal(t, want.status, r.status, path)
		assert.Equal(t, want.code, r.code(), path)
		assert.Equal(t, want.message, r.message(), path)
	}

	c.Tenant().SetRoles(simulator.GraphResource, []string{"Mail.Read", "TeamSettings.Read.All"})
	c.refresh()
	assert.Equal(t, "MailboxNotEnabledForRESTAPI", c.get(user+"/messages").code(), "with the permission it shows that nothing is there")
	assert.Equal(t, "ErrorAccessDenied", c.get(user+"/events").code())
	assert.Equal(t, http.StatusNotFound, c.get(group+"/team").status)
}

func TestWritesNeedPermission(t *testing.T) {
	t.Parallel()
	c := start(t)
	user := "/users/" + c.Tenant().UserIDs()[0]
	const method = "Specified HTTP method is not allowed for the request target."
	for _, test := range []struct {
		method, path, message string
		status                int
	}{
		{http.MethodPost, "/users", "Insufficient privileges to complete the operation.", 403},
		{http.MethodPatch, user, "Insufficient privileges to complete the operation.", 403},
		{http.MethodDelete, user, "Insufficient privileges to complete the operation.", 403},
		{http.MethodPost, "/identity/conditionalAccess/policies", "You cannot perform the requested operation, required scopes are missing in the token.", 403},
		{http.MethodDelete, "/users", method, 405},
		{http.MethodPut, user, method, 405},
		{http.MethodPost, "/subscribedSkus", method, 405},
		{http.MethodOptions, "/users", method, 405},
	} {
		r := c.send(test.method, test.path, map[string]any{})
		assert.Equal(t, test.status, r.status, test)
		assert.Equal(t, test.message, r.message(), test)
	}
	c.Tenant().Grant("User.ReadWrite.All")
	c.refresh()
	assert.Equal(t, http.StatusNotImplemented, c.send(http.MethodPatch, user, map[string]any{}).status, "nothing is written, and it says so")
}

// The parts of Graph that are not simulated tell an app without permission so.
func TestUnservedSetsJudgePermissions(t *testing.T) {
	t.Parallel()
	c := start(t)
	const scopes = "You cannot perform the requested operation, required scopes are missing in the token."
	denied := map[string]struct{ role, code, message string }{
		"/security/incidents":                      {"SecurityIncident.Read.All", "Forbidden", "Missing application roles. API required roles: SecurityIncident.Read.All,SecurityIncident.ReadWrite.All, application roles: User.Read.All."},
		"/identityProtection/riskDetections":       {"IdentityRiskEvent.Read.All", "Forbidden", scopes},
		"/identityProtection/riskyUsers/x/history": {"IdentityRiskyUser.Read.All", "Forbidden", scopes},
		"/auditLogs/provisioning":                  {"AuditLog.Read.All", "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All"},
		"/devices":                                 {"Device.Read.All", "Authorization_RequestDenied", "Insufficient privileges to complete the operation."},
		"/sites/root":                              {"Sites.Read.All", "accessDenied", "Access denied"},
	}
	for path, want := range denied {
		c.Tenant().SetRoles(simulator.GraphResource, []string{"User.Read.All"})
		c.refresh()
		r := c.get(path)
		assert.Equal(t, http.StatusForbidden, r.status, path)
		assert.Equal(t, want.code, r.code(), path)
		assert.Equal(t, want.message, r.message(), path)
		c.Tenant().Grant(want.role)
		c.refresh()
		assert.Equal(t, http.StatusNotImplemented, c.get(path).status, path)
	}
	assert.Equal(t, "/me request is only valid with delegated authentication flow.", c.get("/me/messages").message())
}
