package enforcement

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Policy is a Conditional Access policy, read for what it asks of users.
type Policy struct {
	ID, Name, State string
	// Unconfirmed is true where the newest attempt did not confirm that the
	// policy is as it was read.
	Unconfirmed bool

	broken           string // why the policy could not be read, "" when it could
	include, exclude audience
	workloads        bool // it is for service principals
	agents           bool // it is for the accounts of agents alone
	noApps           bool // it targets neither apps nor actions
	limits           []limit
	target           *limit  // which apps, actions or contexts, nil for all apps
	clients          clients // all of them unless limited
	grant            grant
}

// Microsoft's states of a policy.
const (
	stateOn         = "enabled"
	stateOff        = "disabled"
	stateReportOnly = "enabledForReportingButNotEnforced"
)

// fields is a JSON object whose members are taken one after the other; what
// is left over is what this package does not know.
type fields map[string]json.RawMessage

// NewPolicy reads a policy from Microsoft's conditionalAccessPolicy (beta). It
// never fails: a policy that cannot be read is one that nothing is known of.
func NewPolicy(raw []byte) Policy {
	var top struct {
		ID, DisplayName, State    string
		Conditions, GrantControls json.RawMessage
		PartialEnablementStrategy json.RawMessage
	}
	if err := json.Unmarshal(raw, &top); err != nil {
		return Policy{broken: "Microsoft's answer for it is not what is documented"}
	}
	p := Policy{ID: top.ID, Name: top.DisplayName, State: top.State}
	if p.Name == "" {
		p.Name = p.ID
	}
	if !absent(top.PartialEnablementStrategy) {
		// A rollout in phases: which sign-ins it has reached is not told.
		p.addUnknown([]string{"partialEnablementStrategy"})
	}
	if err := p.readConditions(top.Conditions); err != nil {
		p.broken = "its conditions are not what Microsoft documents"
		return p
	}
	var err error
	if p.grant, err = readGrant(top.GrantControls); err != nil {
		p.broken = "its grant controls are not what Microsoft documents"
	}
	return p
}

// Groups returns the ids of the groups that the policy names, and whether it
// names all groups.
func (p *Policy) Groups() (ids []string, all bool) {
	return slices.Concat(p.include.groups, p.exclude.groups), p.include.allGroups || p.exclude.allGroups
}

// Names returns the ids in the policy that names can be looked up for.
func (p *Policy) Names() []string {
	ids := slices.Concat(p.include.groups, p.exclude.groups, p.include.roles, p.exclude.roles)
	for _, l := range p.limits {
		if l.quoted {
			ids = append(ids, l.items...)
		}
	}
	return ids
}

// On reports whether the policy is enforced.
func (p *Policy) On() bool { return p.State == stateOn }

func (p *Policy) readConditions(raw json.RawMessage) error {
	if absent(raw) {
		return fmt.Errorf("conditions are missing")
	}
	conditions, err := object(raw)
	if err != nil {
		return err
	}
	if err := p.readUsers(conditions.take("users")); err != nil {
		return err
	}
	p.agents = p.include.agents && p.include.noPerson()
	return p.readLimits(conditions)
}

func object(raw json.RawMessage) (fields, error) {
	f := fields{}
	if absent(raw) {
		return f, nil
	}
	err := json.Unmarshal(raw, &f)
	return f, err
}

// take returns a member and strikes it off.
func (f fields) take(name string) json.RawMessage {
	raw := f[name]
	delete(f, name)
	return raw
}

// list takes a member that is a list of strings, or, as Microsoft writes
// multivalued enumerations, a string with commas.
func (f fields) list(name string) ([]string, error) {
	raw := f.take(name)
	if absent(raw) {
		return nil, nil
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list, nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("%s is neither a list nor a text", name)
	}
	for item := range strings.SplitSeq(s, ",") {
		list = append(list, strings.TrimSpace(item))
	}
	return list, nil
}

// rest returns the names of members that say something and were not taken.
func (f fields) rest() []string {
	var names []string
	for name, raw := range f {
		if !absent(raw) && !strings.Contains(name, "@") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// absent reports whether a JSON value says nothing: null, empty or false, or
// an object of such values.
func absent(raw json.RawMessage) bool {
	switch s := strings.TrimSpace(string(raw)); s {
	case "", "null", "[]", "{}", `""`, "false":
		return true
	default:
		if s[0] != '{' {
			return false
		}
	}
	var f fields
	return json.Unmarshal(raw, &f) == nil && len(f.rest()) == 0
}

var guid = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
