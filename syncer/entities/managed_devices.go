package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// managedDevices are read with GET /deviceManagement/managedDevices
// (learn.microsoft.com/graph/api/intune-devices-manageddevice-list). The list
// gives no value for some properties, such as the amount of memory: these are
// left out.
func managedDevices() *entity.Def {
	return &entity.Def{
		Kind:     "managed_devices",
		Title:    "Intune devices",
		Singular: "Intune device",
		Doc:      "Devices that Microsoft Intune manages, or knows before they are enrolled, with their compliance.",
		Group:    entity.Devices,
		Icon:     "device-laptop",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Intune devices",
			Path:     "/deviceManagement/managedDevices",
			Query:    url.Values{"$top": {"999"}},
			Needs:    []entity.AnyOf{{"DeviceManagementManagedDevices.Read.All"}},
			Licence:  intune,
			Throttle: entity.ThrottleIntune,
		}},
		Figures: []entity.Figure{
			{
				Name: "devices_not_compliant", Label: "Devices not compliant", Note: "in Intune", Icon: "device-laptop", Warn: true, NotKnown: "not judged by Intune",
				Terms: []entity.Term{{Column: "compliance_state", Is: []string{"noncompliant"}, Not: []string{"compliant", "inGracePeriod"}}},
			},
		},
		Columns: []entity.Column{
			{Path: "deviceName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "userPrincipalName", Label: "User", Sort: true, Search: true, Shown: true, Refs: []entity.Ref{{Kind: "users", By: "user_principal_name", Account: true}}},
			{Path: "complianceState", Alerts: []string{"noncompliant", "error", "conflict"}, Label: "Compliance", Filter: entity.Choice, Sort: true, Shown: true, Words: map[string]string{
				"compliant": "Compliant", "noncompliant": "Not compliant", "inGracePeriod": "In grace period", "conflict": "Conflict",
				"error": "Error", "unknown": "Unknown", "configManager": "Configuration Manager"},
				Doc: "configManager: Configuration Manager decides; it does not mean that the device is not compliant."},
			{Path: "operatingSystem", Label: "Operating system", Filter: entity.Choice, Sort: true, Shown: true},
			{Path: "osVersion", Label: "Version", Filter: entity.Choice, Shown: true},
			{Path: "isEncrypted", Label: "Encrypted", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "lastSyncDateTime", Label: "Last check-in", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true, Volatile: true},
			{Path: "managedDeviceOwnerType", Label: "Owner", Filter: entity.Choice, Words: map[string]string{"company": "Company", "personal": "Personal", "unknown": "Unknown"}},
			{Path: "jailBroken", Label: "Jailbroken or rooted", Filter: entity.Choice},
			{Path: "complianceGracePeriodExpirationDateTime", Label: "Grace period ends", Type: entity.Time, Filter: entity.Range, Ahead: true, Volatile: true},
			{Path: "enrolledDateTime", Label: "Enrolled", Type: entity.Time, Filter: entity.Range, Sort: true},
			{Path: "managementAgent", Label: "Managed by", Filter: entity.Choice, Doc: "msSense: managed by Defender for Endpoint alone."},
			{Path: "managementState", Label: "Management state", Filter: entity.Choice, Doc: "Retire and wipe actions show here."},
			{Path: "deviceEnrollmentType", Label: "Enrolment", Filter: entity.Choice},
			{Path: "deviceRegistrationState", Label: "Registration", Filter: entity.Choice},
			{Path: "azureADRegistered", Label: "Registered in Entra ID", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "azureADDeviceId", Label: "Entra device ID", Sort: true},
			{Path: "userId", Label: "User ID", Refs: []entity.Ref{{Kind: "users"}}},
			{Path: "userDisplayName", Label: "User's name", Search: true},
			{Path: "emailAddress", Label: "Email"},
			{Path: "manufacturer", Label: "Manufacturer", Filter: entity.Choice},
			{Path: "model", Label: "Model", Filter: entity.Choice, Search: true},
			{Path: "serialNumber", Label: "Serial number", Search: true},
			{Path: "imei", Label: "IMEI"},
			{Path: "isSupervised", Label: "Supervised", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "partnerReportedThreatState", Label: "Threat state", Filter: entity.Choice},
			{Path: "androidSecurityPatchLevel", Label: "Android patch level"},
			{Path: "deviceCategoryDisplayName", Label: "Category", Filter: entity.Choice},
			{Path: "enrollmentProfileName", Label: "Enrolment profile", Filter: entity.Choice},
			{Path: "managedDeviceName", Label: "Name in Intune"},
			{Path: "totalStorageSpaceInBytes", Label: "Storage", Type: entity.Int, As: entity.AsBytes},
			{Path: "freeStorageSpaceInBytes", Label: "Free storage", Type: entity.Int, As: entity.AsBytes, Volatile: true},
		},
		TitleColumn:    "device_name",
		SubtitleColumn: "model",
		NoteColumn:     "operating_system",
		DefaultSort:    "device_name",
	}
}
