package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// saltDevice is what facts about managed devices are drawn with.
const saltDevice uint64 = 1 << 25

// managedDevice is a device that Intune manages.
type managedDevice struct {
	t *Tenant
	i int
}

// devicePlatform is what a kind of device has in common.
type devicePlatform struct {
	share                   uint64 // in a hundred
	system, policy          string // operatingSystem; type of its compliance policies
	prefix, agent, enrolled string
	versions                []string
	models                  [][2]string // manufacturer, model
}

var devicePlatforms = []devicePlatform{
	{54, "Windows", "windows10", "DESKTOP-", "mdm", "windowsAzureADJoin",
		[]string{"10.0.26100.4061", "10.0.22631.5335", "10.0.22631.4890", "10.0.19045.5854"},
		[][2]string{{"LENOVO", "20XW0055GE"}, {"Dell Inc.", "Latitude 5440"}, {"HP", "HP EliteBook 840 G10"}, {"Microsoft Corporation", "Surface Laptop 5"}}},
	{22, "iOS", "ios", "iPhone-", "mdm", "userEnrollment", []string{"18.4.1", "18.3", "17.7.2", "16.7.11"},
		[][2]string{{"Apple", "iPhone 15"}, {"Apple", "iPhone 13"}, {"Apple", "iPad (9th Gen.)"}}},
	{14, "Android", "androidWorkProfile", "AndroidForWork-", "googleCloudDevicePolicyController", "userEnrollment", []string{"15", "14", "13"},
		[][2]string{{"samsung", "SM-S911B"}, {"Google", "Pixel 8"}, {"Fairphone", "FP5"}}},
	{10, "macOS", "macOS", "MAC-", "mdm", "appleUserEnrollment", []string{"15.4.1 (24E263)", "14.7.5 (23H527)", "13.7.5 (22H527)"},
		[][2]string{{"Apple", "MacBook Pro"}, {"Apple", "MacBook Air"}}},
}

func (t *Tenant) deviceID(i int) string { return t.guid(i, saltDevice) }

func (t *Tenant) makeDevice(i int) object { return managedDevice{t, i} }

func (d managedDevice) draw(fact uint64) uint64 { return draw(d.t.seed, d.i, saltDevice+fact) }

func (d managedDevice) platform() *devicePlatform {
	n := d.draw(1) % 100
	for i := range devicePlatforms {
		if n < devicePlatforms[i].share {
			return &devicePlatforms[i]
		}
		n -= devicePlatforms[i].share
	}
	return &devicePlatforms[0]
}

// owner is the position of the device's user; ok is false for devices that
// people share.
func (d managedDevice) owner() (position int, ok bool) {
	return d.t.colleague(d.draw(2)).i, d.draw(3)%100 >= 3
}

// ofOwner is a property of the device's user, "" where there is none: Intune
// writes no null here.
func (d managedDevice) ofOwner(name string) string {
	position, ok := d.owner()
	if !ok {
		return ""
	}
	return text(d.t.users.even(position), name)
}

// compliance is the device's complianceState.
func (d managedDevice) compliance() string {
	switch n := d.draw(4) % 100; {
	case n < 76:
		return "compliant"
	case n < 88:
		return "noncompliant"
	case n < 92:
		return "inGracePeriod"
	case n < 95:
		return "unknown"
	case n < 97:
		return "configManager"
	case n < 98:
		return "conflict"
	}
	return "error"
}

// synced is the last contact: most devices call in each day, some stopped.
func (d managedDevice) synced() time.Time {
	hours := d.draw(5) % 36
	switch n := d.draw(6) % 100; {
	case n < 6:
		hours = 24 * (31 + d.draw(5)%200)
	case n < 18:
		hours = 24 * (2 + d.draw(5)%25)
	}
	return d.t.today.Add(-time.Duration(hours)*time.Hour - time.Duration(d.draw(7)%3600)*time.Second)
}

func (d managedDevice) enrolled() time.Time {
	return d.t.today.AddDate(0, 0, -240-int(d.draw(8)%700)).Add(time.Duration(d.draw(9)%86400) * time.Second)
}

func (d managedDevice) name() string {
	return d.platform().prefix + fmt.Sprintf("%07X", d.draw(10)>>36)
}

func (d managedDevice) company() bool { return d.platform().system == "Windows" || d.draw(11)%100 < 60 }

func (d managedDevice) compliesUntil() string {
	if d.compliance() == "inGracePeriod" {
		return instant(d.t.today.AddDate(0, 0, 1+int(d.draw(12)%6)))
	}
	return "9999-12-31T23:59:59Z" // no grace period is running
}

func (d managedDevice) get(name string) (any, bool) {
	p := d.platform()
	model := p.models[d.draw(13)%uint64(len(p.models))]
	storage := []int{128, 256, 512, 1024}[d.draw(14)%4] << 30
	switch name {
	case "id":
		return d.t.deviceID(d.i), true
	case "userId":
		return d.ofOwner("id"), true
	case "userPrincipalName":
		return d.ofOwner("userPrincipalName"), true
	case "userDisplayName":
		return d.ofOwner("displayName"), true
	case "emailAddress":
		return d.ofOwner("mail"), true
	case "deviceName":
		return d.name(), true
	case "managedDeviceName":
		user, _, _ := strings.Cut(d.ofOwner("userPrincipalName"), "@")
		return fmt.Sprintf("%s_%s_%s", user, p.system, d.enrolled().Format("1/2/2006_3:04 PM")), true
	case "managedDeviceOwnerType":
		if d.company() {
			return "company", true
		}
		return "personal", true
	case "enrolledDateTime":
		return instant(d.enrolled()), true
	case "lastSyncDateTime":
		return instant(d.synced()), true
	case "operatingSystem":
		return p.system, true
	case "osVersion":
		return p.versions[d.draw(15)%uint64(len(p.versions))], true
	case "complianceState":
		return d.compliance(), true
	case "complianceGracePeriodExpirationDateTime":
		return d.compliesUntil(), true
	case "jailBroken":
		return d.jailBroken(), true
	case "managementAgent":
		if d.compliance() == "configManager" {
			return "configurationManagerClient", true
		}
		return p.agent, true
	case "managementState":
		if d.draw(16)%100 < 2 {
			return "retirePending", true
		}
		return "managed", true
	case "deviceEnrollmentType":
		return p.enrolled, true
	case "deviceRegistrationState":
		return "registered", true
	case "azureADRegistered", "easActivated":
		return true, true
	case "azureADDeviceId":
		return d.t.entraDeviceID(d.i), true
	case "easDeviceId":
		return strings.ToUpper(strings.ReplaceAll(d.t.guid(d.i, saltDevice+17), "-", "")), true
	case "easActivationDateTime", "exchangeLastSuccessfulSyncDateTime":
		return "0001-01-01T00:00:00Z", true
	case "exchangeAccessState", "exchangeAccessStateReason":
		return "none", true
	case "deviceCategoryDisplayName":
		return []string{"Unknown", "Unknown", "Office", "Field"}[d.draw(18)%4], true
	case "isSupervised":
		return p.policy == "ios" && d.company(), true
	case "isEncrypted":
		return d.compliance() == "compliant" || d.draw(19)%3 > 0, true
	case "manufacturer":
		return model[0], true
	case "model":
		return model[1], true
	case "serialNumber":
		return fmt.Sprintf("%c%c%08X", 'A'+rune(d.draw(20)%26), 'A'+rune(d.draw(21)%26), d.draw(22)>>32), true
	case "imei", "meid", "phoneNumber", "subscriberCarrier", "remoteAssistanceSessionErrorDetails":
		return "", true
	case "androidSecurityPatchLevel":
		if p.system != "Android" {
			return "", true
		}
		return d.t.today.AddDate(0, -1-int(d.draw(23)%9), 0).Format("2006-01") + "-01", true
	case "wiFiMacAddress":
		return fmt.Sprintf("02%010X", d.draw(24)>>24), true
	case "totalStorageSpaceInBytes":
		return storage, true
	case "freeStorageSpaceInBytes":
		return storage / 100 * int(5+d.draw(25)%80), true
	case "partnerReportedThreatState":
		return "unknown", true
	case "enrollmentProfileName":
		if p.policy == "windows10" {
			return "Autopilot standard", true
		}
		return "", true
	case "requireUserEnrollmentApproval":
		return nil, true
	case "configurationManagerClientEnabledFeatures", "deviceHealthAttestationState":
		return nil, true
	case "deviceActionResults":
		return []row{}, true
	case "ethernetMacAddress":
		return fmt.Sprintf("06%010X", d.draw(26)>>24), true
	case "physicalMemoryInBytes":
		return []int{8, 16, 32}[d.draw(27)%3] << 30, true
	case "notes":
		return []any{nil, "Replaced the battery."}[min(d.draw(28)%9/8, 1)], true
	case "udid":
		if p.system != "iOS" && p.system != "macOS" {
			return nil, true
		}
		return strings.ReplaceAll(d.t.guid(d.i, saltDevice+29), "-", ""), true
	case "iccid", "activationLockBypassCode", "remoteAssistanceSessionUrl":
		return nil, true
	}
	return nil, false
}

func (d managedDevice) jailBroken() string {
	switch {
	case d.platform().system == "Windows" || d.platform().system == "macOS":
		return "Unknown"
	case d.compliance() == "noncompliant" && d.draw(30)%6 == 0:
		return "True"
	}
	return "False"
}

// entraDeviceID is the deviceId in Entra of a device, which Intune and Defender
// for Endpoint both know.
func (t *Tenant) entraDeviceID(i int) string { return t.guid(i, saltMember+10) }

// singly are the properties that lists leave empty: they come with one device
// and $select only.
var singly = []string{"activationLockBypassCode", "ethernetMacAddress", "iccid", "udid", "notes", "physicalMemoryInBytes", "remoteAssistanceSessionUrl"}

func withoutSingly(r row) row {
	for i, f := range r {
		switch {
		case f.name == "physicalMemoryInBytes":
			r[i].value = 0
		case slices.Contains(singly, f.name):
			r[i].value = nil
		}
	}
	return r
}

const managedDevices = "deviceManagement/managedDevices"

func (x *exchange) devices() listing {
	t := x.tenant()
	return listing{typ: managedDeviceType, set: managedDevices, size: t.devices.size, at: t.devices.at, plainly: 1000, most: 1000,
		refuses: []string{"$search", "$expand"}, write: func(o object, s selection) row { return withoutSingly(s.write(o)) }}
}

func listDevices(x *exchange) (*answer, error) {
	if err := x.checkTop(1000); err != nil {
		return nil, err
	}
	return x.answerList(x.devices())
}

// listUserDevices are the devices of one user.
func listUserDevices(x *exchange) (*answer, error) {
	t := x.tenant()
	owner := read(t, func() string {
		position, ok := t.findUser(x.ids[0])
		if !ok {
			return ""
		}
		return text(t.users.at(position), "id")
	})
	if owner == "" {
		return nil, errNotFound(x.ids[0])
	}
	l := x.devices()
	l.set = "users('" + x.ids[0] + "')/managedDevices"
	l.at = func(i int) object {
		if o := t.devices.at(i); o != nil && text(o, "userId") == owner {
			return o
		}
		return nil
	}
	return x.answerList(l)
}

func getDevice(x *exchange) (*answer, error) {
	t := x.tenant()
	a, err := x.single(managedDeviceType, managedDevices, func() object {
		if i, ok := t.devices.find(x.ids[0]); ok {
			return t.devices.at(i)
		}
		return nil
	})
	if err == nil && !x.query.has("$select") {
		a.body = withoutSingly(a.body.(row))
	}
	return a, err
}

// checkTop refuses pages that are too large, as OData's own library does.
func (x *exchange) checkTop(most int) error {
	if x.query.has("$top") && x.query.top > most {
		return errBadRequest("The limit of '%d' for Top query has been exceeded. The value from the incoming request is '%d'.", most, x.query.top)
	}
	return nil
}

// ManagedDeviceIDs lists the devices that Intune manages, in the order of lists.
func (t *Tenant) ManagedDeviceIDs() []string { return t.ids(t.devices) }

// UpdateManagedDevice changes properties of a device, such as complianceState
// and lastSyncDateTime.
func (t *Tenant) UpdateManagedDevice(id string, properties map[string]any) bool {
	return t.edit(t.devices, id, properties)
}

// RemoveManagedDevice takes a device out of Intune.
func (t *Tenant) RemoveManagedDevice(id string) bool { return t.remove(t.devices, id) }

// SetIntune gives the tenant Microsoft Intune, or takes it away: the service
// plan leaves the subscriptions, and all of deviceManagement says that the
// tenant is not one of its own.
func (t *Tenant) SetIntune(licensed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.withoutIntune = !licensed
}
