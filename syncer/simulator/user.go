package simulator

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// made is a user that follows from the seed.
type madeUser struct{ p *person }

func (t *Tenant) makeUser(i int) object { return madeUser{t.person(i)} }

// get computes one property.
func (u madeUser) get(name string) (any, bool) {
	p := u.p
	if p.over != nil {
		// A special's mail says only that there is one.
		if v, ok := p.over[name]; ok && name != "mail" {
			return v, v != nil || name != signInActivity
		}
	}
	if v, ok := p.organisational(name); ok {
		return v, true
	}
	if v, ok := p.identity(name); ok {
		return v, true
	}
	return p.activity(name)
}

// optional gives a value to n per cent of the people who can have it.
func (p *person) optional(fact uint64, n uint64, value any) any {
	if !p.human() || !p.percent(fact, n) {
		return nil
	}
	return value
}

// human reports whether the account is a colleague's: with a desk and a phone.
func (p *person) human() bool {
	return p.kind == member || p.kind == special && p.over["mail"] != nil
}

// organisational are the properties about a person's place.
func (p *person) organisational(name string) (any, bool) {
	switch name {
	case "displayName":
		return p.displayName(), true
	case "givenName":
		return p.optional(factKind+1<<30, 99, p.first), true
	case "surname":
		return p.optional(factKind+1<<30, 99, p.last), true
	case "department":
		return p.optional(factDepartment+1<<30, 94, p.department().name), true
	case "jobTitle":
		return p.optional(factTitle+1<<30, 90, p.title()), true
	case "companyName":
		if p.kind == guest {
			if n := partnerNames[p.partner()]; n != "" {
				return n, true
			}
			return nil, true
		}
		return p.optional(factOffice+1<<30, 80, organizationName), true
	case "officeLocation":
		return p.optional(factOffice, 75, fmt.Sprintf("%s %d/%d", p.home.city, 1+p.draw(factOffice)>>8%9, 1000+p.draw(factOffice)>>16%400)), true
	case "city":
		return p.optional(factOffice, 75, p.home.city), true
	case "country":
		return p.optional(factOffice+1<<30, 85, p.home.country), true
	case "usageLocation":
		if p.kind == guest || p.kind == service {
			return nil, true
		}
		return p.home.code, true
	case "preferredLanguage":
		return p.optional(factOffice+2<<30, 70, p.home.language), true
	case "mobilePhone":
		return p.optional(factPhone, 40, fmt.Sprintf("%s%03d", p.home.phone, p.draw(factPhone)>>8%1000)), true
	case "businessPhones":
		if !p.human() || !p.percent(factPhone+1<<30, 45) {
			return []string{}, true
		}
		return []string{fmt.Sprintf("%s%03d", p.home.phone, p.draw(factPhone)>>16%1000)}, true
	case "employeeId":
		return p.optional(factEmployee, 80, fmt.Sprintf("E%06d", 100000+p.i)), true
	case "employeeType":
		return p.optional(factEmployee+1<<30, 70, []string{"Employee", "Employee", "Employee", "Contractor", "Intern"}[p.draw(factEmployee)>>8%5]), true
	case "employeeHireDate":
		return p.optional(factEmployee+2<<30, 60, p.created().Truncate(24*time.Hour).Format("2006-01-02T15:04:05Z")), true
	case "identityParentId":
		return nil, true // the accounts of people belong to no agent
	case "isResourceAccount":
		if p.kind == room {
			return true, true
		}
		return nil, true
	}
	return nil, false
}

// identity are the properties about the account.
func (p *person) identity(name string) (any, bool) {
	switch name {
	case "id":
		return p.t.userID(p.i), true
	case "userPrincipalName":
		return p.userPrincipalName(), true
	case "mailNickname":
		if p.kind == guest {
			return strings.TrimSuffix(p.userPrincipalName(), "@"+initialDomain), true
		}
		return p.address(), true
	case "mail":
		return p.mail(), true
	case "accountEnabled":
		return p.enabled(), true
	case "userType":
		if p.kind == guest {
			return "Guest", true
		}
		return "Member", true
	case "creationType":
		if p.kind == guest {
			return "Invitation", true
		}
		return nil, true
	case "externalUserState":
		if p.kind != guest {
			return nil, true
		}
		if p.percent(factInvitation, 15) {
			return "PendingAcceptance", true
		}
		return "Accepted", true
	case "externalUserStateChangeDateTime":
		if p.kind != guest {
			return nil, true
		}
		return instant(p.created().Add(time.Duration(p.draw(factInvitation)>>8%(72*3600)) * time.Second)), true
	case "identities":
		return p.identities(), true
	case "proxyAddresses":
		return p.proxyAddresses(), true
	case "otherMails":
		if p.kind == guest {
			return []string{p.mail().(string)}, true
		}
		return []string{}, true
	case "imAddresses":
		if mail, ok := p.mail().(string); ok && p.kind == member {
			return []string{strings.ToLower(mail)}, true
		}
		return []string{}, true
	case "assignedLicenses", "licenseAssignmentStates", "assignedPlans", "provisionedPlans":
		return p.licences(name), true
	case "showInAddressList":
		if p.kind == guest {
			return false, true
		}
		return nil, true
	case "securityIdentifier":
		return sidOf(rawGUID(p.t.userID(p.i))), true
	case "perUserMfaState":
		return []string{"disabled", "disabled", "disabled", "enabled", "enforced"}[p.draw(factMfa)%5], true
	}
	if strings.HasPrefix(name, "onPremises") {
		return p.onPremises(name), true
	}
	return nil, false
}

func (p *person) identities() []row {
	upn := p.userPrincipalName()
	out := []row{{{"signInType", "userPrincipalName"}, {"issuer", initialDomain}, {"issuerAssignedId", upn}}}
	if p.kind == guest {
		issuer := "ExternalAzureAD"
		if partnerDomains[p.partner()] == "gmail.com" {
			issuer = "google.com"
		}
		out = append(out, row{{"signInType", "federated"}, {"issuer", issuer}, {"issuerAssignedId", nil}})
	}
	return out
}

func (p *person) proxyAddresses() []string {
	mail, ok := p.mail().(string)
	if !ok {
		return []string{}
	}
	out := []string{"SMTP:" + mail}
	if p.kind == member {
		out = append(out, "smtp:"+p.address()+"@"+initialDomain)
	}
	return out
}

func (p *person) onPremises(name string) any {
	switch name {
	case "onPremisesProvisioningErrors":
		return []row{}
	case "onPremisesExtensionAttributes":
		out := make(row, 15)
		for i := range out {
			out[i] = field{fmt.Sprintf("extensionAttribute%d", i+1), nil}
		}
		if p.synced() {
			out[0].value = "CC" + fmt.Sprint(1000+p.draw(factOffice)>>24%40)
		}
		return out
	}
	if !p.synced() {
		return nil
	}
	switch name {
	case "onPremisesSyncEnabled":
		return true
	case "onPremisesLastSyncDateTime":
		return instant(p.t.today.Add(-time.Duration(p.draw(factSynced)>>8%(40*60)) * time.Second))
	case "onPremisesImmutableId":
		raw := rawGUID(guidOf(p.draw(factSynced), p.draw(factSynced+1<<30)))
		return base64.StdEncoding.EncodeToString(raw[:])
	case "onPremisesSamAccountName":
		name := p.address()
		return name[:min(len(name), 20)]
	case "onPremisesDistinguishedName":
		return "CN=" + strings.ReplaceAll(p.displayName(), ",", `\,`) + ",OU=" + p.department().name + ",OU=Users,DC=corp,DC=contoso,DC=com"
	case "onPremisesDomainName":
		return "corp.contoso.com"
	case "onPremisesUserPrincipalName":
		return p.userPrincipalName()
	case "onPremisesSecurityIdentifier":
		return fmt.Sprintf("S-1-5-21-2127521184-1604012920-1887927527-%d", 10000+p.i)
	}
	return nil
}

// sidOf is the identifier that Windows knows a cloud account by: it is made of
// the four numbers of its id.
func sidOf(raw [16]byte) string {
	// The first three fields of a GUID are stored with the low byte first.
	raw[0], raw[1], raw[2], raw[3] = raw[3], raw[2], raw[1], raw[0]
	raw[4], raw[5], raw[6], raw[7] = raw[5], raw[4], raw[7], raw[6]
	return fmt.Sprintf("S-1-12-1-%d-%d-%d-%d", binary.LittleEndian.Uint32(raw[0:]), binary.LittleEndian.Uint32(raw[4:]),
		binary.LittleEndian.Uint32(raw[8:]), binary.LittleEndian.Uint32(raw[12:]))
}
