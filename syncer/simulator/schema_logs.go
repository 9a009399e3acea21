package simulator

// The operators of logs are those of the lists of the audit log and the
// sign-ins (learn.microsoft.com/graph/api/directoryaudit-list, signin-list).

const timeFilter = "eq ge le"

var directoryAuditType = newType("directoryAudit", "DirectoryAudit", false, all(
	prop("id", kindText, "eq"), prop("category", kindText, "eq"), prop("correlationId", kindText, "eq"),
	prop("result", kindText, "eq"), prop("resultReason", kindText, ""),
	prop("activityDisplayName", kindText, "eq startsWith"), prop("activityDateTime", kindInstant, timeFilter).sorted(byDefault),
	prop("loggedByService", kindText, "eq"), prop("operationType", kindText, ""),
	prop("initiatedBy", kindComplex, "").of(
		prop("user", kindComplex, "").of(prop("id", kindText, "eq"), prop("displayName", kindText, "eq"), prop("userPrincipalName", kindText, "eq startsWith")),
		prop("app", kindComplex, "").of(prop("appId", kindText, "eq"), prop("displayName", kindText, "eq"))),
	prop("targetResources", kindComplexes, "eq startsWith").of(prop("id", kindText, "eq"), prop("displayName", kindText, "eq startsWith")),
	prop("additionalDetails", kindComplexes, ""))...).plainly()

var signInType = newType("signIn", "SignIn", false, all(
	prop("id", kindText, "eq"), prop("createdDateTime", kindInstant, timeFilter).sorted(byDefault),
	prop("userDisplayName", kindText, "eq startsWith"), prop("userPrincipalName", kindText, "eq startsWith"), prop("userId", kindText, "eq"),
	prop("appId", kindText, "eq"), prop("appDisplayName", kindText, "eq startsWith"), prop("ipAddress", kindText, "eq startsWith"),
	prop("clientAppUsed", kindText, "eq"), prop("correlationId", kindText, "eq"), prop("conditionalAccessStatus", kindText, "eq"),
	prop("isInteractive", kindFlag, ""), prop("riskDetail", kindText, "eq"), prop("riskLevelAggregated", kindText, "eq"),
	prop("riskLevelDuringSignIn", kindText, "eq"), prop("riskState", kindText, "eq"), prop("riskEventTypes", kindTexts, ""),
	prop("riskEventTypes_v2", kindTexts, ""), prop("resourceDisplayName", kindText, "eq"), prop("resourceId", kindText, "eq"),
	prop("status", kindComplex, "").of(prop("errorCode", kindNumber, "eq")),
	prop("deviceDetail", kindComplex, "").of(prop("browser", kindText, "eq startsWith"), prop("operatingSystem", kindText, "eq startsWith")),
	prop("location", kindComplex, "").of(prop("city", kindText, "eq startsWith"), prop("state", kindText, "eq startsWith"), prop("countryOrRegion", kindText, "eq startsWith")),
	prop("appliedConditionalAccessPolicies", kindComplexes, ""))...).plainly()
