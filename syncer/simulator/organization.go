package simulator

import (
	"encoding/base64"
	"slices"
	"strings"
)

func (t *Tenant) organization() object {
	var domains, assigned, provisioned []row
	for i, d := range verifiedDomains {
		domains = append(domains, row{{"capabilities", "Email, OfficeCommunicationsOnline"}, {"isDefault", i == 0}, {"isInitial", d == initialDomain}, {"name", d}, {"type", "Managed"}})
	}
	seen := map[plan]bool{}
	for _, s := range t.subscriptions() {
		for _, p := range t.offered(s) {
			if seen[p] {
				continue
			}
			seen[p] = true
			assigned = append(assigned, row{{"assignedDateTime", "2022-04-03T02:46:42Z"}, {"capabilityStatus", "Enabled"}, {"service", p.service}, {"servicePlanId", p.id}})
			provisioned = append(provisioned, row{{"capabilityStatus", "Enabled"}, {"provisioningStatus", "Success"}, {"service", p.service}})
		}
	}
	return bag{
		"id": t.id, "businessPhones": []string{"425-555-0100"}, "city": "Munich", "country": nil, "countryLetterCode": "DE",
		"createdDateTime": "2015-03-02T06:41:09Z", "defaultUsageLocation": nil, "displayName": organizationName,
		"isMultipleDataLocationsForServicesEnabled": nil, "marketingNotificationEmails": []string{},
		"onPremisesLastSyncDateTime": instant(t.today.Add(-25 * 60 * 1e9)), "onPremisesSyncEnabled": true,
		"partnerTenantType": nil, "postalCode": "80331", "preferredLanguage": "en",
		"securityComplianceNotificationMails": []string{"security@" + defaultDomain}, "securityComplianceNotificationPhones": []string{},
		"state": nil, "street": "Marienplatz 1", "technicalNotificationMails": []string{"admin@" + defaultDomain}, "tenantType": "AAD",
		"directorySizeQuota": row{{"used", t.users.live() + t.groups.live()}, {"total", 300000}},
		"privacyProfile":     row{{"contactEmail", "privacy@" + defaultDomain}, {"statementUrl", ""}},
		"assignedPlans":      assigned, "onPremisesSyncStatus": []row{}, "provisionedPlans": provisioned, "verifiedDomains": domains,
	}
}

// one is a list of one object that is made when it is asked for.
func one(t *entityType, set string, make func() object) listing {
	return listing{typ: t, set: set, size: func() int { return 1 }, at: func(int) object { return make() }}
}

// single answers one object of a set.
func (x *exchange) single(t *entityType, set string, find func() object) (*answer, error) {
	s, err := x.selectOf(t, false)
	if err != nil {
		return nil, err
	}
	tenant := x.tenant()
	tenant.mu.RLock()
	defer tenant.mu.RUnlock()
	o := find()
	if o == nil {
		return nil, errNotFound(x.ids[0])
	}
	return jsonAnswer(s.write(o, field{"@odata.context", x.context(s.context(set) + "/$entity")})), nil
}

func listOrganization(x *exchange) (*answer, error) {
	return x.answerList(one(organizationType, "organization", x.tenant().organization))
}

func getOrganization(x *exchange) (*answer, error) {
	return x.single(organizationType, "organization", func() object {
		if !strings.EqualFold(x.ids[0], x.tenant().id) {
			return nil
		}
		return x.tenant().organization()
	})
}

func listSkus(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.answerList(listing{
		typ: skuType, set: "subscribedSkus", refuses: []string{"$filter", "$orderby", "$search", "$expand", "$skip"},
		size: func() int { return len(t.subscriptions()) }, at: func(i int) object { return t.subscribedSku(t.subscriptions()[i]) },
	})
}

func getSku(x *exchange) (*answer, error) {
	return x.single(skuType, "subscribedSkus", func() object {
		for _, s := range x.tenant().subscriptions() {
			if strings.EqualFold(x.ids[0], x.tenant().id+"_"+s.id) {
				return x.tenant().subscribedSku(s)
			}
		}
		return nil
	})
}

func domain(name string) object {
	return bag{
		"authenticationType": "Managed", "availabilityStatus": nil, "id": name, "isAdminManaged": true,
		"isDefault": name == defaultDomain, "isInitial": name == initialDomain, "isRoot": true, "isVerified": true,
		"supportedServices": []string{"Email", "OfficeCommunicationsOnline"}, "passwordValidityPeriodInDays": 2147483647,
		"passwordNotificationWindowInDays": 14, "state": nil,
	}
}

func listDomains(x *exchange) (*answer, error) {
	var objects []object
	for _, d := range verifiedDomains {
		objects = append(objects, domain(d))
	}
	return x.answerList(fixed(domainType, "domains", objects))
}

func getDomain(x *exchange) (*answer, error) {
	return x.single(domainType, "domains", func() object {
		if i := slices.IndexFunc(verifiedDomains, func(d string) bool { return strings.EqualFold(d, x.ids[0]) }); i >= 0 {
			return domain(verifiedDomains[i])
		}
		return nil
	})
}

// encodedID is an identifier of the kind that relations have.
func encodedID(a, b string) string {
	first, second := rawGUID(a), rawGUID(b)
	return base64.RawURLEncoding.EncodeToString(append(first[:], second[:]...))
}
