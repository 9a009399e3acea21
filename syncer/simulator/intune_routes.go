package simulator

import (
	"fmt"
	"net/http"
	"strings"
)

// The permissions of Intune. Those on configurations open the devices too.
var (
	readConfigurations = []string{"DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All"}
	readDevices        = append([]string{"DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"}, readConfigurations...)
)

func intuneRoutes() []route {
	get := func(pattern string, limit limitClass, roles []string, handle func(*exchange) (*answer, error)) route {
		return route{pattern: pattern, method: http.MethodGet, limit: limit, handle: func(x *exchange) (*answer, error) {
			if err := x.judgeIntune(roles); err != nil {
				return nil, err
			}
			return handle(x)
		}}
	}
	return []route{
		get(managedDevices, devicesLimit, readDevices, listDevices),
		get(managedDevices+"/{id}", devicesLimit, readDevices, getDevice),
		get("users/{id}/managedDevices", devicesLimit, readDevices, listUserDevices),
		get("deviceManagement/managedDeviceOverview", devicesLimit, readDevices, getDeviceOverview),
		get(policySet, configurationLimit, readConfigurations, listCompliancePolicies),
		get(policySet+"/{id}", configurationLimit, readConfigurations, getCompliancePolicy),
		get(policySet+"/{id}/deviceStatusOverview", configurationLimit, readConfigurations, getStatusOverview),
		get("deviceManagement/deviceCompliancePolicyDeviceStateSummary", configurationLimit, readConfigurations, getStateSummary),
	}
}

// judgeIntune says what is in the way of a call to Intune. A tenant without a
// licence has no place in Intune that could look at permissions.
func (c *call) judgeIntune(roles []string) *graphError {
	if t := c.s.tenant; !read(t, func() bool { return !t.withoutIntune }) {
		return errNoIntune()
	}
	if !c.hasRole(roles...) {
		return errIntuneDenied(c, roles)
	}
	return nil
}

// errIntuneNotSimulated is for the parts of Intune that nothing is behind.
func errIntuneNotSimulated(c *call, _ string) *graphError {
	if err := c.judgeIntune(readDevices); err != nil {
		return err
	}
	return errNotImplemented()
}

func errNoIntune() *graphError { return errBadRequest("Request not applicable to target tenant.") }

// errIntuneDenied is Intune's own error, as JSON in the message
// (learn.microsoft.com/troubleshoot/mem/intune/general/graph-api-error).
func errIntuneDenied(c *call, roles []string) *graphError {
	return newGraphError(http.StatusForbidden, "Forbidden", "%s", fmt.Sprintf("{\r\n  \"_version\": 3,\r\n  \"Message\": \"Application is not authorized to perform this operation. "+
		"Application must have one of the following scopes: %s - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 - Activity ID: %s - "+
		"Url: https://fef.msub05.manage.microsoft.com/StatelessFEService%s?api-version=5019-09-20\",\r\n  \"CustomApiErrorPhrase\": \"\",\r\n  \"RetryAfter\": null,\r\n"+
		"  \"ErrorSourceService\": \"\",\r\n  \"HttpHeaders\": \"{}\"\r\n}", strings.Join(roles, ", "), c.requestID, strings.ReplaceAll(c.path, `"`, "")))
}
