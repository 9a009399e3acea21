package simulator

import (
	"slices"
)

// plan is a service plan of a subscription.
type plan struct{ id, name, service string }

// The ids are those of Microsoft's licensing reference
// (learn.microsoft.com/entra/identity/users/licensing-service-plan-reference).
var (
	planP1         = plan{"41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM", "AADPremiumService"}
	planP2         = plan{"eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2", "AADPremiumService"}
	planMFA        = plan{"8a256a2b-b617-496d-b51b-e76466e88db0", "MFA_PREMIUM", "MultiFactorService"}
	planExchange   = plan{"efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "exchange"}
	planKiosk      = plan{"4a82b400-a79f-41a4-b4e2-e94f5787b113", "EXCHANGE_S_DESKLESS", "exchange"}
	planSharePoint = plan{"5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE", "SharePoint"}
	planTeams      = plan{"57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1", "TeamspaceAPI"}
	planDefender   = plan{"871d91ec-ec1a-452b-a83f-bd76c7d770ef", "WINDEFATP", "WindowsDefenderATP"}
	planOfficeATP  = plan{"f20fedf3-f3c3-43c3-8267-2bfdd51c0939", "ATP_ENTERPRISE", "exchange"}
	planIntune     = plan{"c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "INTUNE_A", "SCO"}
	planVisio      = plan{"663a804f-1c30-4ff0-9915-9db84f0d1cea", "VISIO_CLIENT_SUBSCRIPTION", "MicrosoftOffice"}
	planFlow       = plan{"50e68c76-46c6-4674-81f9-75456511b170", "FLOW_P2_VIRAL", "ProcessSimple"}
)

// office are the plans of Microsoft 365's own services.
var office = []plan{planExchange, planKiosk, planSharePoint, planTeams, planOfficeATP}

// sku is a product that the tenant subscribed to.
type sku struct {
	id, partNumber, status string
	plans                  []plan
	// bought is the number of licences for a number of assigned ones.
	bought func(assigned int) int
}

var (
	skuE5 = &sku{"06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5", "Enabled",
		[]plan{planP1, planP2, planMFA, planExchange, planSharePoint, planTeams, planDefender, planOfficeATP, planIntune}, spare}
	skuE3 = &sku{"05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3", "Enabled",
		[]plan{planP1, planMFA, planExchange, planSharePoint, planTeams, planIntune}, spare}
	skuF3 = &sku{"66b55226-6b4f-492c-910c-a3b7a3c9d993", "SPE_F1", "Warning", []plan{planP1, planMFA, planKiosk, planTeams, planIntune}, spare}
	skuP2 = &sku{"84a661c4-e949-4bd2-a560-ed7766fcaf2b", "AAD_PREMIUM_P2", "Enabled", []plan{planP1, planP2, planMFA}, spare}
	// A suspended subscription whose licences are still assigned.
	skuVisio = &sku{"c5928f49-12ba-48f7-ada3-0d743a3601d5", "VISIOCLIENT", "Suspended", []plan{planVisio}, spare}
	skuFlow  = &sku{"f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE", "Enabled", []plan{planFlow}, func(int) int { return 10_000 }}

	skus = []*sku{skuE5, skuE3, skuF3, skuP2, skuVisio, skuFlow}
)

// spare is a purchase a little above need, in steps of 25.
func spare(assigned int) int { return (assigned + assigned/20 + 25) / 25 * 25 }

// offered are the plans of a SKU that the tenant has now.
func (t *Tenant) offered(s *sku) []plan {
	return slices.DeleteFunc(slices.Clone(s.plans), func(p plan) bool {
		return p == planP1 && !t.premium || p == planP2 && !t.hasP2() || p == planIntune && t.withoutIntune ||
			t.withoutMicrosoft365 && slices.Contains(office, p)
	})
}

// subscriptions are the SKUs that the tenant has now.
func (t *Tenant) subscriptions() []*sku {
	if t.hasP2() {
		return skus
	}
	return slices.DeleteFunc(slices.Clone(skus), func(s *sku) bool { return s == skuP2 })
}

// subscribedSku is a SKU as /subscribedSkus shows it.
func (t *Tenant) subscribedSku(s *sku) object {
	assigned := t.licensed[s.id]
	units := map[string]int{s.status: s.bought(assigned)}
	provisioning := "Success"
	if s.status == "Suspended" {
		provisioning = "Disabled"
	}
	var plans []row
	for _, p := range t.offered(s) {
		plans = append(plans, row{{"servicePlanId", p.id}, {"servicePlanName", p.name}, {"provisioningStatus", provisioning}, {"appliesTo", "User"}})
	}
	return bag{
		"accountName": "contoso", "accountId": t.id, "appliesTo": "User", "capabilityStatus": s.status,
		"consumedUnits": assigned, "id": t.id + "_" + s.id, "skuId": s.id, "skuPartNumber": s.partNumber,
		"subscriptionIds": []string{t.guid(slices.Index(skus, s), saltSubscription)},
		"prepaidUnits":    row{{"enabled", units["Enabled"]}, {"suspended", units["Suspended"]}, {"warning", units["Warning"]}, {"lockedOut", 0}},
		"servicePlans":    plans,
	}
}

// licences are the properties of a user that follow from the SKUs.
func (p *person) licences(name string) []row {
	out := []row{}
	for _, s := range p.skus() {
		if s == skuP2 && !p.t.hasP2() {
			continue
		}
		switch name {
		case "assignedLicenses":
			out = append(out, row{{"disabledPlans", []string{}}, {"skuId", s.id}})
		case "licenseAssignmentStates":
			var group any
			if (s == skuE5 || s == skuE3) && p.percent(factGroupLicence, 60) && p.t.groups != nil && p.t.groups.made > licenceGroup {
				group = p.t.groupID(licenceGroup)
			}
			out = append(out, row{{"skuId", s.id}, {"disabledPlans", []string{}}, {"assignedByGroup", group}, {"state", "Active"},
				{"error", "None"}, {"lastUpdatedDateTime", instant(p.created().Add(72 * day))}})
		case "assignedPlans":
			for _, plan := range p.t.offered(s) {
				out = append(out, row{{"assignedDateTime", instant(p.created().Add(72 * day))}, {"capabilityStatus", "Enabled"},
					{"service", plan.service}, {"servicePlanId", plan.id}})
			}
		case "provisionedPlans":
			for _, plan := range p.t.offered(s) {
				out = append(out, row{{"capabilityStatus", "Enabled"}, {"provisioningStatus", "Success"}, {"service", plan.service}})
			}
		}
	}
	return out
}
