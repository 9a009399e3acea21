package entities

import (
	"encoding/json"
	"time"

	"github.com/securatlas/securatlas/syncer/enforcement"
	"github.com/securatlas/securatlas/syncer/entity"
)

// The literals among the ids in a policy, and what an empty list of it says:
// nothing, since the policy may well concern others by another list.
var (
	whoWords = map[string]string{"All": "All users", "None": "Nobody", "GuestsOrExternalUsers": "Guests and external users", "AllAgentIdUsers": "The accounts of agents"}
	appWords = map[string]string{"All": "All apps", "None": "No app", "Office365": "Office 365", "MicrosoftAdminPortals": "Microsoft admin portals"}
)

const unnamed = "Not named"

// words is a column that says a part of a policy in the words by which accounts
// are judged. Better words are no change of the policy.
func words(name, label string, part func(enforcement.Summary) string, doc string) entity.Column {
	return entity.Column{
		Name: name, Label: label, Filter: entity.Contains, Shown: true, Volatile: true, Doc: doc,
		Uses: []string{"conditions", "grantControls"},
		Compute: func(o entity.Object, _ time.Time) any {
			raw, err := json.Marshal(o)
			if err != nil {
				return nil
			}
			p := enforcement.NewPolicy(raw)
			if said := part(p.Summarize()); said != "" {
				return said
			}
			return nil
		},
	}
}

// conditionalAccessPolicies come from beta: v1.0 silently leaves out every
// policy that uses a preview feature. The list is read without $select, so
// that conditions which Microsoft adds are kept in the whole objects.
func conditionalAccessPolicies() *entity.Def {
	return &entity.Def{
		Kind:     "conditional_access_policies",
		Title:    "Conditional Access policies",
		Singular: "Conditional Access policy",
		Doc:      "Conditional Access policies, report-only and disabled ones included, with their conditions and controls.",
		Group:    entity.Identity,
		Icon:     "shield-lock",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Conditional Access policies",
			Path:     "/identity/conditionalAccess/policies",
			Beta:     true,
			NoSelect: true,
			Needs:    []entity.AnyOf{{"Policy.Read.All"}},
			Throttle: entity.ThrottlePolicy,
		}},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Policy", Sort: true, Search: true, Shown: true},
			{Path: "state", Label: "State", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"enabled": "On", "disabled": "Off", "enabledForReportingButNotEnforced": "Report-only"}},
			words("who", "Who", func(s enforcement.Summary) string { return s.Who }, "Whom the policy includes and excludes; of users, groups and roles how many."),
			words("what", "What", func(s enforcement.Summary) string { return s.What }, "Apps or actions, and the conditions that narrow the policy to some sign-ins."),
			words("requires", "Requires", func(s enforcement.Summary) string { return s.Requires }, "What a sign-in has to pass, by the grant controls."),
			words("unless", "Unless", func(s enforcement.Summary) string { return s.Unless }, "What is enough instead of MFA, where one of several controls suffices."),
			{Path: "conditions.users.includeUsers", Label: "Users included", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "users"}}, Words: whoWords, Empty: unnamed},
			{Path: "conditions.users.excludeUsers", Label: "Users excluded", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "users"}}, Words: whoWords, Empty: unnamed},
			{Path: "conditions.users.includeGroups", Label: "Groups included", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "groups"}}, Empty: unnamed},
			{Path: "conditions.users.excludeGroups", Label: "Groups excluded", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "groups"}}, Empty: unnamed},
			{Path: "conditions.users.includeRoles", Label: "Roles included", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "role_definitions"}}, Empty: unnamed},
			{Path: "conditions.users.excludeRoles", Label: "Roles excluded", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "role_definitions"}}, Empty: unnamed},
			{Path: "conditions.users.includeGuestsOrExternalUsers", Label: "Guests included", Type: entity.JSON, Empty: unnamed},
			{Path: "conditions.users.excludeGuestsOrExternalUsers", Label: "Guests excluded", Type: entity.JSON, Empty: unnamed},
			{Path: "conditions.applications.includeApplications", Label: "Apps included", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "service_principals", By: "app_id"}}, Words: appWords, Empty: unnamed},
			{Path: "conditions.applications.excludeApplications", Label: "Apps excluded", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "service_principals", By: "app_id"}}, Words: appWords, Empty: unnamed},
			{Path: "conditions.applications.includeUserActions", Label: "User actions", Type: entity.List, Empty: unnamed},
			{Path: "conditions.clientAppTypes", Label: "Client apps", Type: entity.List, Filter: entity.Contains},
			{Path: "conditions.platforms", Label: "Platforms", Type: entity.JSON},
			{Path: "conditions.locations", Label: "Locations", Type: entity.JSON},
			{Path: "conditions.signInRiskLevels", Label: "Sign-in risk", Type: entity.List, Filter: entity.Contains},
			{Path: "conditions.userRiskLevels", Label: "User risk", Type: entity.List, Filter: entity.Contains},
			{Path: "grantControls.operator", Label: "Grant operator", Filter: entity.Choice},
			{Path: "grantControls.builtInControls", Label: "Grant controls", Type: entity.List, Filter: entity.Contains},
			{Path: "grantControls.authenticationStrength.displayName", Label: "Authentication strength"},
			{Path: "grantControls.authenticationStrength.requirementsSatisfied", Label: "Strength satisfies"},
			{Path: "sessionControls", Label: "Session controls", Type: entity.JSON},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Filter: entity.Range},
			{Path: "modifiedDateTime", Label: "Modified", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "templateId", Label: "Template ID"},
			{Path: "partialEnablementStrategy", Label: "Rollout in phases", Type: entity.JSON},
			{Path: "conditions", Label: "All conditions", Type: entity.JSON},
			{Path: "grantControls", Label: "All grant controls", Type: entity.JSON},
		},
		TitleColumn: "display_name",
		DefaultSort: "display_name",
		PortalPath:  "#view/Microsoft_AAD_ConditionalAccess/PolicyBlade/policyId/{id}",
	}
}
