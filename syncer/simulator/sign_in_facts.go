package simulator

// away reports whether somebody signed in from elsewhere.
func (s signInEvent) away() bool { return s.risky() || s.draw(13)%25 == 0 }

// places are where the locales are at home, for signInLocation.
var places = map[string]struct {
	state     string
	lat, long float64
}{
	"DE": {"Bayern", 48.13743, 11.57549}, "GB": {"England", 51.50853, -0.12574}, "US": {"Washington", 47.60621, -122.33207},
	"FR": {"Ile-De-France", 48.85341, 2.3488}, "ES": {"Madrid", 40.4165, -3.70256}, "PL": {"Malopolskie", 50.06143, 19.93658},
	"IN": {"Telangana", 17.38405, 78.45636}, "JP": {"Tokyo", 35.6895, 139.69171}, "BR": {"Sao Paulo", -23.5475, -46.63611}, "NG": {"Lagos", 6.45407, 3.39467},
}

func (s signInEvent) location() row {
	home := s.user().home
	if s.away() {
		home = &locales[s.draw(14)%uint64(len(locales))]
	}
	p := places[home.code]
	return row{{"city", home.city}, {"state", p.state}, {"countryOrRegion", home.code},
		{"geoCoordinates", row{{"altitude", nil}, {"latitude", p.lat}, {"longitude", p.long}}}}
}

func (s signInEvent) device() row {
	n := s.draw(15)
	system := []string{"Windows 11", "Windows 10", "MacOs", "Ios 18.5", "Android 15"}[n%5]
	web := any(nil)
	if s.client() == "Browser" {
		web = []string{"Edge 138.0.0", "Chrome 138.0.0", "Safari 18.5", "Firefox 140.0"}[n>>8%4]
	}
	if s.isLegacy() {
		system = ""
	}
	if n>>16%3 == 0 || s.isLegacy() || s.away() {
		return row{{"deviceId", ""}, {"displayName", nil}, {"operatingSystem", system}, {"browser", web}, {"isCompliant", nil}, {"isManaged", nil}, {"trustType", nil}}
	}
	id := guidOf(s.user().draw(factRequest+7<<30), n>>16%3)
	return row{{"deviceId", id}, {"displayName", "DESKTOP-" + id[:7]}, {"operatingSystem", system}, {"browser", web},
		{"isCompliant", n>>24%8 != 0}, {"isManaged", true}, {"trustType", []string{"Azure AD joined", "Hybrid Azure AD joined", "Azure AD registered"}[n>>32%3]}}
}

// applied are the policies that were looked at, with what each of them did.
func (s signInEvent) applied() []row {
	out := []row{}
	if !s.policies {
		return out
	}
	o := s.outcome()
	for _, i := range []int{0, 2, 4} { // MFA for all, legacy authentication, countries
		p := s.t.policies.at(i)
		if p == nil || usesPreview(p) {
			continue
		}
		result, controls := "notApplied", []string{}
		switch state := text(p, "state"); {
		case state == "disabled":
			result = "notEnabled"
		case state == "enabledForReportingButNotEnforced":
			result, controls = "reportOnlyNotApplied", []string{"Block"}
			if s.away() {
				result = "reportOnlyFailure"
			}
		case i == 2 && s.isLegacy():
			result, controls = "failure", []string{"Block"}
		case i == 0 && !s.isLegacy() && o.conditional != "notApplied":
			result, controls = o.conditional, []string{"Mfa"}
		}
		out = append(out, row{{"id", text(p, "id")}, {"displayName", text(p, "displayName")}, {"enforcedGrantControls", controls},
			{"enforcedSessionControls", []string{}}, {"result", result}})
	}
	return out
}

// risk are the properties of Identity Protection. Without P2 the levels are
// hidden, whatever there was.
func (s signInEvent) risk(name string) (any, bool) {
	level, detail, state, events := "none", "none", "none", []string{}
	if s.risky() {
		level, state, events = []string{"low", "medium", "high"}[s.draw(16)%3], "atRisk", []string{"unfamiliarFeatures"}
	}
	if !s.t.hasP2() {
		level, detail, events = "hidden", "hidden", []string{}
	}
	switch name {
	case "riskLevelAggregated", "riskLevelDuringSignIn":
		return level, true
	case "riskDetail":
		return detail, true
	case "riskState":
		return state, true
	case "riskEventTypes", "riskEventTypes_v2":
		return events, true
	}
	return nil, false
}
