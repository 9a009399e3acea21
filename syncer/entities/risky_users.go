package entities

import (
	"net/url"
	"slices"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// riskyUsers are read with GET /identityProtection/riskyUsers, which answers a
// directory without Entra ID P2 with 403 Forbidden, as it does one without the
// permission.
func riskyUsers() *entity.Def {
	return &entity.Def{
		Kind:     "risky_users",
		Title:    "Risky users",
		Singular: "risky user",
		Doc:      "Accounts that Microsoft Entra ID Protection has seen at risk, those whose risk was dismissed or remediated included.",
		Group:    entity.Identity,
		Icon:     "user-exclamation",
		Refs:     []entity.Ref{{Kind: "users"}},
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Risky users",
			Path:     "/identityProtection/riskyUsers",
			Query:    url.Values{"$top": {"500"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"IdentityRiskyUser.Read.All"}},
			Licence:  entraP2,
			Throttle: entity.ThrottlePolicy,
		}},
		Figures: []entity.Figure{
			{
				Name: "risky_users", Label: "Risky users", Note: "at risk or compromised", Icon: "user-exclamation", Warn: true, NotKnown: "not known",
				Terms: []entity.Term{{Column: "at_risk", Is: []string{"true"}}},
			},
		},
		Columns: []entity.Column{
			{Path: "userDisplayName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "userPrincipalName", Label: "User principal name", Sort: true, Search: true},
			{Name: "at_risk", Label: "At risk", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Compute: atRisk, Uses: []string{"riskState"},
				Doc: "The risk state is at risk or confirmed compromised."},
			{Path: "riskLevel", Label: "Risk level", Filter: entity.Choice, Shown: true, Alerts: []string{"high"}, Words: map[string]string{
				"low": "Low", "medium": "Medium", "high": "High", "none": "None", "hidden": "Hidden"}},
			{Path: "riskState", Label: "Risk state", Filter: entity.Choice, Shown: true, Alerts: []string{"confirmedCompromised"}, Words: map[string]string{
				"none": "None", "atRisk": "At risk", "confirmedCompromised": "Confirmed compromised", "confirmedSafe": "Confirmed safe",
				"remediated": "Remediated", "dismissed": "Dismissed"}},
			{Path: "riskDetail", Label: "Detail", Filter: entity.Choice, Shown: true, Words: riskDetails},
			{Path: "riskLastUpdatedDateTime", Label: "Updated", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "isProcessing", Label: "Being processed", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Volatile: true},
			{Path: "isDeleted", Label: "Deleted", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
		},
		TitleColumn:    "user_display_name",
		SubtitleColumn: "user_principal_name",
		DefaultSort:    "user_display_name",
		AllowEmpty:     true,
		PortalPath:     "#view/Microsoft_AAD_IAM/IdentityProtectionMenuBlade/~/RiskyUsers",
	}
}

// atRisk is unknown where Microsoft sends no state.
func atRisk(o entity.Object, _ time.Time) any {
	state := o.Text("riskState")
	if state == "" {
		return nil
	}
	return slices.Contains([]string{"atRisk", "confirmedCompromised"}, state)
}

// riskDetails are Microsoft's members of riskDetail
// (learn.microsoft.com/graph/api/resources/riskyuser).
var riskDetails = map[string]string{
	"none": "None", "hidden": "Hidden", "unknownFutureValue": "Other",
	"adminGeneratedTemporaryPassword":           "Temporary password by an admin",
	"userPerformedSecuredPasswordChange":        "Password changed by the user",
	"userPerformedSecuredPasswordReset":         "Password reset by the user",
	"userChangedPasswordOnPremises":             "Password changed on-premises",
	"adminConfirmedSigninSafe":                  "Sign-in confirmed safe by an admin",
	"adminConfirmedAccountSafe":                 "Account confirmed safe by an admin",
	"aiConfirmedSigninSafe":                     "Sign-in found safe by Microsoft",
	"userPassedMFADrivenByRiskBasedPolicy":      "User passed MFA",
	"adminDismissedAllRiskForUser":              "Dismissed by an admin",
	"adminDismissedRiskForSignIn":               "Sign-in dismissed by an admin",
	"m365DAdminDismissedDetection":              "Dismissed by an admin in Microsoft Defender",
	"adminConfirmedSigninCompromised":           "Sign-in confirmed compromised by an admin",
	"adminConfirmedUserCompromised":             "User confirmed compromised by an admin",
	"microsoftRevokedSessions":                  "Sessions revoked by Microsoft",
	"adminConfirmedServicePrincipalCompromised": "Service principal confirmed compromised by an admin",
	"adminDismissedAllRiskForServicePrincipal":  "Service principal dismissed by an admin",
}
