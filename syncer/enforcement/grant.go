package enforcement

import (
	"encoding/json"
	"slices"
	"strings"
)

// grant is what a policy asks before it lets a sign-in pass.
type grant struct {
	blocks   bool
	mfa      answer   // whether it takes MFA; maybe: a control is not known
	either   answer   // whether MFA is one of several ways, where mfa is no
	any      bool     // one of the controls suffices
	controls []string // in words, MFA first
	unknown  string   // the control that is not known
	// retired are controls, in words, that Microsoft no longer enforces.
	retired []string
}

// control is one of a policy's grant controls.
type control struct {
	words string
	mfa   answer
}

var controlWords = map[string]string{
	"mfa":                  "MFA",
	"compliantDevice":      "a compliant device",
	"domainJoinedDevice":   "a hybrid joined device",
	"compliantApplication": "an app protection policy",
	"passwordChange":       "a password change",
	"riskRemediation":      "a risk remediation",
}

const (
	termsOfUse    = "terms of use"
	customControl = "a custom control"
)

// retiredWords are controls that Microsoft enforces no more: "it will be as if
// this grant isn't selected"
// (learn.microsoft.com/entra/identity/conditional-access/migrate-approved-client-app).
var retiredWords = map[string]string{"approvedApplication": "an approved client app"}

// builtInStrengths are Microsoft's own authentication strengths: MFA,
// passwordless MFA and phishing-resistant MFA. All three are MFA.
var builtInStrengths = map[string]string{
	"00000000-0000-0000-0000-000000000002": "Multifactor authentication",
	"00000000-0000-0000-0000-000000000003": "Passwordless MFA",
	"00000000-0000-0000-0000-000000000004": "Phishing-resistant MFA",
}

// singleFactors are the combinations of a strength that are one factor alone
// (learn.microsoft.com/graph/api/resources/authenticationstrengthpolicy).
var singleFactors = []string{"password", "sms", "qrCodePin", "x509CertificateSingleFactor", "federatedSingleFactor", "email"}

func readGrant(raw json.RawMessage) (g grant, err error) {
	f, err := object(raw)
	if err != nil {
		return g, err
	}
	var controls []control
	builtIn, err := f.list("builtInControls")
	if err != nil {
		return g, err
	}
	for _, name := range builtIn {
		words, known := controlWords[name]
		switch {
		case retiredWords[name] != "":
			g.retired = append(g.retired, retiredWords[name])
		case name == "block":
			g.blocks = true
		case name == "mfa":
			controls = append(controls, control{words, yes})
		case known:
			controls = append(controls, control{words, no})
		default:
			g.unknown = name
			controls = append(controls, control{"the control " + quote(name), maybe})
		}
	}
	if c, ok, err := readStrength(f.take("authenticationStrength")); err != nil {
		return g, err
	} else if ok {
		switch c.mfa {
		case yes:
			c.words = "MFA of the strength " + quote(c.words)
		case maybe:
			g.unknown = c.words
			c.words = "the authentication strength " + quote(c.words)
		default:
			c.words = "the authentication strength " + quote(c.words)
		}
		controls = append(controls, c)
	}
	// A custom control is another provider's second factor; Microsoft does not
	// count it as MFA.
	for _, c := range []struct{ name, words string }{{"termsOfUse", termsOfUse}, {"customAuthenticationFactors", customControl}} {
		list, err := f.list(c.name)
		if err != nil {
			return g, err
		}
		if len(list) > 0 {
			controls = append(controls, control{c.words, no})
		}
	}
	operator, err := f.list("operator")
	if err != nil {
		return g, err
	}
	for _, name := range f.rest() {
		g.unknown = name
		controls = append(controls, control{"the control " + quote(name), maybe})
	}
	slices.SortStableFunc(controls, func(a, b control) int { return int(b.mfa) - int(a.mfa) })
	g.combine(controls, len(operator) > 0 && strings.EqualFold(operator[0], "AND"))
	return g, nil
}

// readStrength: a strength says itself whether its methods amount to MFA.
func readStrength(raw json.RawMessage) (c control, ok bool, err error) {
	if absent(raw) {
		return c, false, nil
	}
	var s struct {
		ID, DisplayName, RequirementsSatisfied string
		AllowedCombinations                    []string
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return c, false, err
	}
	c.words = s.DisplayName
	if c.words == "" {
		c.words = builtInStrengths[s.ID]
	}
	if c.words == "" {
		c.words = s.ID
	}
	switch {
	case slices.ContainsFunc(s.AllowedCombinations, func(way string) bool { return slices.Contains(singleFactors, way) }):
		// It calls itself MFA or not, and one factor is enough.
		c.mfa = no
	case strings.EqualFold(s.RequirementsSatisfied, "mfa"), builtInStrengths[s.ID] != "":
		c.mfa = yes
	case strings.EqualFold(s.RequirementsSatisfied, "none"):
		c.mfa = no
	default:
		c.mfa = maybe
	}
	return c, true, nil
}

// combine: with AND one control that is MFA suffices; with OR, or an operator
// that is not known, every control has to be, since the user takes the easiest.
func (g *grant) combine(controls []control, and bool) {
	g.any = !and
	if len(controls) == 0 {
		return
	}
	most, least := no, yes
	for _, c := range controls {
		g.controls = append(g.controls, c.words)
		most, least = max(most, c.mfa), min(least, c.mfa)
	}
	if and {
		g.mfa = most
		return
	}
	g.mfa = least
	if least == no {
		g.either = most
	}
}
