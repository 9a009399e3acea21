package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// groupCount is how many groups a tenant of that many users starts with: the
// ones written by hand, and a project for every 25 people.
func groupCount(users int) int { return len(namedGroups) + min(users/25, 4000) }

// sizeGroups makes the groups: as many as go with the users, or a given number.
func (t *Tenant) sizeGroups(users, groups int) {
	t.identity.groupSpread = 58
	if groups > 0 {
		t.identity.groupSpread = 35
	} else {
		groups = groupCount(users)
	}
	t.identity.namedMembers = make([]namedMembership, len(namedGroups))
	t.groups = newSet(groups, t.makeGroup, t.groupID)
}

// groupForm is one of the kinds of groups.
type groupForm int

const (
	formSecurity groupForm = iota
	formUnified
	formMailSecurity
	formDistribution
)

// namedGroup is a group written by hand. Its members are the users that match,
// and other named groups.
type namedGroup struct {
	name, description string
	form              groupForm
	team              bool
	rule              string // of a dynamic group
	roles             bool   // isAssignableToRole
	hidden            bool   // HiddenMembership
	synced            bool
	matches           func(p *person) bool
	groups            []int // nested ones, by position
	ownerless         bool
}

// The positions that other code refers to.
const (
	everyoneGroup   = 0
	breakGlassGroup = 1
	pilotGroup      = 2
	licenceGroup    = 3
	readersGroup    = 4
	helpdeskGroup   = 18
	eligibleGroup   = 19
)

var namedGroups = []namedGroup{
	{name: "All Company", description: "This is the default group for everyone in the network", form: formUnified, team: true,
		matches: func(p *person) bool { return p.kind == member }},
	{name: "CA-Exclude-BreakGlass", description: "Emergency access accounts. Excluded from every Conditional Access policy.",
		matches: func(p *person) bool { return p.i == 1 || p.i == 2 }, ownerless: true},
	{name: "CA-Pilot", description: "First to get new Conditional Access policies",
		matches: func(p *person) bool { return p.kind == member && p.department().name == "IT" }},
	{name: "LIC-Microsoft365", description: "Assigns Microsoft 365 licences",
		matches: func(p *person) bool { return p.kind == member && p.percent(factGroupLicence, 60) }},
	{name: "ROLE-Global Readers", description: "May hold directory roles", roles: true,
		matches: func(p *person) bool { return p.i == 0 || p.kind == member && p.draw(factTitle)>>16%400 == 0 }},
	{name: "HR Confidential", description: "Members are hidden", form: formUnified, hidden: true,
		matches: func(p *person) bool { return p.kind == member && p.department().name == "Human Resources" }},
	{name: "All guests", description: "Everyone from outside", rule: `(user.userType -eq "Guest")`,
		matches: func(p *person) bool { return p.kind == guest }},
	{name: "Engineering (dynamic)", rule: `(user.department -eq "Engineering") and (user.accountEnabled -eq true)`, form: formUnified,
		matches: func(p *person) bool {
			return p.kind == member && p.enabled() && p.department().name == "Engineering"
		}},
	{name: "DEP-Sales", synced: true, matches: func(p *person) bool { return p.kind == member && p.department().name == "Sales" }},
	{name: "DEP-Marketing", synced: true, matches: func(p *person) bool { return p.kind == member && p.department().name == "Marketing" }},
	{name: "DEP-Commercial", description: "Sales and Marketing, nested", synced: true, groups: []int{8, 9}},
	{name: "APP-CRM-Users", description: "Nested twice", groups: []int{10, 2}},
	{name: "Finance mail-enabled", form: formMailSecurity, matches: func(p *person) bool { return p.kind == member && p.department().name == "Finance" }},
	{name: "Newsletter", description: "Distribution list", form: formDistribution,
		matches: func(p *person) bool { return p.kind == member && p.draw(factMfa)>>16%5 == 0 }},
	{name: "Unused project", description: "Nobody is in here", form: formUnified, team: true},
	{name: "Golf Assist", description: "Self help community for golf: \"swing\", 'putt' & <tee>", form: formUnified, team: true,
		matches: func(p *person) bool { return p.kind == member && p.draw(factMfa)>>24%40 == 0 }},
	{name: "=SUM(A1:A9)", description: "+49 89 5550100", ownerless: true},
	{name: "プロジェクト 富士", description: "日本チーム", form: formUnified,
		matches: func(p *person) bool { return p.kind == member && p.home.code == "JP" && p.draw(factMfa)>>32%3 == 0 }},
	{name: "ROLE-Helpdesk", description: "First line of support", roles: true,
		matches: func(p *person) bool { return p.isStaff("IT") && p.draw(factMfa)>>40%6 == 0 }},
	{name: "ROLE-PIM Platform Admins", description: "May activate roles of the platform", roles: true,
		matches: func(p *person) bool { return p.isStaff("IT") && p.draw(factMfa)>>48%12 == 0 }},
}

// madeGroup is a group that follows from the seed.
type madeGroup struct {
	t *Tenant
	i int
	*namedGroup
}

func (t *Tenant) makeGroup(i int) object {
	if i < len(namedGroups) {
		return madeGroup{t, i, &namedGroups[i]}
	}
	n := draw(t.seed, i, saltGroup)
	g := &namedGroup{
		name: fmt.Sprintf("%s %s %d", projectKinds[n%uint64(len(projectKinds))], projectNames[n>>8%uint64(len(projectNames))], i),
		form: []groupForm{formUnified, formUnified, formSecurity, formSecurity, formDistribution, formMailSecurity}[n>>16%6],
	}
	g.team = g.form == formUnified && n>>24%3 > 0
	g.synced = g.form == formSecurity && n>>32%2 == 0
	g.ownerless = n>>36%8 == 0
	g.hidden = g.form == formUnified && n>>44%64 == 0
	if n>>40%2 == 0 {
		g.description = "Made for " + strings.ToLower(g.name)
	}
	return madeGroup{t, i, g}
}

var (
	projectKinds = []string{"Project", "Team", "SEC", "APP", "Workshop", "Committee", "Region"}
	projectNames = []string{"Falcon", "Aurora", "Borealis", "Condor", "Delta", "Everest", "Fjord", "Gobi", "Helios", "Iris", "Jupiter", "Kestrel", "Lyra", "Mistral", "Nimbus", "Orion", "Pegasus", "Quartz", "Rhine", "Sirius", "Tundra"}
)

func (g madeGroup) mailEnabled() bool { return g.form != formSecurity }

func (g madeGroup) nickname() string {
	var b strings.Builder
	for _, r := range g.name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			b.WriteRune(r)
		}
	}
	return strings.ToLower(b.String()) + fmt.Sprint(g.i)
}

func (g madeGroup) created() time.Time {
	span := uint64(lastCreated.Sub(firstCreated) / time.Second)
	return firstCreated.Add(time.Duration(draw(g.t.seed, g.i, saltGroup+1<<32)%span) * time.Second)
}

func (g madeGroup) get(name string) (any, bool) {
	switch name {
	case "id":
		return g.t.groupID(g.i), true
	case "displayName":
		return g.name, true
	case "description":
		if g.description == "" {
			return nil, true
		}
		return g.description, true
	case "createdDateTime", "renewedDateTime":
		return instant(g.created()), true
	case "expirationDateTime":
		if g.form == formUnified && g.i%6 == 0 {
			return instant(g.created().AddDate(14, 0, 0)), true
		}
		return nil, true
	case "groupTypes":
		types := []string{}
		if g.rule != "" {
			types = append(types, "DynamicMembership")
		}
		if g.form == formUnified {
			types = append(types, "Unified")
		}
		return types, true
	case "isAssignableToRole":
		if g.roles {
			return true, true
		}
		return nil, true
	case "membershipRule":
		if g.rule != "" {
			return g.rule, true
		}
		return nil, true
	case "membershipRuleProcessingState":
		if g.rule != "" {
			return "On", true
		}
		return nil, true
	case "visibility":
		switch {
		case g.hidden:
			return "HiddenMembership", true
		case g.roles:
			return "Private", true
		case g.form == formUnified && g.i%3 == 0:
			return "Public", true
		case g.form == formUnified:
			return "Private", true
		}
		return nil, true
	case "resourceProvisioningOptions":
		if g.team {
			return []string{"Team"}, true
		}
		return []string{}, true
	case "creationOptions", "resourceBehaviorOptions":
		return []string{}, true
	case "assignedLicenses":
		if g.i == licenceGroup {
			return []row{{{"disabledPlans", []string{}}, {"skuId", skuE5.id}}, {{"disabledPlans", []string{}}, {"skuId", skuE3.id}}}, true
		}
		return []row{}, true
	case "onPremisesProvisioningErrors", "serviceProvisioningErrors", "assignedLabels":
		return []row{}, true
	}
	return g.addressed(name)
}

// addressed are the properties about mail and security.
func (g madeGroup) addressed(name string) (any, bool) {
	switch name {
	case "mailEnabled":
		return g.mailEnabled(), true
	case "securityEnabled":
		return g.form == formSecurity || g.form == formMailSecurity || g.form == formUnified && g.i%5 == 0, true
	case "mailNickname":
		return g.nickname(), true
	case "mail":
		if g.mailEnabled() {
			return g.nickname() + "@" + defaultDomain, true
		}
		return nil, true
	case "proxyAddresses":
		if !g.mailEnabled() {
			return []string{}, true
		}
		out := []string{"SMTP:" + g.nickname() + "@" + defaultDomain}
		if g.form == formUnified {
			out = slices.Insert(out, 0, "SPO:SPO_"+g.t.guid(g.i, saltGroup+2<<32)+"@SPO_"+g.t.id)
		}
		return out, true
	case "securityIdentifier":
		return sidOf(rawGUID(g.t.groupID(g.i))), true
	case "onPremisesSyncEnabled":
		if g.synced {
			return true, true
		}
		return nil, true
	case "onPremisesLastSyncDateTime":
		if g.synced {
			return instant(g.t.today.Add(-25 * time.Minute)), true
		}
		return nil, true
	case "onPremisesSamAccountName":
		if g.synced {
			return g.nickname(), true
		}
		return nil, true
	case "classification", "deletedDateTime", "onPremisesDomainName", "onPremisesNetBiosName", "onPremisesSecurityIdentifier",
		"preferredDataLocation", "preferredLanguage", "theme", "uniqueName", "isManagementRestricted", "licenseProcessingState":
		return nil, true
	}
	return nil, false
}
