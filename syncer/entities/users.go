package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// users are read in three parts: the fast list; the sign-in dates, which need
// AuditLog.Read.All and Entra ID P1, count against the reports limit and fail
// the whole request where either is missing
// (learn.microsoft.com/graph/api/user-list, signInActivity); and the state of
// per-user MFA. That one is documented for one user at a time only
// (learn.microsoft.com/graph/api/authentication-get). The list gives it too,
// which is not documented: who comes without it is asked for alone. No answer
// leaves the column empty, which means unknown and never disabled.
func users() *entity.Def {
	const signIn, perUserMFA = "sign_in_activity", "per_user_mfa"
	return &entity.Def{
		Kind:     "users",
		Title:    "Users",
		Singular: "user",
		Doc:      "Every account of the directory, members and guests, with its sign-in dates.",
		Group:    entity.Identity,
		Icon:     "users",
		Parts: []entity.Part{
			{
				Name:     "list",
				Title:    "Users",
				Path:     "/users",
				Query:    url.Values{"$top": {"999"}},
				Needs:    []entity.AnyOf{{"User.Read.All", "Directory.Read.All"}},
				Throttle: entity.ThrottleDirectory,
				Delta:    &entity.Delta{Path: "/users/delta"},
			},
			{
				Name:     signIn,
				Title:    "Sign-in activity",
				Path:     "/users",
				Query:    url.Values{"$top": {"500"}},
				Needs:    []entity.AnyOf{{"AuditLog.Read.All"}, {"User.Read.All", "Directory.Read.All"}},
				Licence:  entraP1,
				Throttle: entity.ThrottleReports,
				Slow:     true,
			},
			{
				Name:     perUserMFA,
				Title:    "Per-user MFA",
				Beta:     true,
				Path:     "/users",
				Query:    url.Values{"$top": {"999"}},
				Needs:    []entity.AnyOf{{"Policy.Read.All"}, {"User.Read.All", "Directory.Read.All"}},
				Throttle: entity.ThrottleDirectory,
				Slow:     true,
				Fan: &entity.Fan{
					Over:  "users",
					Rest:  true,
					Lists: []entity.FanList{{Path: "/users/{id}/authentication/requirements"}},
				},
			},
		},
		Figures: []entity.Figure{
			{
				Name: "enabled_users", Label: "Enabled users", Note: "members and guests", Icon: "users", NotKnown: "not reported",
				Terms: []entity.Term{enabledAccount},
			},
			{
				Name: "stale_accounts", Label: "Stale accounts", Note: "enabled, no successful sign-in for 90 days", Icon: "user-off", Warn: true, NotKnown: "not read yet",
				Terms: []entity.Term{enabledAccount, {Column: "sign_in_activity_last_successful_sign_in_date_time", To: "-90d", NoneIsNo: true}},
			},
			{
				Name: "no_successful_sign_in", Label: "No successful sign-in", Note: "enabled, no sign-in on record that succeeded", Icon: "user-x", Warn: true, NotKnown: "not read yet",
				Terms: []entity.Term{enabledAccount, {Column: "sign_in_activity_last_successful_sign_in_date_time", Empty: true}},
				Apart: &entity.Apart{Note: "tried within 90 days", Terms: []entity.Term{{Any: []entity.Term{
					{Column: "sign_in_activity_last_sign_in_date_time", From: "-90d", NoneIsNo: true},
					{Column: "sign_in_activity_last_non_interactive_sign_in_date_time", From: "-90d", NoneIsNo: true},
				}}}},
			},
		},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "userPrincipalName", Label: "User principal name", Sort: true, Search: true},
			{Path: "mail", Label: "Mail", Search: true},
			{Path: "accountEnabled", Label: "Status", Type: entity.Bool, Filter: entity.Flag, Words: enabled, Shown: true},
			{Path: "department", Label: "Department", Filter: entity.Choice, Sort: true, Search: true, Shown: true},
			{Path: "jobTitle", Label: "Job title", Filter: entity.Contains, Search: true, Shown: true},
			{Path: "userType", Label: "Type", Filter: entity.Choice, Shown: true, Doc: "Member or Guest."},
			{Path: "signInActivity.lastSuccessfulSignInDateTime", Label: "Last sign-in", Type: entity.Time, Part: signIn, Filter: entity.Range, Sort: true, Shown: true, Volatile: true,
				Doc: "Last successful sign-in, interactive or not: the date to judge inactive accounts by."},
			{Path: "signInActivity.lastSignInDateTime", Label: "Last interactive attempt", Type: entity.Time, Part: signIn, Filter: entity.Range, Volatile: true,
				Doc: "Last interactive sign-in attempt, successful or not."},
			{Path: "signInActivity.lastNonInteractiveSignInDateTime", Label: "Last non-interactive attempt", Type: entity.Time, Part: signIn, Filter: entity.Range, Volatile: true,
				Doc: "Last sign-in attempt of a client on the user's behalf, successful or not."},
			{Path: "perUserMfaState", Label: "Per-user MFA", Part: perUserMFA, Filter: entity.Choice,
				Words: map[string]string{"disabled": "Disabled", "enabled": "Enabled", "enforced": "Enforced"},
				Doc:   "The state of the older MFA that is switched on for one user at a time, beside Conditional Access. Empty: not known."},
			{Path: "@odata.type", Name: "account_type", Label: "Account type", Filter: entity.Choice, Volatile: true, Empty: "User",
				Words: map[string]string{"#microsoft.graph.user": "User", "#microsoft.graph.agentUser": "Agent"},
				Doc:   "Agent: the account of an AI agent, which signs in without a person (learn.microsoft.com/graph/api/resources/agentuser)."},
			{Path: "identityParentId", Label: "Agent identity", Filter: entity.Contains, Doc: "The agent that the account belongs to; a person's account has none."},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Filter: entity.Range, Sort: true},
			{Path: "creationType", Label: "Creation type", Filter: entity.Choice},
			{Path: "externalUserState", Label: "Invitation", Filter: entity.Choice, Words: map[string]string{"PendingAcceptance": "Pending", "Accepted": "Accepted"}, Doc: "PendingAcceptance or Accepted, for invited guests."},
			{Path: "externalUserStateChangeDateTime", Label: "Invitation changed", Type: entity.Time, Filter: entity.Range},
			{Path: "givenName", Label: "Given name"},
			{Path: "surname", Label: "Surname"},
			{Path: "companyName", Label: "Company", Filter: entity.Contains},
			{Path: "officeLocation", Label: "Office", Filter: entity.Contains},
			{Path: "country", Label: "Country", Filter: entity.Choice},
			{Path: "usageLocation", Label: "Usage location", Filter: entity.Choice},
			{Path: "employeeId", Label: "Employee ID"},
			{Path: "employeeType", Label: "Employee type", Filter: entity.Choice},
			{Path: "mobilePhone", Label: "Mobile phone"},
			{Path: "businessPhones", Label: "Business phones", Type: entity.List},
			{Path: "preferredLanguage", Label: "Preferred language"},
			{Path: "onPremisesSyncEnabled", Label: "Synced from on-premises", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "onPremisesLastSyncDateTime", Label: "Last on-premises sync", Type: entity.Time, Volatile: true},
			{Path: "onPremisesImmutableId", Label: "On-premises immutable ID"},
			{Path: "onPremisesSamAccountName", Label: "SAM account name"},
			{Path: "onPremisesDistinguishedName", Label: "Distinguished name"},
			{Path: "lastPasswordChangeDateTime", Label: "Password changed", Type: entity.Time, Filter: entity.Range},
			{Path: "passwordPolicies", Label: "Password policies", Filter: entity.Choice},
			{Path: "signInSessionsValidFromDateTime", Label: "Sessions valid from", Type: entity.Time, Volatile: true},
			{Path: "assignedLicenses", Label: "Assigned licences", Type: entity.List},
			{Path: "licenseAssignmentStates", Label: "Licence assignment states", Type: entity.List},
			{Path: "isResourceAccount", Label: "Resource account", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "proxyAddresses", Label: "Proxy addresses", Type: entity.List},
			{Path: "otherMails", Label: "Other mails", Type: entity.List},
		},
		TitleColumn:    "display_name",
		SubtitleColumn: "user_principal_name",
		DefaultSort:    "display_name",
		PortalPath:     "#view/Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/overview/userId/{id}",
	}
}

// enabledAccount is a term of figures: the account may sign in.
var enabledAccount = entity.Term{Column: "account_enabled", Is: []string{"true"}}
