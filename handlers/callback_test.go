package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// consentState follows the consent link as far as its state.
func (b *browser) consentState() string {
	t := b.app.t
	t.Helper()
	link, err := url.Parse(b.get(permissionsPath).attr("consent", "href"))
	require.NoError(t, err)
	require.Equal(t, "login.microsoftonline.com", link.Host)
	state := link.Query().Get("state")
	require.NotEmpty(t, state)
	return state
}

// consent returns from Microsoft with a query string given as name, value, ….
func (b *browser) consent(query ...string) answer {
	b.app.t.Helper()
	return b.get(callbackPath + "?" + form(query...).Encode())
}

func TestCallback_Granted(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.grant(tenant, entity.Graph, "User.Read.All")
	checked := 0
	a.syncer.check = func(ctx context.Context, id int64) (entity.PermissionCheck, error) {
		checked++
		a.grant(tenant, entity.Graph, a.required()...)
		grants, err := a.store.Grants(ctx, id)
		return a.store.Catalogue().Check(grants), err
	}
	b := a.owner()
	state := b.consentState()
	assert.Equal(t, state, b.consentState(), "the page in another tab keeps working")

	r := b.consent("admin_consent", "True", "tenant", testDirectory, "state", state)
	require.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, "true", r.attr("consent-result", "data-ok"))
	assert.Contains(t, r.told("consent-result"), "12 of 12 required permissions are granted")
	assert.Contains(t, r.told("consent-result"), "Newly granted: AuditLog.Read.All")
	assert.Contains(t, r.told("consent-result"), "Start a sync")
	assert.Equal(t, 1, checked)
	quiet(t, r)

	again := b.consent("admin_consent", "True", "tenant", testDirectory, "state", state)
	assert.Equal(t, http.StatusBadRequest, again.Status, "a state is good for one answer")
	assert.Equal(t, "false", again.attr("consent-result", "data-ok"))
	assert.Equal(t, 1, checked)
	assert.NotEqual(t, state, b.consentState())
}

func TestCallback_StillMissing(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.syncer.check = func(ctx context.Context, id int64) (entity.PermissionCheck, error) {
		a.grant(tenant, entity.Graph, a.required()[1:]...)
		grants, err := a.store.Grants(ctx, id)
		return a.store.Catalogue().Check(grants), err
	}
	b := a.owner()
	r := b.consent("admin_consent", "True", "tenant", testDirectory, "state", b.consentState())
	require.Equal(t, http.StatusOK, r.Status)
	assert.Contains(t, r.told("consent-result"), "11 of 12")
	assert.Contains(t, r.told("consent-result"), "User.Read.All")
	assert.Contains(t, r.told("consent-result"), "a few minutes")
}

func TestCallback_Refused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.connectedTenant("Contoso")
	a.syncer.check = func(context.Context, int64) (entity.PermissionCheck, error) {
		t.Error("nothing was granted, and yet the permissions were checked")
		return entity.PermissionCheck{}, nil
	}
	b := a.owner()
	tests := []struct {
		name   string
		query  []string
		status int
		says   string
	}{
		{"declined", []string{"error", "access_denied", "error_description", "AADSTS65004: <b>User</b> declined <script>alert(1)</script>"}, http.StatusOK, "declined at Microsoft"},
		{"no word of consent", nil, http.StatusBadRequest, "did not say that consent was granted"},
		{"consent false", []string{"admin_consent", "False", "tenant", testDirectory}, http.StatusBadRequest, "did not say"},
		{"another directory", []string{"admin_consent", "True", "tenant", "11111111-2222-4333-8444-555555555555"}, http.StatusBadRequest, "another directory"},
		{"no directory", []string{"admin_consent", "True"}, http.StatusBadRequest, "another directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := b.consent(append(tt.query, "state", b.consentState())...)
			assert.Equal(t, tt.status, r.Status)
			assert.Equal(t, "false", r.attr("consent-result", "data-ok"))
			assert.Contains(t, r.told("consent-result"), tt.says)
			assert.NotContains(t, r.Body, "<script>alert")
			assert.NotContains(t, r.Body, "<b>User</b>", "Microsoft's text is shown as text")
			quiet(t, r)
		})
	}
	r := b.consent(append(tests[0].query, "state", b.consentState())...)
	assert.Contains(t, r.told("consent-result"), "AADSTS65004: <b>User</b> declined")
}

func TestCallback_State(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	granted := []string{"admin_consent", "True", "tenant", testDirectory}
	ann := a.account("ann@contoso.com", store.Admin, tenant)
	bob := a.account("bob@contoso.com", store.Admin, tenant)

	t.Run("none", func(t *testing.T) {
		assert.Equal(t, http.StatusBadRequest, a.as(ann).consent(granted...).Status)
	})
	t.Run("made up", func(t *testing.T) {
		assert.Equal(t, http.StatusBadRequest, a.as(ann).consent(append(granted, "state", "ABCDEFGH")...).Status)
	})
	t.Run("of somebody else's session", func(t *testing.T) {
		state := a.as(ann).consentState()
		assert.Equal(t, http.StatusBadRequest, a.as(bob).consent(append(granted, "state", state)...).Status)
		assert.Equal(t, http.StatusBadRequest, a.as(ann).consent(append(granted, "state", state)...).Status, "of the same person's other session")
	})
	t.Run("too old", func(t *testing.T) {
		b := a.as(ann)
		state := b.consentState()
		a.clock.Advance(consentLife + time.Second)
		assert.Equal(t, http.StatusBadRequest, b.consent(append(granted, "state", state)...).Status)
	})
	t.Run("of a tenant that was left meanwhile", func(t *testing.T) {
		b := a.as(bob)
		state := b.consentState()
		require.NoError(t, a.store.UpdateAccount(t.Context(), store.Actor{Name: "test"}, bob.ID, store.Admin, nil))
		assert.Equal(t, http.StatusNotFound, b.consent(append(granted, "state", state)...).Status)
	})
	t.Run("of an admin who became a viewer", func(t *testing.T) {
		b := a.as(ann)
		state := b.consentState()
		require.NoError(t, a.store.UpdateAccount(t.Context(), store.Actor{Name: "test"}, ann.ID, store.Viewer, []int64{tenant.ID}))
		assert.Equal(t, http.StatusForbidden, b.consent(append(granted, "state", state)...).Status)
	})
}

func TestCallback_SignedOut(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.connectedTenant("Contoso")
	r := a.browser().consent("admin_consent", "True", "state", "X", "tenant", testDirectory)
	require.Equal(t, http.StatusSeeOther, r.Status)
	to, err := url.Parse(r.location())
	require.NoError(t, err)
	assert.Equal(t, "/login", to.Path)
	assert.Contains(t, to.Query().Get("next"), callbackPath+"?admin_consent=True")
}

func TestCallback_CheckFails(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.connectedTenant("Contoso")
	b := a.owner()
	a.syncer.check = func(context.Context, int64) (entity.PermissionCheck, error) {
		return entity.PermissionCheck{}, &entity.Problem{Class: entity.ClassNetwork, Message: "no answer from login.microsoftonline.com", Cure: "Check the network."}
	}
	r := b.consent("admin_consent", "True", "tenant", testDirectory, "state", b.consentState())
	require.Equal(t, http.StatusOK, r.Status)
	assert.Contains(t, r.told("consent-result"), "Admin consent was granted")
	assert.Contains(t, r.told("problem"), "no answer from login.microsoftonline.com")

	a.syncer.check = func(context.Context, int64) (entity.PermissionCheck, error) {
		return entity.PermissionCheck{}, errors.New("disk full")
	}
	r = b.consent("admin_consent", "True", "tenant", testDirectory, "state", b.consentState())
	assert.Equal(t, http.StatusInternalServerError, r.Status)
	assert.NotContains(t, r.Body, "disk full")
}
