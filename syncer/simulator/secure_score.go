package simulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// saltScore is what facts about Secure Score are drawn with.
const saltScore uint64 = 1<<25 + 3<<12

// scoreDays is how long scores are kept.
const scoreDays = 90

// scoreControl is a recommendation of Secure Score.
type scoreControl struct {
	id, category, service, title string
	max                          float64
	tier                         string
}

var scoreControls = []scoreControl{
	{"AdminMFAV2", "Identity", "AzureAD", "Ensure multifactor authentication is enabled for all users in administrative roles", 10, "Core"},
	{"MFARegistrationV2", "Identity", "AzureAD", "Ensure multifactor authentication is enabled for all users", 9, "Core"},
	{"BlockLegacyAuthentication", "Identity", "AzureAD", "Enable Conditional Access policies to block legacy authentication", 8, "Core"},
	{"SigninRiskPolicy", "Identity", "AzureAD", "Protect all users with a sign-in risk policy", 7, "Advanced"},
	{"UserRiskPolicy", "Identity", "AzureAD", "Protect all users with a user risk policy", 7, "Advanced"},
	{"SelfServicePasswordReset", "Identity", "AzureAD", "Ensure 'Self service password reset enabled' is set to 'All'", 1, "Core"},
	{"OneAdmin", "Identity", "AzureAD", "Designate more than one global admin", 1, "Core"},
	{"RoleOverlap", "Identity", "AzureAD", "Use least privileged administrative roles", 1, "Core"},
	{"IntegratedApps", "Identity", "AzureAD", "Ensure user consent to apps accessing company data on their behalf is not allowed", 4, "Core"},
	{"PWAgePolicyNew", "Identity", "AzureAD", "Ensure the 'Password expiration policy' is set to never expire", 8, "Core"},
	{"aad_admin_accounts_separate_unassigned_cloud_only", "Identity", "AzureAD", "Ensure administrative accounts are cloud-only", 3, "Core"},
	{"mdo_safelinksforemail", "Apps", "MDO", "Create Safe Links policies for email messages", 9, "Core"},
	{"mdo_safeattachments", "Apps", "MDO", "Ensure Safe Attachments policy is enabled", 8, "Core"},
	{"mdo_antiphishingpolicies", "Apps", "MDO", "Ensure that an anti-phishing policy has been created", 6, "Core"},
	{"mdo_zapphish", "Apps", "MDO", "Enable zero-hour auto purge for phishing messages", 6, "Core"},
	{"exo_mailboxaudit", "Apps", "EXO", "Ensure mailbox auditing for all users is Enabled", 5, "Core"},
	{"exo_storageproviderrestricted", "Apps", "EXO", "Ensure additional storage providers are restricted in Outlook on the web", 3, "Core"},
	{"spo_block_onedrive_sync_unmanaged_devices", "Apps", "SPO", "Block OneDrive for Business sync from unmanaged devices", 2, "Core"},
	{"meeting_restrictanonymousjoin_v1", "Apps", "MicrosoftTeams", "Configure which users are allowed to present in Teams meetings", 2, "Core"},
	{"mip_DLP_policies", "Data", "MIP", "Ensure DLP policies are enabled", 5, "Advanced"},
	{"mip_sensitivitylabelspolicies", "Data", "MIP", "Ensure that Auto-labeling data classification policies are set up and used", 5, "Advanced"},
	{"scid_2010", "Device", "MDATP", "Turn on Microsoft Defender Antivirus", 10, "Core"},
	{"scid_2012", "Device", "MDATP", "Turn on real-time protection", 10, "Core"},
	{"scid_2090", "Device", "MDATP", "Encrypt all BitLocker-supported drives", 9, "Core"},
	{"scid_2515", "Device", "MDATP", "Block Win32 API calls from Office macros", 9, "Core"},
	{"scid_3001", "Device", "MDATP", "Turn on PUA protection", 9, "Core"},
}

var scoreVendor = row{{"provider", "SecureScore"}, {"providerVersion", nil}, {"subProvider", nil}, {"vendor", "Microsoft"}}

// achieved is the part of a control, in per cent, that is done on a day: days
// before the tenant's first, or after it where they are negative. Each control
// gets better on a day of its own.
func (t *Tenant) achieved(control, daysAgo int) int {
	share := []int{0, 25, 50, 80, 100, 100}[draw(t.seed, control, saltScore)%6]
	if better := int(draw(t.seed, control, saltScore+1)%180) - 30; share > 0 && daysAgo > better {
		share -= 25
	}
	return max(share, 0)
}

// secureScore is the score of a day; the first one is today's.
func (t *Tenant) secureScore(i int) object {
	at := t.now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -i)
	daysAgo := int(t.today.Sub(at) / (24 * time.Hour))
	current, most := 0.0, 0.0
	var controls []row
	for k, c := range scoreControls {
		share := t.achieved(k, daysAgo)
		score := c.max * float64(share) / 100
		current, most = current+score, most+c.max
		controls = append(controls, row{{"controlCategory", c.category}, {"controlName", c.id}, {"description", c.title}, {"score", score},
			{"scoreInPercentage", float64(share)}, {"lastSynced", instant(at)}})
	}
	return bag{
		"id": t.id + "_" + at.Format(time.DateOnly), "azureTenantId": t.id, "activeUserCount": t.users.made * 3 / 4, "createdDateTime": instant(at),
		"currentScore": current, "maxScore": most, "licensedUserCount": t.users.made,
		"enabledServices":          []string{"HasExchange", "HasSharePoint", "HasInTune", "HasAADP2"},
		"averageComparativeScores": []row{{{"basis", "AllTenants"}, {"averageScore", 41.5}}, {{"basis", "TotalSeats"}, {"averageScore", 46.2}}},
		"controlScores":            controls, "vendorInformation": scoreVendor,
	}
}

func (t *Tenant) controlProfile(i int) object {
	c := &scoreControls[i]
	updates := []row{}
	if draw(t.seed, i, saltScore+2)%5 == 0 {
		updates = []row{{{"assignedTo", nil}, {"comment", "A third party does this for us."}, {"state", "ThirdParty"},
			{"updatedBy", t.person(0).userPrincipalName()}, {"updatedDateTime", t.today.AddDate(0, -2, 0).Format(instantWithFraction)}}}
	}
	return bag{
		"id": c.id, "azureTenantId": t.id, "actionType": "Config", "actionUrl": "https://security.microsoft.com/securescore", "controlCategory": c.category,
		"title": c.title, "deprecated": false, "implementationCost": "Low", "lastModifiedDateTime": nil, "maxScore": c.max, "rank": i + 1,
		"remediation":       fmt.Sprintf("<p>%s.</p><ol><li>Open the <a href=\"https://security.microsoft.com\">portal</a>.</li></ol>", c.title),
		"remediationImpact": "<p>Users may see a prompt.</p>", "service": c.service, "threats": []string{"Password Cracking", "Account Breach"}, "tier": c.tier,
		"userImpact": "Moderate", "complianceInformation": []row{}, "controlStateUpdates": updates, "vendorInformation": scoreVendor,
	}
}

func listSecureScores(x *exchange) (*answer, error) {
	return x.answerList(listing{typ: secureScoreType, set: "security/secureScores", size: func() int { return scoreDays }, at: x.tenant().secureScore,
		plainly: scoreDays, most: 1000, skips: true, refuses: []string{"$search", "$expand"}})
}

func listControlProfiles(x *exchange) (*answer, error) {
	return x.answerList(listing{typ: controlProfileType, set: "security/secureScoreControlProfiles", size: func() int { return len(scoreControls) },
		at: x.tenant().controlProfile, plainly: 100, most: 1000, skips: true, refuses: []string{"$search", "$expand"}})
}

func getControlProfile(x *exchange) (*answer, error) {
	return x.single(controlProfileType, "security/secureScoreControlProfiles", func() object {
		for i := range scoreControls {
			if strings.EqualFold(scoreControls[i].id, x.ids[0]) {
				return x.tenant().controlProfile(i)
			}
		}
		return nil
	})
}

func getSecureScore(x *exchange) (*answer, error) {
	return x.single(secureScoreType, "security/secureScores", func() object {
		for i := range scoreDays {
			if o := x.tenant().secureScore(i); text(o, "id") == x.ids[0] {
				return o
			}
		}
		return nil
	})
}

// errScoresDenied has the documented message; its code is in no document.
func errScoresDenied() *graphError {
	return newGraphError(http.StatusForbidden, "Forbidden", "Auth token does not contain valid permissions or user does not have valid roles")
}

func securityRoutes() []route {
	get := func(pattern string, handle func(*exchange) (*answer, error)) route {
		return route{pattern: pattern, method: http.MethodGet, limit: securityLimit, handle: handle}
	}
	events := func(pattern string, handle func(*exchange) (*answer, error)) route {
		r := get("security/"+pattern, handle)
		r.roles, r.denied = []string{"SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All"}, errScoresDenied
		return r
	}
	return []route{
		get(securityAlerts, listSecurityAlerts), get(securityAlerts+"/{id}", getSecurityAlert),
		get("security/alerts", retiredAlerts), get("security/alerts/{id}", retiredAlerts),
		events("secureScores", listSecureScores), events("secureScores/{id}", getSecureScore),
		events("secureScoreControlProfiles", listControlProfiles), events("secureScoreControlProfiles/{id}", getControlProfile),
	}
}
