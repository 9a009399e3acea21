package simulator

import (
	"slices"
	"strings"
)

// previewConditions are properties of conditions that only beta knows: a
// policy that uses one of them is silently left out of v1.0.
var previewConditions = []string{"agentIdRiskLevels", "agents"}

func usesPreview(o object) bool {
	conditions, _ := o.get("conditions")
	for _, name := range previewConditions {
		if v, ok := inner(conditions, name); ok && v != nil {
			return true
		}
	}
	return false
}

// policyListing is what lists of Conditional Access have in common: they are
// no directory objects, and $skip and all operators work.
func policyListing(t *entityType, set string, s *set) listing {
	return listing{typ: t, set: set, size: s.size, at: s.at, plainly: 100, most: 1000, skips: true}
}

func (x *exchange) policies() listing {
	l := policyListing(conditionalAccessPolicyType, "identity/conditionalAccess/policies", x.tenant().policies)
	l.at = func(i int) object {
		if o := x.tenant().policies.at(i); o != nil && x.showsPolicy(o) {
			return o
		}
		return nil
	}
	l.write = x.writePolicy
	return l
}

func (x *exchange) showsPolicy(o object) bool { return x.beta() || !usesPreview(o) }

// writePolicy leaves out what v1.0 does not have.
func (x *exchange) writePolicy(o object, s selection) row {
	out := s.write(o)
	if x.beta() {
		return out
	}
	return slices.DeleteFunc(out, func(f field) bool {
		return f.name == "partialEnablementStrategy" || f.name == "deletedDateTime"
	})
}

func listPolicies(x *exchange) (*answer, error)  { return x.answerList(x.policies()) }
func countPolicies(x *exchange) (*answer, error) { return x.answerCount(x.policies()) }

func getPolicy(x *exchange) (*answer, error) {
	s, err := x.selectOf(conditionalAccessPolicyType, false)
	if err != nil {
		return nil, err
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	position, ok := t.policies.find(x.ids[0])
	if !ok || !x.showsPolicy(t.policies.at(position)) {
		return nil, errPolicyNotFound(x.ids[0])
	}
	context := field{"@odata.context", x.context(s.context("identity/conditionalAccess/policies") + "/$entity")}
	return jsonAnswer(append(row{context}, x.writePolicy(t.policies.at(position), s)...)), nil
}

func errPolicyNotFound(id string) *graphError {
	return newGraphError(404, "NotFound", "%s", strings.TrimSpace(id)+" was not found in the directory.")
}

func (x *exchange) locations() listing {
	l := policyListing(namedLocationType, "identity/conditionalAccess/namedLocations", x.tenant().locations)
	l.write = writeLocation
	return l
}

// locationProperties are those of the derived types, which always come along
// unless $select says otherwise.
var locationProperties = map[string][]string{
	"#microsoft.graph.ipNamedLocation":      {"isTrusted", "ipRanges"},
	"#microsoft.graph.countryNamedLocation": {"countriesAndRegions", "includeUnknownCountriesAndRegions", "countryLookupMethod"},
}

func writeLocation(o object, s selection) row {
	kind := text(o, "@odata.type")
	out := s.write(o, field{"@odata.type", kind})
	if s.given {
		return out
	}
	for _, name := range locationProperties[kind] {
		if v, ok := o.get(name); ok {
			out = append(out, field{name, v})
		}
	}
	return out
}

func listLocations(x *exchange) (*answer, error)  { return x.answerList(x.locations()) }
func countLocations(x *exchange) (*answer, error) { return x.answerCount(x.locations()) }

func getLocation(x *exchange) (*answer, error) {
	s, err := x.selectOf(namedLocationType, false)
	if err != nil {
		return nil, err
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	position, ok := t.locations.find(x.ids[0])
	if !ok {
		return nil, errPolicyNotFound(x.ids[0])
	}
	context := field{"@odata.context", x.context(s.context("identity/conditionalAccess/namedLocations") + "/$entity")}
	return jsonAnswer(append(row{context}, writeLocation(t.locations.at(position), s)...)), nil
}

func getSecurityDefaults(x *exchange) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	return jsonAnswer(row{
		{"@odata.context", x.context("policies/identitySecurityDefaultsEnforcementPolicy/$entity")},
		{"id", "00000000-0000-0000-0000-000000000005"},
		{"displayName", "Security Defaults"},
		{"description", "Security defaults is a set of basic identity security mechanisms recommended by Microsoft. When enabled, these recommendations will be automatically enforced in your organization. Administrators and users will be better protected from common identity related attacks."},
		{"isEnabled", t.securityDefaults},
	}), nil
}

func getAuthenticationMethods(x *exchange) (*answer, error) {
	everyone := []row{{{"targetType", "group"}, {"id", "all_users"}, {"isRegistrationRequired", false}}}
	method := func(kind, id, state string) row {
		return row{{"@odata.type", "#microsoft.graph." + kind + "AuthenticationMethodConfiguration"}, {"id", id}, {"state", state}, {"excludeTargets", []row{}}, {"includeTargets", everyone}}
	}
	return jsonAnswer(row{
		{"@odata.context", x.context("authenticationMethodsPolicy")},
		{"id", "authenticationMethodsPolicy"},
		{"displayName", "Authentication Methods Policy"},
		{"description", "The tenant-wide policy that controls which authentication methods are allowed in the tenant, authentication method registration requirements, and self-service password reset settings"},
		{"lastModifiedDateTime", "2024-01-26T10:47:26.6044384Z"},
		{"policyVersion", "1.5"},
		{"policyMigrationState", "migrationInProgress"},
		{"registrationEnforcement", row{{"authenticationMethodsRegistrationCampaign", row{
			{"snoozeDurationInDays", 1}, {"enforceRegistrationAfterAllowedSnoozes", true}, {"state", "default"}, {"excludeTargets", []row{}},
			{"includeTargets", []row{{{"id", "all_users"}, {"targetType", "group"}, {"targetedAuthenticationMethod", "microsoftAuthenticator"}}}}}}}},
		{"authenticationMethodConfigurations", []row{
			method("fido2", "Fido2", "enabled"), method("microsoftAuthenticator", "MicrosoftAuthenticator", "enabled"),
			method("sms", "Sms", "enabled"), method("temporaryAccessPass", "TemporaryAccessPass", "enabled"),
			method("softwareOath", "SoftwareOath", "disabled"), method("voice", "Voice", "disabled"),
			method("email", "Email", "enabled"), method("x509Certificate", "X509Certificate", "disabled"),
		}},
	}), nil
}
