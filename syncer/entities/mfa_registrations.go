package entities

import (
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// mfaRegistrations are read with GET
// /reports/authenticationMethods/userRegistrationDetails. The report leaves
// disabled accounts out (learn.microsoft.com/graph/api/resources/userregistrationdetails):
// the absence of a row says nothing about an account. It documents $filter and
// $orderby, but no $select.
func mfaRegistrations() *entity.Def {
	return &entity.Def{
		Kind:     "mfa_registrations",
		Title:    "MFA registrations",
		Singular: "MFA registration",
		Doc:      "Which authentication methods each account has registered, as Microsoft's registration report says. The report leaves out disabled accounts: these are not reported, which does not mean that they have no MFA.",
		Group:    entity.Identity,
		Icon:     "fingerprint",
		Refs:     []entity.Ref{{Kind: "users"}},
		Absent:   "Not reported by Microsoft",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "MFA registrations",
			Path:     "/reports/authenticationMethods/userRegistrationDetails",
			Query:    url.Values{"$top": {"999"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"AuditLog.Read.All"}},
			Licence:  entraP1,
			Throttle: entity.ThrottleReports,
			Slow:     true,
		}},
		Figures: []entity.Figure{
			{
				Name: "phone_only_mfa", Label: "MFA by phone alone", Note: "calls and texts end on 1 February 2027", Icon: "device-mobile", Warn: true, NotKnown: "not reported",
				Terms: []entity.Term{{Column: "only_phone_methods", Is: []string{"true"}}},
			},
		},
		Columns: []entity.Column{
			{Path: "userDisplayName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "userPrincipalName", Label: "User principal name", Sort: true, Search: true},
			{Path: "isMfaRegistered", Label: "MFA registered", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true,
				Doc: "A method for MFA is registered; the policy may not allow it."},
			{Path: "isMfaCapable", Label: "MFA capable", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true,
				Doc: "A method for MFA is registered and the policy allows it."},
			{Path: "isPasswordlessCapable", Label: "Passwordless capable", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "methodsRegistered", Label: "Methods", Type: entity.List, Filter: entity.Contains, Search: true, Shown: true, Words: map[string]string{
				"mobilePhone": "Mobile phone", "alternateMobilePhone": "Alternate mobile phone", "officePhone": "Office phone",
				"email": "Email", "microsoftAuthenticatorPush": "Authenticator push", "microsoftAuthenticatorPasswordless": "Authenticator passwordless",
				"softwareOneTimePasscode": "Software one-time passcode", "hardwareOneTimePasscode": "Hardware one-time passcode",
				"fido2": "FIDO2 key", "fido2SecurityKey": "FIDO2 key", "windowsHelloForBusiness": "Windows Hello for Business",
				"passKeyDeviceBound": "Passkey", "passKeyDeviceBoundAuthenticator": "Passkey in Authenticator",
				"passKeyDeviceBoundWindowsHello": "Passkey in Windows Hello", "passKeySynced": "Synced passkey",
				"macOsSecureEnclaveKey": "Secure Enclave key of macOS", "externalAuthMethod": "External method", "qrCode": "QR code",
				"oneTimePasscode": "One-time passcode", "sms": "Text message",
				"temporaryAccessPass": "Temporary Access Pass", "securityQuestion": "Security questions"}},
			{Name: "only_phone_methods", Label: "Only phone methods", Type: entity.Bool, Filter: entity.Flag, Words: yesNo,
				Doc:     "Every method for MFA is a call or a text message, which Microsoft ends on 1 February 2027. Email and security questions are for password reset alone and do not count, nor does a Temporary Access Pass.",
				Compute: onlyPhoneMethods, Uses: []string{"methodsRegistered"}},
			{Path: "userPreferredMethodForSecondaryAuthentication", Label: "Default method", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"push": "Authenticator push", "oath": "One-time passcode", "sms": "Text message", "voiceMobile": "Call, mobile", "voiceAlternateMobile": "Call, alternate mobile", "voiceOffice": "Call, office",
			}},
			{Path: "isAdmin", Label: "Admin", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true,
				Doc: "The account has a role of the directory."},
			{Path: "userType", Label: "Type", Filter: entity.Choice},
			{Path: "isSsprRegistered", Label: "Password reset registered", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "isSsprEnabled", Label: "Password reset enabled", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "isSsprCapable", Label: "Password reset capable", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "isSystemPreferredAuthenticationMethodEnabled", Label: "System-preferred method on", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "systemPreferredAuthenticationMethods", Label: "System-preferred methods", Type: entity.List, Filter: entity.Contains},
			{Path: "lastUpdatedDateTime", Label: "Reported", Type: entity.Time, Filter: entity.Range, Volatile: true,
				Doc: "When Microsoft last brought the report up to date."},
		},
		TitleColumn:    "user_display_name",
		SubtitleColumn: "user_principal_name",
		DefaultSort:    "user_display_name",
		PortalPath:     "#view/Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/UserAuthMethods/userId/{id}",
	}
}

// Methods that ring or text a phone, and those that are none for MFA or do not
// last (learn.microsoft.com/graph/api/resources/userregistrationdetails).
var (
	phoneMethods = []string{"mobilePhone", "alternateMobilePhone", "officePhone", "sms"}
	passedOver   = []string{"email", "securityQuestion", "temporaryAccessPass", "appPassword", "none"}
)

// onlyPhoneMethods is not known where Microsoft does not say which methods are
// registered.
func onlyPhoneMethods(o entity.Object, _ time.Time) any {
	var methods []string
	if json.Unmarshal(o.At("methodsRegistered"), &methods) != nil || methods == nil {
		return nil
	}
	phones := 0
	for _, m := range methods {
		switch {
		case slices.Contains(passedOver, m):
		case slices.Contains(phoneMethods, m):
			phones++
		default:
			return false
		}
	}
	return phones > 0
}
