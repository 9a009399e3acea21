package simulator

// builtinRole is one of the directory's own roles: names, descriptions and ids
// are those of Microsoft's reference of built-in roles
// (learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference).
type builtinRole struct {
	template, name string
	privileged     bool // it has the reference's label
	description    string
}

const (
	roleDirectoryReaders     = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
	roleSynchronization      = "d29b2b05-8046-44ba-8758-1e26182fcf32"
	roleGlobalReader         = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	roleHelpdesk             = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	roleAuthentication       = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
	roleExchange             = "29232cdf-9323-42fd-ade2-1d097af3e4de"
	roleSharePoint           = "f28a1f50-f6e7-4571-818b-6a12f2af6b6c"
	roleIntune               = "3a2c62db-5318-420d-8d74-23affee5d9d5"
	roleApplication          = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	roleCloudApplication     = "158c047a-c907-4556-b7ef-446551a6b5f7"
	roleConditionalAccess    = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"
	roleReportsReader        = "4a5d8f65-41da-4de4-8968-e035b65339cf"
	roleBilling              = "b0f54661-2d74-4c50-afa3-1ec803f12efe"
	roleTeams                = "69091246-20e8-4a56-aa4d-066075b2a7a8"
	roleSecurityReader       = "5d6b6bb7-de71-4623-b4af-96380a352509"
	roleGroups               = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
	roleHybridIdentity       = "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2"
	rolePrivilegedAuthMethod = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
)

var builtinRoles = []builtinRole{
	{roleGlobalAdministrator, "Global Administrator", true, "Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities."},
	{roleUserAdministrator, "User Administrator", true, "Can manage all aspects of users and groups, including resetting passwords for limited admins."},
	{roleSecurityAdministrator, "Security Administrator", true, "Can read security information and reports, and manage configuration in Microsoft Entra ID and Office 365."},
	{roleDirectoryReaders, "Directory Readers", false, "Can read basic directory information. Commonly used to grant directory read access to applications and guests."},
	{roleApplication, "Application Administrator", true, "Can create and manage all aspects of app registrations and enterprise apps."},
	{"cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer", true, "Can create application registrations independent of the 'Users can register applications' setting."},
	{"c430b396-e693-46cc-96f3-db01bf8bb62a", "Attack Simulation Administrator", false, "Can create and manage all aspects of attack simulation campaigns."},
	{"58a13ea3-c632-46ae-9ee0-9c0d43cd7f3d", "Attribute Assignment Administrator", false, "Assign custom security attribute keys and values to supported Microsoft Entra objects."},
	{"8424c6f0-a189-499e-bbd0-26c1753c96d4", "Attribute Definition Administrator", false, "Define and manage the definition of custom security attributes."},
	{roleAuthentication, "Authentication Administrator", true, "Can access to view, set and reset authentication method information for any non-admin user."},
	{"0526716b-113d-4c15-b2c8-68e3c22b9f80", "Authentication Policy Administrator", false, "Can create and manage the authentication methods policy, tenant-wide MFA settings, password protection policy, and verifiable credentials."},
	{"e3973bdf-4987-49ae-837a-ba8e231c7286", "Azure DevOps Administrator", false, "Can manage Azure DevOps policies and settings."},
	{"7495fdc4-34c4-4d15-a289-98788ce399fd", "Azure Information Protection Administrator", false, "Can manage all aspects of the Azure Information Protection product."},
	{roleBilling, "Billing Administrator", false, "Can perform common billing related tasks like updating payment information."},
	{"892c5842-a9a6-463a-8041-72aa08ca3cf6", "Cloud App Security Administrator", false, "Can manage all aspects of the Defender for Cloud Apps product."},
	{roleCloudApplication, "Cloud Application Administrator", true, "Can create and manage all aspects of app registrations and enterprise apps except App Proxy."},
	{"7698a772-787b-4ac8-901f-60d6b08affd2", "Cloud Device Administrator", true, "Limited access to manage devices in Microsoft Entra ID."},
	{"17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator", false, "Can read and manage compliance configuration and reports in Microsoft Entra ID and Microsoft 365."},
	{"e6d1a23a-da11-4be4-9570-befc86d067a7", "Compliance Data Administrator", false, "Creates and manages compliance content."},
	{roleConditionalAccess, "Conditional Access Administrator", true, "Can manage Conditional Access capabilities."},
	{"5c4f9dcd-47dc-4cf7-8c9a-9e4207cbfc91", "Customer LockBox Access Approver", false, "Can approve Microsoft support requests to access customer organizational data."},
	{roleSynchronization, "Directory Synchronization Accounts", false, "Only used by Microsoft Entra Connect service."},
	{"9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers", true, "Can read and write basic directory information. For granting access to applications, not intended for users."},
	{"8329153b-31d0-4727-b945-745eb3bc5f31", "Domain Name Administrator", true, "Can manage domain names in cloud and on-premises."},
	{"44367163-eba1-44c3-98af-f5787879f96a", "Dynamics 365 Administrator", false, "Can manage all aspects of the Dynamics 365 product."},
	{roleExchange, "Exchange Administrator", false, "Can manage all aspects of the Exchange product."},
	{"31392ffb-586c-42d1-9346-e59415a2cc4e", "Exchange Recipient Administrator", false, "Can create or update Exchange Online recipients within the Exchange Online organization."},
	{"be2f45a1-457d-42af-a067-6ec1fa63bc45", "External Identity Provider Administrator", true, "Can configure identity providers for use in direct federation."},
	{"a9ea8996-122f-4c74-9520-8edcd192826c", "Fabric Administrator", false, "Can manage all aspects of the Fabric and Power BI products."},
	{roleGlobalReader, "Global Reader", true, "Can read everything that a Global Administrator can, but not update anything."},
	{roleGroups, "Groups Administrator", false, "Members of this role can create/manage groups, create/manage groups settings like naming and expiration policies, and view groups activity and audit reports."},
	{"95e79109-95c0-4d8e-aee3-d01accf2d47b", "Guest Inviter", false, "Can invite guest users independent of the 'members can invite guests' setting."},
	{roleHelpdesk, "Helpdesk Administrator", true, "Can reset passwords for non-administrators and Helpdesk Administrators."},
	{roleHybridIdentity, "Hybrid Identity Administrator", true, "Manage Active Directory to Microsoft Entra cloud provisioning, Microsoft Entra Connect, pass-through authentication (PTA), password hash synchronization (PHS), seamless single sign-on (seamless SSO), and federation settings. Does not have access to manage Microsoft Entra Connect Health."},
	{"45d8d3c5-c802-45c6-b32a-1d70b5e1e86e", "Identity Governance Administrator", false, "Manage access using Microsoft Entra ID for identity governance scenarios."},
	{roleIntune, "Intune Administrator", true, "Can manage all aspects of the Intune product."},
	{"4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator", false, "Can manage product licenses on users and groups."},
	{"59d46f88-662b-457b-bceb-5c3809e5908f", "Lifecycle Workflows Administrator", true, "Create and manage all aspects of workflows and tasks associated with Lifecycle Workflows in Microsoft Entra ID."},
	{"790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b", "Message Center Reader", false, "Can read messages and updates for their organization in Office 365 Message Center only."},
	{"9f06204d-73c1-4d4c-880a-6edb90606fd8", "Microsoft Entra Joined Device Local Administrator", false, "Users assigned to this role are added to the local administrators group on Microsoft Entra joined devices."},
	{"d37c8bed-0711-4417-ba38-b4abe66ce4c2", "Network Administrator", false, "Can manage network locations and review enterprise network design insights for Microsoft 365 Software as a Service applications."},
	{"2b745bdf-0803-4d80-aa65-822c4493daac", "Office Apps Administrator", false, "Can manage Office apps cloud services, including policy and settings management, and manage the ability to select, unselect and publish 'what's new' feature content to end-user's devices."},
	{"4ba39ca4-527c-499a-b93d-d9b492c50246", "Partner Tier1 Support", true, "Do not use - not intended for general use."},
	{"e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8", "Partner Tier2 Support", true, "Do not use - not intended for general use."},
	{"966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator", true, "Can reset passwords for non-administrators and Password Administrators."},
	{"11648597-926c-4cf3-9c36-bcebb0ba8dcc", "Power Platform Administrator", false, "Can create and manage all aspects of Microsoft Dynamics 365, Power Apps and Power Automate."},
	{"644ef478-e28f-4e28-b9dc-3fdde9aa0b1f", "Printer Administrator", false, "Can manage all aspects of printers and printer connectors."},
	{rolePrivilegedAuthMethod, "Privileged Authentication Administrator", true, "Can access to view, set and reset authentication method information for any user (admin or non-admin)."},
	{rolePrivilegedAdministrator, "Privileged Role Administrator", true, "Can manage role assignments in Microsoft Entra ID, and all aspects of Privileged Identity Management."},
	{roleReportsReader, "Reports Reader", false, "Can read sign-in and audit reports."},
	{"0964bb5e-9bdb-4d7b-ac29-58e794862a40", "Search Administrator", false, "Can create and manage all aspects of Microsoft Search settings."},
	{"5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator", true, "Creates and manages security events."},
	{roleSecurityReader, "Security Reader", true, "Can read security information and reports in Microsoft Entra ID and Office 365."},
	{"f023fd81-a637-4b56-95fd-791ac0226033", "Service Support Administrator", false, "Can read service health information and manage support tickets."},
	{roleSharePoint, "SharePoint Administrator", false, "Can manage all aspects of the SharePoint service."},
	{"75941009-915a-4869-abe7-691bff18279e", "Skype for Business Administrator", false, "Can manage all aspects of the Skype for Business product."},
	{roleTeams, "Teams Administrator", false, "Can manage the Microsoft Teams service."},
	{"baf37b3a-610e-45da-9e62-d9d1e5e8914b", "Teams Communications Administrator", false, "Can manage calling and meetings features within the Microsoft Teams service."},
	{"112ca1a2-15ad-4102-995e-45b0bc479a6a", "Tenant Creator", false, "Create new Microsoft Entra or Azure AD B2C tenants."},
	{"11451d60-acb2-45eb-a7d6-43d0f0125c13", "Windows 365 Administrator", false, "Can provision and manage all aspects of Cloud PCs."},
}
