package simulator

import "strings"

// compliancePolicy is a device compliance policy of Intune.
type compliancePolicy struct {
	platform, name, description string // platform: of devicePlatform; "" for a policy that is assigned to nobody
	kind                        string // type without "CompliancePolicy"
	version                     int
	settings                    row // what only its own type has
}

var compliancePolicies = []compliancePolicy{
	{"windows10", "Windows: baseline", "BitLocker, Secure Boot and a supported build.", "windows10", 7,
		row{{"bitLockerEnabled", true}, {"secureBootEnabled", true}, {"osMinimumVersion", "10.0.19045.0"}, {"passwordRequired", true}, {"activeFirewallRequired", true}}},
	{"ios", "iOS and iPadOS: baseline", "No jailbroken devices, a passcode, iOS 17 or later.", "ios", 3,
		row{{"securityBlockJailbrokenDevices", true}, {"passcodeRequired", true}, {"osMinimumVersion", "17.0"}}},
	{"androidWorkProfile", "Android work profile: baseline", "", "androidWorkProfile", 2,
		row{{"securityBlockJailbrokenDevices", true}, {"passwordRequired", true}, {"storageRequireEncryption", true}}},
	{"macOS", "macOS: baseline", "FileVault and the firewall.", "macOS", 4,
		row{{"storageRequireEncryption", true}, {"firewallEnabled", true}, {"osMinimumVersion", "13.0"}}},
	{"", "Windows: pilot of stricter passwords", "Not assigned yet.", "windows10", 1, row{{"passwordMinimumLength", 14}, {"passwordRequired", true}}},
}

const policySet = "deviceManagement/deviceCompliancePolicies"

// policyObject is a policy with the type that it is of.
type policyObject struct {
	bag
	policy *compliancePolicy
}

func (t *Tenant) compliancePolicy(i int) object {
	p := &compliancePolicies[i]
	changed := t.today.AddDate(0, 0, -20-int(draw(t.seed, i, saltDevice+41)%300))
	return policyObject{bag{"id": t.guid(i, saltDevice+40), "displayName": p.name, "description": p.description, "version": p.version,
		"createdDateTime": instant(changed.AddDate(-1, 0, 0)), "lastModifiedDateTime": instant(changed)}, p}
}

// findPolicy finds a policy by its id.
func (t *Tenant) findPolicy(id string) (object, int) {
	for i := range compliancePolicies {
		if o := t.compliancePolicy(i); strings.EqualFold(text(o, "id"), id) {
			return o, i
		}
	}
	return nil, 0
}

// write adds the type, and without $select what only that type has.
func (p policyObject) write(s selection, annotations ...field) row {
	out := s.write(p, append(annotations, field{"@odata.type", "#microsoft.graph." + p.policy.kind + "CompliancePolicy"})...)
	if !s.given {
		out = append(out, p.policy.settings...)
	}
	return out
}

func listCompliancePolicies(x *exchange) (*answer, error) {
	l := listing{typ: compliancePolicyType, set: policySet, size: func() int { return len(compliancePolicies) }, at: x.tenant().compliancePolicy,
		plainly: 1000, most: 1000, refuses: []string{"$search", "$expand"}}
	l.write = func(o object, s selection) row { return o.(policyObject).write(s) }
	return x.answerList(l)
}

func getCompliancePolicy(x *exchange) (*answer, error) {
	s, err := x.selectOf(compliancePolicyType, false)
	if err != nil {
		return nil, err
	}
	o, _ := x.tenant().findPolicy(x.ids[0])
	if o == nil {
		return nil, errNotFound(x.ids[0])
	}
	return jsonAnswer(o.(policyObject).write(s, field{"@odata.context", x.context(s.context(policySet) + "/$entity")})), nil
}

// countDevices counts the devices by a property, all of them or those of a
// platform's policies. The caller holds the lock.
func (t *Tenant) countDevices(property, platform string) map[string]int {
	out := map[string]int{}
	for i := range t.devices.size() {
		o := t.devices.at(i)
		if o == nil || platform != "" && platformOf(text(o, "operatingSystem")) != platform {
			continue
		}
		out[text(o, property)]++
	}
	return out
}

func platformOf(system string) string {
	for _, p := range devicePlatforms {
		if p.system == system {
			return p.policy
		}
	}
	return ""
}

// getStatusOverview counts the devices of a policy. It is one object, though
// the documents show it inside "value": the schema has a single entity here.
func getStatusOverview(x *exchange) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	o, i := t.findPolicy(x.ids[0])
	if o == nil {
		return nil, errNotFound(x.ids[0])
	}
	var n map[string]int
	if platform := compliancePolicies[i].platform; platform != "" {
		n = t.countDevices("complianceState", platform)
	}
	return jsonAnswer(row{
		{"@odata.context", x.context(policySet + "('" + x.ids[0] + "')/deviceStatusOverview/$entity")}, {"id", t.guid(i, saltDevice+42)},
		{"pendingCount", n["unknown"]}, {"notApplicableCount", n["configManager"]}, {"successCount", n["compliant"]},
		{"errorCount", n["error"] + n["conflict"]}, {"failedCount", n["noncompliant"] + n["inGracePeriod"]},
		{"lastUpdateDateTime", instant(t.today)}, {"configurationVersion", compliancePolicies[i].version},
	}), nil
}

// getStateSummary counts the devices of the tenant by complianceState.
func getStateSummary(x *exchange) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	n := t.countDevices("complianceState", "")
	return jsonAnswer(row{
		{"@odata.context", x.context("deviceManagement/deviceCompliancePolicyDeviceStateSummary/$entity")}, {"id", t.guid(0, saltDevice+43)},
		{"inGracePeriodCount", n["inGracePeriod"]}, {"configManagerCount", n["configManager"]}, {"unknownDeviceCount", n["unknown"]},
		{"notApplicableDeviceCount", 0}, {"compliantDeviceCount", n["compliant"]}, {"remediatedDeviceCount", 0},
		{"nonCompliantDeviceCount", n["noncompliant"]}, {"errorDeviceCount", n["error"]}, {"conflictDeviceCount", n["conflict"]},
	}), nil
}

func getDeviceOverview(x *exchange) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	n := t.countDevices("operatingSystem", "")
	agents := t.countDevices("managementAgent", "")
	enrolled := t.devices.live()
	return jsonAnswer(row{
		{"@odata.context", x.context("deviceManagement/managedDeviceOverview/$entity")}, {"id", t.guid(0, saltDevice+44)},
		{"enrolledDeviceCount", enrolled}, {"mdmEnrolledCount", enrolled - agents["configurationManagerClient"]}, {"dualEnrolledDeviceCount", 0},
		{"deviceOperatingSystemSummary", row{{"androidCount", n["Android"]}, {"iosCount", n["iOS"]}, {"macOSCount", n["macOS"]},
			{"windowsMobileCount", 0}, {"windowsCount", n["Windows"]}, {"unknownCount", 0}}},
		{"deviceExchangeAccessStateSummary", row{{"allowedDeviceCount", 0}, {"blockedDeviceCount", 0}, {"quarantinedDeviceCount", 0},
			{"unknownDeviceCount", 0}, {"unavailableDeviceCount", enrolled}}},
	}), nil
}
