package simulator_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

const devices = "/deviceManagement/managedDevices"

func TestManagedDevices(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *simulator.Options) { o.Devices = 230 })
	rows := c.all(devices)
	require.Len(t, rows, 230)
	assert.Equal(t, c.Tenant().ManagedDeviceIDs(), column(rows, "id"))
	users, ids := map[string]string{}, map[string]bool{}
	for _, u := range c.all("/users?$select=id,userPrincipalName") {
		users[u["id"].(string)] = u["userPrincipalName"].(string)
	}
	shared := 0
	for _, d := range rows {
		ids[d["azureADDeviceId"].(string)] = true
		if d["userId"] == "" {
			shared++
			assert.Empty(t, d["userPrincipalName"])
			continue
		}
		assert.Equal(t, users[d["userId"].(string)], d["userPrincipalName"])
		assert.NotEmpty(t, d["userPrincipalName"])
	}
	assert.Len(t, ids, 230)
	assert.Less(t, shared, 20)

	paged := c.all(devices + "?$top=7&$select=id,deviceName")
	assert.Equal(t, column(rows, "id"), column(paged, "id"), "pages lose nothing and double nothing")
	assert.Len(t, paged[0], 2)
	r := c.get(devices + "?$top=1001")
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "The limit of '1000' for Top query has been exceeded. The value from the incoming request is '1001'.", r.message())
}

func TestManagedDevicesComeInPagesOfAThousand(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *simulator.Options) { o.Devices = 1003 })
	first := c.ok(devices + "?$select=id")
	assert.Len(t, first.rows(), 1000)
	rest := c.ok(first.next())
	assert.Len(t, rest.rows(), 3)
	assert.Empty(t, rest.next())
	assert.Len(t, start(t, withUsers(60)).all(devices), 15, "one for each four users")
}

func TestManagedDeviceFilters(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *simulator.Options) { o.Devices = 200 })
	rows := c.all(devices)
	of := func(name, value string) []string {
		return column(slices.DeleteFunc(slices.Clone(rows), func(r map[string]any) bool { return r[name] != value }), "id")
	}
	require.NotEmpty(t, of("complianceState", "noncompliant"))
	assert.Equal(t, of("complianceState", "noncompliant"), column(c.all(devices+"?$filter=complianceState eq 'noncompliant'&$top=3"), "id"))
	assert.Equal(t, of("operatingSystem", "Windows"), column(c.all(devices+"?$filter=operatingSystem eq 'Windows'"), "id"))
	since := rows[0]["lastSyncDateTime"].(string)
	after, before := c.all(devices+"?$filter=lastSyncDateTime gt "+since), c.all(devices+"?$filter=lastSyncDateTime lt "+since)
	assert.NotEmpty(t, after)
	assert.NotEmpty(t, before)
	assert.Less(t, len(after)+len(before), len(rows))
	for _, filter := range []string{"lastSyncDateTime ge " + since, "complianceState ne 'compliant'", "isEncrypted eq true"} {
		assert.Equal(t, http.StatusBadRequest, c.get(devices+"?$filter="+filter).status, filter)
	}
	assert.Equal(t, http.StatusBadRequest, c.get(devices+"?$select=nosuch").status)

	user := rows[0]["userId"].(string)
	assert.Equal(t, of("userId", user), column(c.all("/users/"+user+"/managedDevices"), "id"))
}

// Lists leave some properties empty: only one device at a time has them, and
// only when they are selected.
func TestManagedDeviceByID(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.Tenant().ManagedDeviceIDs()[2]
	d := c.ok(devices + "/" + id).body
	assert.Equal(t, id, d["id"])
	assert.Nil(t, d["ethernetMacAddress"])
	assert.Equal(t, 0.0, c.ok(devices + "?$select=physicalMemoryInBytes").rows()[0]["physicalMemoryInBytes"])
	assert.NotEmpty(t, c.ok(devices + "/" + id + "?$select=ethernetMacAddress").body["ethernetMacAddress"])
	assert.Equal(t, http.StatusNotFound, c.get(devices+"/00000000-0000-4000-8000-000000000000").status)

	require.True(t, c.Tenant().UpdateManagedDevice(id, map[string]any{"complianceState": "conflict"}))
	assert.Equal(t, "conflict", c.ok(devices + "/" + id).body["complianceState"])
	require.True(t, c.Tenant().RemoveManagedDevice(id))
	assert.NotContains(t, column(c.all(devices), "id"), id)
}

func TestComplianceCountsAgreeWithTheDevices(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *simulator.Options) { o.Devices = 300 })
	counts := map[string]int{}
	for _, d := range c.all(devices) {
		counts[d["complianceState"].(string)]++
		counts[d["operatingSystem"].(string)]++
	}
	summary := c.ok("/deviceManagement/deviceCompliancePolicyDeviceStateSummary").body
	for name, state := range map[string]string{"compliantDeviceCount": "compliant", "nonCompliantDeviceCount": "noncompliant", "inGracePeriodCount": "inGracePeriod",
		"unknownDeviceCount": "unknown", "configManagerCount": "configManager", "errorDeviceCount": "error", "conflictDeviceCount": "conflict"} {
		assert.EqualValues(t, counts[state], summary[name], name)
	}
	overview := c.ok("/deviceManagement/managedDeviceOverview").body
	assert.EqualValues(t, 300, overview["enrolledDeviceCount"])
	assert.EqualValues(t, counts["Windows"], overview["deviceOperatingSystemSummary"].(map[string]any)["windowsCount"])

	policies := c.all("/deviceManagement/deviceCompliancePolicies")
	require.Len(t, policies, 5)
	var requests []map[string]any
	for _, p := range policies {
		assert.Regexp(t, `^#microsoft\.graph\.\w+CompliancePolicy$`, p["@odata.type"])
		path := "/deviceManagement/deviceCompliancePolicies/" + p["id"].(string)
		one := c.ok(path).body
		assert.Equal(t, p["@odata.type"], one["@odata.type"])
		assert.Equal(t, p["displayName"], one["displayName"])
		requests = append(requests, map[string]any{"id": p["id"], "method": "GET", "url": path + "/deviceStatusOverview"})
	}
	r := c.send(http.MethodPost, "/$batch", map[string]any{"requests": requests})
	require.Equal(t, http.StatusOK, r.status)
	success, all := 0.0, 0.0
	for _, item := range r.body["responses"].([]any) {
		body := item.(map[string]any)["body"].(map[string]any)
		require.Contains(t, body, "successCount", "a flat object")
		success += body["successCount"].(float64)
		for _, name := range []string{"pendingCount", "notApplicableCount", "successCount", "errorCount", "failedCount"} {
			all += body[name].(float64)
		}
	}
	assert.EqualValues(t, counts["compliant"], success)
	assert.EqualValues(t, 300, all)
}

func TestIntunePermissions(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Tenant().SetRoles(simulator.GraphResource, []string{"DeviceManagementManagedDevices.Read.All"})
	c.refresh()
	c.ok(devices)
	c.ok("/deviceManagement/managedDeviceOverview")
	for _, path := range []string{"/deviceManagement/deviceCompliancePolicies", "/deviceManagement/deviceCompliancePolicyDeviceStateSummary"} {
		r := c.get(path)
		assert.Equal(t, http.StatusForbidden, r.status, path)
		assert.Equal(t, "Forbidden", r.code())
		var inner map[string]any
		require.NoError(t, json.Unmarshal([]byte(r.message()), &inner), r.message())
		assert.Contains(t, inner["Message"], "Application is not authorized to perform this operation. Application must have one of the following scopes: "+
			"DeviceManagementConfiguration.Read.All, DeviceManagementConfiguration.ReadWrite.All - Operation ID (for customer support): ")
		assert.EqualValues(t, 3, inner["_version"])
	}
	c.Tenant().SetRoles(simulator.GraphResource, []string{"DeviceManagementConfiguration.Read.All"})
	c.refresh()
	c.ok(devices)
	assert.Equal(t, http.StatusNotImplemented, c.get("/deviceManagement/deviceConfigurations").status)
	c.Tenant().SetRoles(simulator.GraphResource, []string{"User.Read.All"})
	c.refresh()
	assert.Equal(t, http.StatusForbidden, c.get(devices).status)
	assert.Equal(t, http.StatusForbidden, c.get("/deviceAppManagement/mobileApps").status)
}

func TestTenantWithoutIntune(t *testing.T) {
	t.Parallel()
	c := start(t)
	assert.Contains(t, c.ok("/subscribedSkus").text, "INTUNE_A")
	c.Tenant().SetIntune(false)
	user := "/users/" + c.Tenant().UserIDs()[0]
	for _, path := range []string{devices, devices + "/x", "/deviceManagement/deviceCompliancePolicies", "/deviceManagement/deviceConfigurations", user + "/managedDevices", user + "/managedAppRegistrations"} {
		r := c.get(path)
		assert.Equal(t, http.StatusBadRequest, r.status, path)
		assert.Equal(t, "BadRequest", r.code(), path)
		assert.Equal(t, "Request not applicable to target tenant.", r.message(), path)
	}
	assert.NotContains(t, c.ok("/subscribedSkus").text, "INTUNE_A")
	c.Tenant().SetIntune(true)
	c.ok(devices)
}
