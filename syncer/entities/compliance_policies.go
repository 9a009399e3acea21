package entities

import "github.com/securatlas/securatlas/syncer/entity"

// compliancePolicies are read with GET
// /deviceManagement/deviceCompliancePolicies, whose objects are of one type for
// each platform, and how many devices follow each with its deviceStatusOverview
// (learn.microsoft.com/graph/api/intune-deviceconfig-devicecompliancepolicy-list).
func compliancePolicies() *entity.Def {
	const status = "status"
	return &entity.Def{
		Kind:     "compliance_policies",
		Title:    "Compliance policies",
		Singular: "compliance policy",
		Doc:      "Intune's device compliance policies, each with how many devices follow it. Policies of the settings catalogue, such as those for Linux, are not in Microsoft's list.",
		Group:    entity.Devices,
		Icon:     "shield-check",
		Parts: []entity.Part{
			{
				Name:     "list",
				Title:    "Compliance policies",
				Path:     "/deviceManagement/deviceCompliancePolicies",
				NoSelect: true,
				Needs:    []entity.AnyOf{{"DeviceManagementConfiguration.Read.All"}},
				Licence:  intune,
				Throttle: entity.ThrottleIntune,
			},
			{
				Name:     status,
				Title:    "Device status",
				Needs:    []entity.AnyOf{{"DeviceManagementConfiguration.Read.All"}},
				Licence:  intune,
				Throttle: entity.ThrottleIntune,
				Fan: &entity.Fan{
					Over:  "compliance_policies",
					Lists: []entity.FanList{{Path: "/deviceManagement/deviceCompliancePolicies/{id}/deviceStatusOverview"}},
				},
			},
		},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "description", Label: "Description", Search: true},
			{Path: "@odata.type", Name: "platform", Label: "Platform", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"#microsoft.graph.androidCompliancePolicy":            "Android device administrator",
				"#microsoft.graph.androidWorkProfileCompliancePolicy": "Android work profile",
				"#microsoft.graph.androidDeviceOwnerCompliancePolicy": "Android Enterprise",
				"#microsoft.graph.aospDeviceOwnerCompliancePolicy":    "Android (AOSP)",
				"#microsoft.graph.iosCompliancePolicy":                "iOS and iPadOS",
				"#microsoft.graph.macOSCompliancePolicy":              "macOS",
				"#microsoft.graph.windows10CompliancePolicy":          "Windows 10 and later",
				"#microsoft.graph.windows10MobileCompliancePolicy":    "Windows 10 Mobile",
				"#microsoft.graph.windows81CompliancePolicy":          "Windows 8.1",
				"#microsoft.graph.windowsPhone81CompliancePolicy":     "Windows Phone 8.1",
			}},
			{Path: "successCount", Label: "Compliant", Type: entity.Int, Part: status, Filter: entity.Range, Shown: true, Volatile: true, Doc: "Devices that follow the policy."},
			{Path: "failedCount", Label: "Not compliant", Type: entity.Int, Part: status, Filter: entity.Range, Sort: true, Shown: true, Volatile: true, Doc: "Devices that do not."},
			{Path: "errorCount", Label: "Error", Type: entity.Int, Part: status, Filter: entity.Range, Shown: true, Volatile: true},
			{Path: "pendingCount", Label: "Pending", Type: entity.Int, Part: status, Filter: entity.Range, Shown: true, Volatile: true},
			{Path: "notApplicableCount", Label: "Not applicable", Type: entity.Int, Part: status, Filter: entity.Range, Volatile: true},
			{Path: "lastUpdateDateTime", Label: "Status updated", Type: entity.Time, Part: status, Volatile: true},
			{Path: "configurationVersion", Label: "Status of version", Type: entity.Int, Part: status, Volatile: true},
			{Path: "version", Label: "Version", Type: entity.Int},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Filter: entity.Range},
			{Path: "lastModifiedDateTime", Label: "Modified", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
		},
		TitleColumn: "display_name",
		DefaultSort: "display_name",
	}
}
