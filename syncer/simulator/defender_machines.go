package simulator

import (
	"fmt"
	"time"
)

// machineCount is one more than Intune knows: a machine that was discovered and
// can be onboarded.
func (t *Tenant) machineCount() int { return t.devices.made + 1 }

func (t *Tenant) machineID(i int) string {
	raw := rawGUID(t.guid(i, saltMember+3))
	more := rawGUID(t.guid(i, saltMember+4))
	return fmt.Sprintf("%x%x", raw[:], more[:4])
}

func (t *Tenant) machineName(i int) string { return fmt.Sprintf("desktop-%04d.corp.contoso.com", i) }

func (t *Tenant) machinePlatform(i int) string {
	return t.pick(i, saltMember+6, "Windows11", "Windows10", "WindowsServer2022", "macOS", "Linux")
}

// pick chooses one of some texts for a thing, always the same.
func (t *Tenant) pick(i int, salt uint64, from ...string) string {
	return from[draw(t.seed, i, salt)%uint64(len(from))]
}

func (t *Tenant) machines() []row {
	if t.noMachines {
		return nil
	}
	out := make([]row, 0, t.machineCount())
	for i := range t.machineCount() {
		seen := t.today.Add(-time.Duration(draw(t.seed, i, saltMember+5)%(30*86400)) * time.Second)
		status, entra, joined, tags := "Onboarded", any(t.entraDeviceID(i)), true, []string{}
		if i == t.devices.made {
			status, entra, joined = "CanBeOnboarded", nil, false
		}
		if i%7 == 3 {
			tags = []string{"Finance", "Pilot"}
		}
		merged, why := any(nil), any(nil)
		if i > 0 && i%40 == 39 {
			merged = t.machineID(i - 1)
		}
		if i%40 == 20 {
			why = "DuplicateDevice"
		}
		address := fmt.Sprintf("10.%d.%d.%d", 1+i/62500, i/250%250, 1+i%250)
		out = append(out, row{
			{"id", t.machineID(i)}, {"computerDnsName", t.machineName(i)},
			{"firstSeen", seen.AddDate(-1, 0, 0).Format(instantWithFraction)}, {"lastSeen", seen.Format(instantWithFraction)},
			{"osPlatform", t.machinePlatform(i)}, {"version", "23H2"}, {"osProcessor", "x64"}, {"osArchitecture", "64-bit"},
			{"lastIpAddress", address}, {"lastExternalIpAddress", "203.0.113.7"}, {"osBuild", 22631},
			{"healthStatus", t.pick(i, saltMember+7, "Active", "Active", "Active", "Inactive")}, {"onboardingStatus", status},
			{"rbacGroupId", 140}, {"rbacGroupName", "Workplace"}, {"riskScore", t.pick(i, saltMember+8, "None", "Low", "Medium", "High")},
			{"exposureLevel", t.pick(i, saltMember+9, "Low", "Medium", "High")}, {"deviceValue", "Normal"}, {"isAadJoined", joined},
			{"aadDeviceId", entra}, {"machineTags", tags},
			{"isPotentialDuplication", merged != nil}, {"mergedIntoMachineId", merged}, {"isExcluded", why != nil}, {"exclusionReason", why},
			{"ipAddresses", []row{{{"ipAddress", address}, {"macAddress", "000D3A000001"}, {"operationalStatus", "Up"}}}},
		})
	}
	return out
}

// SetMachines makes the list of machines empty, which Defender answers with
// 404, or fills it again.
func (t *Tenant) SetMachines(any bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.noMachines = !any
}
