package handlers

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

const noSite = "00000000-0000-0000-0000-000000000000"

func TestConcealedNames_AreShownAsASnapshot(t *testing.T) {
	t.Parallel()
	for kind, lines := range map[string][]object{
		"sharepoint_sites":  {{"Site Id": noSite, "Storage Used (Byte)": 1}, {"Site Id": noSite, "Storage Used (Byte)": 2}, {"Site Id": noSite, "Storage Used (Byte)": 2}},
		"m365_active_users": {{"User Principal Name": "B217BFF20A0B1C2D3E4F302F67ED73A7"}, {"User Principal Name": "467C84E0A0B1C2D3E4FAE4CF2C6EA570"}, {"User Principal Name": nil}},
	} {
		a := newApp(t)
		tenant := a.connectedTenant("Contoso")
		a.read(tenant, kind, "list", lines...)
		b := a.owner()
		table := b.get(dataPath + kind)
		quiet(t, table)
		ids := table.rowIDs()
		require.Len(t, ids, 3, kind)
		assert.Contains(t, table.told("source-note"), "Microsoft conceals names in this report. 3 lines are without", kind)
		assert.Contains(t, table.told("source-note"), "Display concealed user, group, and site names in all reports", kind)

		row := b.get(dataPath + kind + "/" + url.PathEscape(ids[0]))
		quiet(t, row)
		assert.NotContains(t, row.doc().Find("h1").Text(), ids[0], kind)
		assert.Contains(t, row.told("snapshot"), "cannot be found in another report", kind)

		export := b.get("/tenants/contoso/export/" + kind + "?format=json")
		assert.Equal(t, "complete", export.Header.Get("X-SecurAtlas-State"), kind)
		assert.Contains(t, export.Header.Get("X-SecurAtlas-Incomplete-Columns"), "id", kind)
		var file struct {
			Columns []struct{ Column string }
			Rows    []struct{ ID string }
		}
		require.NoError(t, json.Unmarshal([]byte(export.Body), &file))
		require.Len(t, file.Rows, 3, kind)
		assert.True(t, entity.IsLine(file.Rows[0].ID), kind)
		require.NotEmpty(t, file.Columns, kind)
		assert.Equal(t, "id", file.Columns[0].Column, kind)
	}
}

func TestConcealedNames_OfferNoRemoval(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	known := people(60)
	for i := range known {
		known[i]["User Principal Name"] = known[i]["userPrincipalName"]
	}
	a.read(tenant, "m365_active_users", "list", known...)
	a.read(tenant, "m365_active_users", "list", object{"User Principal Name": "B217BFF20A0B1C2D3E4F302F67ED73A7"})
	b := a.owner()
	table := b.get(dataPath + "m365_active_users")
	quiet(t, table)
	table.says("Microsoft conceals names in this report. 1 line is without user names")
	table.says("60 rows, kept as of")
	table.says("https://admin.microsoft.com/#/Settings/Services/:/Settings/L1/Reports")
	assert.NotContains(t, table.Body, "B217BFF20A0B1C2D3E4F302F67ED73A7")
	held := b.get("/tenants/contoso/integrations/microsoft/held")
	assert.NotContains(t, held.Body, "Remove 60")
	assert.Equal(t, "partial", b.get("/tenants/contoso/export/m365_active_users?format=csv").Header.Get("X-SecurAtlas-State"))
	assert.Contains(t, b.get("/tenants/contoso/changes").Body, "No change")
}

func TestLinks_OfAccountsSpelledDifferently(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.read(tenant, "users", "list",
		object{"id": "ann", "displayName": "Ann", "userPrincipalName": "Ann.Smith@Contoso.example"},
		object{"id": "bo", "displayName": "Bo", "userPrincipalName": "bo_fabrikam.example#EXT#@contoso.example", "userType": "Guest"})
	names := map[string][]string{"ann": {"ann.smith@contoso.EXAMPLE", "ANN.SMITH@CONTOSO.EXAMPLE"}, "bo": {"Bo@fabrikam.example", "BO_FABRIKAM.EXAMPLE#EXT#@contoso.example"}}
	var devices, lines, events []object
	for _, list := range names {
		for _, name := range list {
			devices = append(devices, object{"id": "device of " + name, "deviceName": "Device of " + name, "userPrincipalName": name})
			lines = append(lines, object{"User Principal Name": name})
			events = append(events, object{"Id": "event of " + name, "UserId": name, "CreationTime": "2026-11-01T00:00:00"})
		}
	}
	a.read(tenant, "managed_devices", "list", devices...)
	a.read(tenant, "m365_active_users", "list", lines...)
	a.read(tenant, "unified_audit", "list", events...)
	b := a.owner()
	for id, list := range names {
		user := b.get(dataPath + "users/" + id)
		quiet(t, user)
		for _, name := range list {
			for path, field := range map[string]string{
				"managed_devices/" + url.PathEscape("device of "+name): "user_principal_name",
				"m365_active_users/" + url.PathEscape(name):            "user_principal_name",
				"unified_audit/" + url.PathEscape("event of "+name):    "user_id",
			} {
				_, href := b.get(dataPath + path).link("[data-testid=field-" + field + "]")
				assert.Equal(t, dataPath+"users/"+id, href, path)
			}
			assert.Contains(t, user.told("related-managed_devices-user_principal_name"), "Device of "+name)
			assert.Contains(t, user.told("related-m365_active_users-user_principal_name"), name)
		}
	}
}
