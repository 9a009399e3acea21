package handlers

import (
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// The tiles of the overview, as data. Each names the entity and the columns
// that it rests on; a tile is shown as "not assessed" unless all of them were
// read completely, and not at all where the catalogue lacks one.

// figureTile counts the rows that meet all conditions.
type figureTile struct {
	kind, icon, label, note string
	conditions              []store.Condition
	distinct                string // counts the different values of this column instead of rows
	warn                    bool   // more than none deserves a look
}

// breakdownTile divides the rows by the values of a choice column.
type breakdownTile struct{ kind, column, label string }

// trendTile shows how a number went over the newest rows.
type trendTile struct {
	kind, value, at, label, unit string
	better                       views.Better
	extra                        bool // needs a permission that nobody is asked for: left out where it was not read
}

// meterTile shows how much is used of what there is, row by row; above warnOver
// the row is marked.
type meterTile struct {
	kind, used, of, label string
	warnOver              float64
}

// factTile shows a column of an entity that has one row.
type factTile struct{ kind, column string }

var figureTiles = []figureTile{
	{
		kind: "users", icon: "users", label: "Enabled users", note: "members and guests",
		conditions: []store.Condition{{Column: "account_enabled", Op: store.OpEqual, Value: "true"}},
	},
	{
		kind: "users", icon: "user-off", label: "Stale accounts", note: "enabled, no sign-in for 90 days", warn: true,
		conditions: []store.Condition{
			{Column: "account_enabled", Op: store.OpEqual, Value: "true"},
			{Column: "sign_in_activity_last_successful_sign_in_date_time", Op: store.OpTo, Value: "-90d"},
		},
	},
	{
		kind: "users", icon: "user-x", label: "No sign-in on record", note: "enabled, no successful sign-in", warn: true,
		conditions: []store.Condition{
			{Column: "account_enabled", Op: store.OpEqual, Value: "true"},
			{Column: "sign_in_activity_last_successful_sign_in_date_time", Op: store.OpEmpty, Value: "true"},
		},
	},
	{
		kind: "guests", icon: "user-share", label: "Pending guests", note: "invitation not accepted", warn: true,
		conditions: []store.Condition{{Column: "external_user_state", Op: store.OpEqual, Value: "PendingAcceptance"}},
	},
	{
		kind: "mfa_registrations", icon: "fingerprint", label: "Admins without MFA", note: "no method registered", warn: true,
		conditions: []store.Condition{
			{Column: "is_admin", Op: store.OpEqual, Value: "true"},
			{Column: "is_mfa_registered", Op: store.OpEqual, Value: "false"},
		},
	},
	{
		kind: "privileged_users", icon: "user-shield", label: "Guests with privileged roles", note: "eligible ones included", distinct: "user_id", warn: true,
		conditions: []store.Condition{{Column: "user_type", Op: store.OpEqual, Value: "Guest"}},
	},
	{
		kind: "applications", icon: "key", label: "App secrets expiring", note: "or certificates, within 30 days", warn: true,
		conditions: []store.Condition{
			{Column: "next_expiry", Op: store.OpFrom, Value: "-0d"},
			{Column: "next_expiry", Op: store.OpTo, Value: "+30d"},
		},
	},
	{
		kind: "risky_users", icon: "user-exclamation", label: "Risky users", note: "at risk or compromised", warn: true,
		conditions: []store.Condition{{Column: "at_risk", Op: store.OpEqual, Value: "true"}},
	},
	{
		kind: "managed_devices", icon: "device-laptop", label: "Devices not compliant", note: "in Intune", warn: true,
		conditions: []store.Condition{{Column: "compliance_state", Op: store.OpEqual, Value: "noncompliant"}},
	},
	{
		kind: "alerts", icon: "bell", label: "Open alerts", note: "high or critical", warn: true,
		conditions: []store.Condition{{Column: "open", Op: store.OpEqual, Value: "true"}, {Column: "severe", Op: store.OpEqual, Value: "true"}},
	},
	{
		kind: "vulnerabilities", icon: "shield-exclamation", label: "Critical CVEs", note: "with exposed machines", warn: true,
		conditions: []store.Condition{{Column: "exposed_machines", Op: store.OpFrom, Value: "1"}, {Column: "severity", Op: store.OpEqual, Value: "Critical"}},
	},
	{
		kind: "service_issues", icon: "heart-rate-monitor", label: "Service issues", note: "of Microsoft, not resolved",
		conditions: []store.Condition{{Column: "is_resolved", Op: store.OpEqual, Value: "false"}},
	},
}

var trendTiles = []trendTile{
	{kind: "secure_scores", value: "percent", at: "created_date_time", label: "Microsoft Secure Score", unit: "%", better: views.Higher},
	{kind: "exposure_scores", value: "score", at: "time", label: "Exposure score", better: views.Lower, extra: true},
}

var breakdownTiles = []breakdownTile{
	{kind: "users", column: "user_type", label: "Users by type"},
	{kind: "conditional_access_policies", column: "state", label: "Conditional Access policies"},
}

var meterTiles = []meterTile{
	{kind: "subscribed_skus", used: "consumed_units", of: "prepaid_units_enabled", label: "Licences assigned", warnOver: 0.95},
}

var factTiles = []factTile{
	{kind: "security_defaults", column: "is_enabled"},
}
