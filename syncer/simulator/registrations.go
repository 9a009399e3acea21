package simulator

import (
	"slices"
	"time"
)

// Ways to sign in, as methodsRegistered names them.
const (
	methodPhone     = "mobilePhone"
	methodEmail     = "email"
	methodPush      = "microsoftAuthenticatorPush"
	methodOTP       = "softwareOneTimePasscode"
	methodFido      = "fido2"
	methodPasskey   = "passKeyDeviceBoundAuthenticator"
	methodHello     = "windowsHelloForBusiness"
	methodPhoneSign = "microsoftAuthenticatorPasswordless"
)

var passwordless = []string{methodFido, methodPasskey, methodHello, methodPhoneSign, "passKeyDeviceBound", "passKeySynced", "passKeyDeviceBoundWindowsHello"}

// notForMfa proves nothing as a second factor: it resets passwords only.
var notForMfa = []string{methodEmail, "securityQuestion"}

// notAllowed are methods that the tenant's authentication methods policy does
// not allow (see getAuthenticationMethods): registered they may be, but nobody
// can use them.
var notAllowed = []string{methodOTP, "officePhone", "alternateMobilePhone"}

// registeredMethods are the ways to sign in that a user registered.
func (p *person) registeredMethods() []string {
	switch {
	case p.kind == room || p.kind == service:
		return []string{}
	case p.over != nil && p.i < len(specialMethods):
		return specialMethods[p.i]
	}
	n := draw(p.t.seed, p.i, saltRegistration) % 100
	if p.kind == guest {
		n = n * 3 / 5 // most guests have little, some have what members have
	}
	switch {
	case n < 14:
		return []string{}
	case n < 17:
		return []string{methodEmail}
	case n < 30:
		return []string{methodPhone}
	case n < 35:
		return []string{methodEmail, methodPhone}
	case n < 39:
		return []string{methodOTP}
	case n < 62:
		return []string{methodPush, methodOTP}
	case n < 76:
		return []string{methodPhone, methodPush, methodOTP}
	case n < 83:
		return []string{methodPhone, methodPush, methodOTP, methodHello}
	case n < 90:
		return []string{methodPhoneSign, methodPush, methodOTP}
	case n < 95:
		return []string{methodPasskey, methodPush, methodOTP}
	case n < 98:
		return []string{methodFido, methodPush, methodOTP}
	}
	return []string{methodFido}
}

// specialMethods are those of the accounts written by hand. One of the two
// emergency accounts has a key, the other was forgotten.
var specialMethods = [][]string{
	{methodPhone, methodPush, methodOTP}, {methodFido}, {}, {}, {methodPush, methodOTP}, {methodPhone}, {methodPasskey, methodPush, methodOTP},
	{methodPhone}, {}, {methodHello, methodPush, methodOTP},
}

// registration is what the report says about a user; nil for those that it
// leaves out: it does not work for disabled users.
func (t *Tenant) registration(position int) object {
	user := t.users.at(position)
	if user == nil || !flag(user, "accountEnabled") {
		return nil
	}
	methods := []string{}
	if position < t.users.made {
		methods = t.person(position).registeredMethods()
	}
	said := t.identity.registrations[position]
	if given, ok := said["methodsRegistered"]; ok {
		methods = []string{}
		for _, m := range elements(given) {
			if name, ok := m.(string); ok {
				methods = append(methods, name)
			}
		}
	}
	userKind := "member"
	if text(user, "userType") == "Guest" {
		userKind = "guest"
	}
	admin := t.adminPositions()[position]
	o := registrationOf(methods, admin, userKind == "member")
	for name, value := range map[string]any{
		"id": text(user, "id"), "userPrincipalName": text(user, "userPrincipalName"), "userDisplayName": text(user, "displayName"),
		"userType": userKind, "isAdmin": admin, "lastUpdatedDateTime": t.today.Add(-73 * time.Minute).Format(instantWithFraction),
	} {
		o[name] = value
	}
	return edited{o, said}
}

// registrationOf are the facts that follow from the registered methods.
func registrationOf(methods []string, admin, resets bool) bag {
	has := func(names []string, unless ...[]string) bool {
		return slices.ContainsFunc(methods, func(m string) bool {
			return (names == nil || slices.Contains(names, m)) && !slices.ContainsFunc(unless, func(u []string) bool { return slices.Contains(u, m) })
		})
	}
	registered, capable := has(nil, notForMfa), has(nil, notForMfa, notAllowed)
	resettable := 0
	for _, m := range methods {
		if !slices.Contains(passwordless, m) {
			resettable++
		}
	}
	needed := 1
	if admin {
		needed = 2
	}
	preferred, system, mode := "", []string{}, "none"
	switch {
	case slices.Contains(methods, methodPush):
		preferred, system, mode = "push", []string{"push"}, methodPush
	case slices.Contains(methods, methodOTP):
		preferred, system, mode = "oath", []string{"oath"}, methodOTP
	case slices.Contains(methods, methodPhone):
		preferred, system, mode = "sms", []string{"sms"}, methodPhone
	}
	return bag{
		"isSsprRegistered": resettable >= needed, "isSsprEnabled": resets, "isSsprCapable": resets && resettable >= needed,
		"isMfaRegistered": registered, "isMfaCapable": capable, "isPasswordlessCapable": has(passwordless), "methodsRegistered": methods,
		"isSystemPreferredAuthenticationMethodEnabled": true, "systemPreferredAuthenticationMethods": system,
		"userPreferredMethodForSecondaryAuthentication": preferred, "defaultMfaMethod": mode,
	}
}

const registrationSet = "reports/authenticationMethods/userRegistrationDetails"

func (x *exchange) registrationType() *entityType {
	if x.beta() {
		return registrationTypeBeta
	}
	return registrationType
}

func listRegistrations(x *exchange) (*answer, error) {
	t := x.tenant()
	if !read(t, func() bool { return t.premium }) {
		return nil, errNotPremium()
	}
	return x.answerList(listing{typ: x.registrationType(), set: registrationSet, size: t.users.size, at: t.registration,
		plainly: 100, most: 999, refuses: []string{"$search", "$expand"}})
}

func getRegistration(x *exchange) (*answer, error) {
	t := x.tenant()
	if !read(t, func() bool { return t.premium }) {
		return nil, errNotPremium()
	}
	return x.single(x.registrationType(), registrationSet, func() object {
		if position, ok := t.users.find(x.ids[0]); ok {
			return t.registration(position)
		}
		return nil
	})
}

// SetRegistration changes what the report about ways to sign in says of a user.
// What follows from methodsRegistered does so unless it is given too. Nil
// fields undo all changes.
func (t *Tenant) SetRegistration(userID string, fields map[string]any) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	position, ok := t.users.find(userID)
	if !ok {
		return false
	}
	t.identity.registrations = replaced(t.identity.registrations, position, fields)
	t.next()
	return true
}

// replaced adds fields to those of a position, or forgets them when fields is
// nil. The maps that were there stay as they are: pages that are being written
// hold them.
func replaced(all map[int]map[string]any, position int, fields map[string]any) map[int]map[string]any {
	out := make(map[int]map[string]any, len(all)+1)
	for i, m := range all {
		out[i] = m
	}
	if fields == nil {
		delete(out, position)
		return out
	}
	merged := map[string]any{}
	for name, v := range out[position] {
		merged[name] = v
	}
	for name, v := range normal(fields) {
		merged[name] = v
	}
	out[position] = merged
	return out
}
