package entities

import "github.com/securatlas/securatlas/syncer/entity"

// permissions lists what the guide asks for, and the extras. The app role ids
// are those of Microsoft Graph's permissions reference
// (learn.microsoft.com/graph/permissions-reference).
func permissions() []entity.Permission {
	const g, d, m = entity.Graph, entity.Defender, entity.Management
	return []entity.Permission{
		{Resource: g, Name: "User.Read.All", ID: "df021288-bdef-4463-88db-98f22de89214", Profile: entity.Required, Why: "Reads users and guests."},
		{Resource: g, Name: "Directory.Read.All", ID: "7ab1d382-f21e-4acd-a863-ba3e13f7da61", Profile: entity.Required, Why: "Reads groups, their members, applications and service principals."},
		{Resource: g, Name: "Policy.Read.All", ID: "246dd0d5-5bd0-4def-940b-0421030a5b68", Profile: entity.Required, Why: "Reads Conditional Access policies, named locations and security defaults."},
		{Resource: g, Name: "AuditLog.Read.All", ID: "b0afded3-3588-46d8-8b3d-9842eff778da", Profile: entity.Required, Why: "Reads sign-in dates, MFA registration, audit logs and sign-ins."},
		{Resource: g, Name: "IdentityRiskyUser.Read.All", ID: "dc5007c0-2d7d-4c42-879c-2dab87571379", Profile: entity.Required, Why: "Reads the users that Microsoft Entra ID Protection sees at risk."},
		{Resource: g, Name: "RoleManagement.Read.Directory", ID: "483bed4a-2ad3-4361-a73b-c83ccdbdc53c", Profile: entity.Required, Why: "Reads directory roles, who has them and who is eligible."},
		{Resource: g, Name: "DeviceManagementManagedDevices.Read.All", ID: "2f51be20-0bb4-4fed-bf7b-db946066c75e", Profile: entity.Required, Why: "Reads Intune devices and their compliance."},
		{Resource: g, Name: "DeviceManagementConfiguration.Read.All", ID: "dc377aa6-52d8-4e23-b271-2a7ae04cedf3", Profile: entity.Required, Why: "Reads Intune compliance policies."},
		{Resource: g, Name: "Organization.Read.All", ID: "498476ce-e0fe-48b0-b801-37ba7e2685c6", Profile: entity.Required, Why: "Reads the directory's name, domains and licences."},
		{Resource: g, Name: "ServiceHealth.Read.All", ID: "79c261e0-fe76-4144-aad5-bdc68fbe4037", Profile: entity.Required, Why: "Reads the health of Microsoft 365 services."},
		{Resource: g, Name: "Reports.Read.All", ID: "230c1aed-a721-4c5d-9cb4-a90514e508ef", Profile: entity.Required, Why: "Reads SharePoint and Microsoft 365 usage reports."},
		{Resource: g, Name: "SecurityEvents.Read.All", ID: "bf394140-e372-4bf9-a898-299cfc7564e5", Profile: entity.Required, Why: "Reads Microsoft Secure Score."},
		{Resource: g, Name: "TeamworkDevice.Read.All", ID: "0591bafd-7c1c-4c30-a2a5-2b9aacb1dfe8", Profile: entity.Unused, Why: "Microsoft retired the API that it opens; it feeds nothing."},

		{Resource: d, Name: "Alert.Read.All", Profile: entity.Optional, Why: "Reads Defender for Endpoint alerts."},
		{Resource: d, Name: "Machine.Read.All", Profile: entity.Optional, Why: "Reads Defender for Endpoint machines."},
		{Resource: d, Name: "Vulnerability.Read.All", Profile: entity.Optional, Why: "Reads vulnerabilities (CVEs) and the machines they are on."},
		{Resource: d, Name: "SecurityRecommendation.Read.All", Profile: entity.Optional, Why: "Reads Defender's security recommendations."},
		{Resource: d, Name: "AdvancedQuery.Read.All", Profile: entity.Unused, Why: "Microsoft is retiring the API that it opens; it feeds nothing."},

		{Resource: g, Name: "SecurityAlert.Read.All", ID: "472e4a4d-bb4a-4026-98d1-0b0d74cb74a5", Profile: entity.Extra, Why: "Reads alerts of all Microsoft Defender products."},
		{Resource: g, Name: "Sites.Read.All", ID: "332a536c-c7ef-4017-ab91-336970924f0d", Profile: entity.Extra, Why: "Reads names and URLs of SharePoint sites, which the usage report leaves blank."},
		{Resource: g, Name: "ServiceMessage.Read.All", ID: "1b620472-6534-4fe6-9df2-4680e8aa28ec", Profile: entity.Extra, Why: "Opens the message center, which is not read yet."},
		{Resource: g, Name: "ReportSettings.Read.All", ID: "ee353f83-55ef-4b78-82da-555bfa2b4b95", Profile: entity.Extra, Why: "Opens the setting that conceals names in usage reports, which is not read yet: the reports themselves show it."},
		{Resource: g, Name: "Member.Read.Hidden", ID: "658aa5d8-239f-45c4-aa12-864f4fc7e490", Profile: entity.Extra, Why: "Reads the members of hidden groups."},
		{Resource: d, Name: "Score.Read.All", Profile: entity.Extra, Why: "Reads the exposure score."},
		{Resource: m, Name: "ActivityFeed.Read", Profile: entity.Extra, Why: "Reads the audit log of Exchange, SharePoint, Teams and other services."},
	}
}
