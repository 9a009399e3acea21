package entities

import "github.com/securatlas/securatlas/syncer/entity"

var verdictWords = map[string]string{"enforced": "Enforced", "partly": "Partly", "not_enforced": "Not enforced", "blocked": "Cannot sign in", "not_assessed": "Not assessed"}

// mfaEnforcement is computed after each sync, for every user (see
// syncer/enforce.go); its migration puts the verdicts beside the users.
func mfaEnforcement() *entity.Def {
	all := users()
	column := func(path string) entity.Column {
		for _, c := range all.Columns {
			if c.Path == path {
				c.Name, c.From, c.Part, c.Search = entity.SnakeCase(path), all.Kind, "", false
				return c
			}
		}
		panic("entities: users has no property " + path)
	}
	status, userType, perUser := column("accountEnabled"), column("userType"), column("perUserMfaState")
	status.Shown, userType.Shown, perUser.Shown = false, true, false
	const pending = "Not computed yet"
	return &entity.Def{
		Kind:     "mfa_enforcement",
		Title:    "MFA enforcement",
		Singular: "MFA verdict",
		Doc:      "Whether each account has to pass multifactor authentication to sign in, and why: computed after each sync from Conditional Access policies, group memberships, roles, security defaults and per-user MFA. Not assessed where something that could change the verdict was not read completely, or was there before and not confirmed by the newest attempt; what was last known stands beside.",
		Group:    entity.Identity,
		Icon:     "shield-check",
		From:     []string{"users", "conditional_access_policies", "security_defaults", "groups", "group_members", "role_assignments", "named_locations"},
		Adds:     []entity.Addition{{Kind: "named_locations"}}, // their names alone
		Judges:   "users",
		Columns: []entity.Column{
			{Name: "display_name", Label: "Name", Sort: true, Search: true, Shown: true, From: "users"},
			{Name: "user_principal_name", Label: "User principal name", Sort: true, Search: true, From: "users"},
			{Name: "verdict", Label: "MFA", Filter: entity.Choice, Shown: true, Empty: pending,
				Words:  verdictWords,
				Alerts: []string{"not_enforced", "partly"},
				Doc:    "Enforced: every sign-in has to pass MFA. Partly: some have to. Cannot sign in: blocked, or the account is disabled. Not assessed: what was read does not decide it, or the account is an agent's."},
			{Name: "reason", Label: "Reason", Filter: entity.Contains, Shown: true, Empty: pending},
			{Name: "needs", Label: "Needs", Type: entity.List, Filter: entity.Contains, Doc: "What is missing where the verdict is Not assessed."},
			{Name: "last_verdict", Label: "Last known", Filter: entity.Choice, Words: verdictWords, Empty: "None yet",
				Doc: "The verdict itself, or where it is Not assessed the last one before it that could be decided."},
			{Name: "last_verdict_as_of", Label: "Last known as of", Type: entity.Time, Filter: entity.Range, Volatile: true},
			status,
			userType,
			{Name: "is_agent", Label: "Agent", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, From: "users", Doc: "The account of an AI agent, which signs in without a person."},
			perUser,
			column("signInActivity.lastSuccessfulSignInDateTime"),
			{Name: "user_id", Label: "User", Filter: entity.Contains, Refs: []entity.Ref{{Kind: "users"}}},
			{Name: "computed_at", Label: "Computed", Type: entity.Time, Filter: entity.Range, Volatile: true, Empty: pending},
			{Name: "as_of", Label: "Data as of", Type: entity.Time, Filter: entity.Range, Volatile: true, Doc: "When the oldest of the lists that verdicts rest on was last read completely, those that failed since included."},
		},
		TitleColumn:    "display_name",
		SubtitleColumn: "user_principal_name",
		DefaultSort:    "display_name",
	}
}
