package enforcement

import (
	"encoding/json"
	"slices"
	"strings"
)

// limit is a condition that narrows a policy to some sign-ins.
type limit struct {
	prefix, suffix string   // around the items, fitting after "only"
	items          []string // ids or words
	quoted         bool     // the items are ids or names
	noun           string   // what an item is, where they are
	target         bool     // it says which apps, actions or contexts are targeted
	or             bool     // the items are alternatives
	unknown        string   // the condition or literal that is not known
}

// clients is a set of client app types: how a sign-in reaches Microsoft.
type clients uint8

const (
	browsers clients = 1 << iota
	modernApps
	activeSync
	otherClients

	noClients     clients = 0
	modernClients         = browsers | modernApps
	legacyClients         = activeSync | otherClients
	allClients            = modernClients | legacyClients
)

var userActions = map[string]string{
	"urn:user:registersecurityinfo": "when registering security information",
	"urn:user:registerdevice":       "when registering or joining a device",
}

// readLimits turns conditions into limits. A condition that is not set, or is
// set to everything, limits nothing. Every member that is not known limits.
func (p *Policy) readLimits(conditions fields) error {
	for _, read := range []func(fields) error{p.readApps, p.readClients, p.readPlatforms, p.readLocations, p.readRisks, p.readDevices, p.readFlows, p.readWorkloads} {
		if err := read(conditions); err != nil {
			return err
		}
	}
	p.addUnknown(conditions.rest())
	return nil
}

func (p *Policy) addUnknown(names []string) {
	for _, name := range names {
		p.limits = append(p.limits, limit{unknown: name})
	}
}

func (p *Policy) readApps(conditions fields) error {
	apps, err := object(conditions.take("applications"))
	if err != nil {
		return err
	}
	included, err1 := apps.list("includeApplications")
	excluded, err2 := apps.list("excludeApplications")
	actions, err3 := apps.list("includeUserActions")
	contexts, err4 := apps.list("includeAuthenticationContextClassReferences")
	filter, err5 := object(apps.take("applicationFilter"))
	mode, err6 := filter.list("mode")
	if err := firstOf(err1, err2, err3, err4, err5, err6); err != nil {
		return err
	}
	included, excluded = without(included, "None"), without(excluded, "None")
	everything := contains(included, "All")
	target := func(l limit) {
		l.target, l.noun = true, "app"
		p.target = &l
		p.limits = append(p.limits, l)
	}
	switch {
	case len(mode) > 0 && contains(mode, "exclude") && everything:
		target(limit{prefix: "for all apps except those that match a filter"})
	case len(mode) > 0 || len(filter) > 0:
		target(limit{prefix: "for apps that match a filter"})
	case everything && len(excluded) > 0:
		target(limit{prefix: "for all apps except ", items: excluded, quoted: true})
	case everything:
	case len(included) > 0:
		target(limit{prefix: "for ", items: included, quoted: true})
	case len(actions) > 0:
		l := limit{or: true}
		for _, a := range actions {
			if words, known := userActions[a]; known {
				l.items = append(l.items, words)
			} else {
				target(limit{unknown: a})
			}
		}
		if len(l.items) > 0 {
			target(l)
		}
	case len(contexts) > 0:
		target(limit{prefix: "where an app asks for authentication context ", items: contexts, or: true})
	default:
		p.noApps = true
	}
	rest := apps.rest()
	p.noApps = p.noApps && len(rest) == 0
	p.addUnknown(rest)
	return nil
}

// readClients: a policy without client app types applies to all of them.
func (p *Policy) readClients(conditions fields) error {
	types, err := conditions.list("clientAppTypes")
	if err != nil {
		return err
	}
	if len(types) == 0 || contains(types, "all") {
		p.clients = allClients
		return nil
	}
	for _, name := range types {
		switch name {
		case "browser":
			p.clients |= browsers
		case "mobileAppsAndDesktopClients", "modern":
			p.clients |= modernApps
		case "exchangeActiveSync":
			p.clients |= activeSync
		case "other":
			p.clients |= otherClients
		case "easSupported", "easUnsupported":
			// Some Exchange ActiveSync clients are not all of them.
			p.limits = append(p.limits, limit{prefix: "for some Exchange ActiveSync clients"})
		default:
			p.addUnknown([]string{name})
		}
	}
	return nil
}

var platformWords = map[string]string{"android": "Android", "iOS": "iOS", "windows": "Windows", "windowsPhone": "Windows Phone", "macOS": "macOS", "linux": "Linux"}

// readPlatforms: a list of every platform is still no "all", since the client
// says what it is and may say anything else.
func (p *Policy) readPlatforms(conditions fields) error {
	return p.readSides(conditions.take("platforms"), "Platforms", "all", func(included, excluded []string) {
		for _, list := range [][]string{included, excluded} {
			for i, name := range list {
				if words, known := platformWords[name]; known {
					list[i] = words
				}
			}
		}
		switch {
		case len(excluded) > 0 && len(included) == 0:
			p.limits = append(p.limits, limit{prefix: "on all platforms except ", items: excluded})
		default:
			left := without(included, excluded...)
			if len(left) == 0 {
				left = []string{"no platform"}
			}
			p.limits = append(p.limits, limit{prefix: "on ", items: left, or: true})
		}
	})
}

func (p *Policy) readLocations(conditions fields) error {
	return p.readSides(conditions.take("locations"), "Locations", "All", func(included, excluded []string) {
		if len(included) > 0 {
			p.limits = append(p.limits, limit{prefix: "from ", items: included, quoted: true, noun: "named location", or: true})
		}
		if len(excluded) > 0 {
			p.limits = append(p.limits, limit{prefix: "outside ", items: excluded, quoted: true, noun: "named location"})
		}
	})
}

// readSides reads a condition with includeX and excludeX. add is called when
// it limits; included is empty when everything is.
func (p *Policy) readSides(raw json.RawMessage, name, all string, add func(included, excluded []string)) error {
	sides, err := object(raw)
	if err != nil {
		return err
	}
	included, err1 := sides.list("include" + name)
	excluded, err2 := sides.list("exclude" + name)
	if err := firstOf(err1, err2); err != nil {
		return err
	}
	if contains(included, all) {
		included = nil
	}
	if len(included)+len(excluded) > 0 {
		add(included, excluded)
	}
	p.addUnknown(sides.rest())
	return nil
}

func (p *Policy) readRisks(conditions fields) error {
	for _, risk := range []struct{ name, suffix string }{
		{"signInRiskLevels", " sign-in risk"},
		{"userRiskLevels", " user risk"},
		{"insiderRiskLevels", " insider risk"},
		{"agentIdRiskLevels", " risk of an agent"},
	} {
		levels, err := conditions.list(risk.name)
		if err != nil {
			return err
		}
		if len(levels) > 0 {
			p.limits = append(p.limits, limit{prefix: "at ", items: levels, suffix: risk.suffix, or: true})
		}
	}
	return nil
}

func (p *Policy) readDevices(conditions fields) error {
	for _, name := range []string{"devices", "deviceStates"} {
		devices, err := object(conditions.take(name))
		if err != nil {
			return err
		}
		filter, err := object(devices.take("deviceFilter"))
		if err != nil {
			return err
		}
		mode, err := filter.list("mode")
		switch {
		case err != nil:
			return err
		case contains(mode, "exclude"):
			p.limits = append(p.limits, limit{prefix: "on devices that do not match a filter"})
		case len(mode) > 0 || len(filter) > 0:
			p.limits = append(p.limits, limit{prefix: "on devices that match a filter"})
		}
		for _, side := range []struct{ include, exclude string }{{"includeDevices", "excludeDevices"}, {"includeDeviceStates", "excludeDeviceStates"}, {"includeStates", "excludeStates"}} {
			included, err1 := devices.list(side.include)
			excluded, err2 := devices.list(side.exclude)
			if err := firstOf(err1, err2); err != nil {
				return err
			}
			if (len(included) > 0 && !contains(included, "All")) || len(excluded) > 0 {
				p.limits = append(p.limits, limit{prefix: "on devices in some states"})
			}
		}
		p.addUnknown(devices.rest())
	}
	return nil
}

var flowWords = map[string]string{"deviceCodeFlow": "device code flow", "authenticationTransfer": "authentication transfer"}

func (p *Policy) readFlows(conditions fields) error {
	flows, err := object(conditions.take("authenticationFlows"))
	if err != nil {
		return err
	}
	methods, err := flows.list("transferMethods")
	if err != nil {
		return err
	}
	methods = without(methods, "none")
	for i, m := range methods {
		if words, known := flowWords[m]; known {
			methods[i] = words
		}
	}
	if len(methods) > 0 {
		p.limits = append(p.limits, limit{prefix: "for ", items: methods})
	}
	p.addUnknown(flows.rest())
	return nil
}

// readWorkloads: a policy for service principals includes no users. Should one
// name both, nothing is known of what that means.
func (p *Policy) readWorkloads(conditions fields) error {
	for _, name := range []string{"clientApplications", "servicePrincipalRiskLevels"} {
		if absent(conditions.take(name)) {
			continue
		}
		if p.include.nobody() {
			p.workloads = true
		} else {
			p.addUnknown([]string{name})
		}
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func contains(list []string, literal string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, literal) })
}

func without(list []string, literals ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return contains(literals, s) })
}
