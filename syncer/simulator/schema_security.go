package simulator

// $filter on alerts works with what the list's document names
// (learn.microsoft.com/graph/api/security-list-alerts_v2). It does not name
// $orderby; the schema calls the times sortable.
var securityAlertType = newType("security.alert", "Alert", false, all(
	prop("id", kindText, ""), prop("providerAlertId", kindText, ""), prop("incidentId", kindText, ""), prop("status", kindText, "eq"),
	prop("severity", kindText, "eq"), prop("classification", kindText, "eq"), prop("determination", kindText, "eq"), prop("serviceSource", kindText, "eq"),
	prop("detectionSource", kindText, ""), prop("productName", kindText, ""), prop("detectorId", kindText, ""), prop("tenantId", kindText, ""),
	prop("title", kindText, ""), prop("description", kindText, ""), prop("recommendedActions", kindText, ""), prop("category", kindText, ""),
	prop("categories", kindTexts, ""), prop("assignedTo", kindText, "eq"), prop("alertWebUrl", kindText, ""), prop("incidentWebUrl", kindText, ""),
	prop("actorDisplayName", kindText, ""), prop("threatDisplayName", kindText, ""), prop("threatFamilyName", kindText, ""),
	prop("mitreTechniques", kindTexts, ""), prop("createdDateTime", kindInstant, "eq ge le gt lt").sorted(byDefault),
	prop("lastUpdateDateTime", kindInstant, "eq ge le gt lt").sorted(byDefault),
	prop("resolvedDateTime", kindInstant, ""), prop("firstActivityDateTime", kindInstant, ""), prop("lastActivityDateTime", kindInstant, ""),
	prop("comments", kindComplexes, ""), prop("evidence", kindComplexes, ""), prop("systemTags", kindTexts, ""))...)

var secureScoreType = newType("secureScore", "SecureScore", false, all(
	prop("id", kindText, "eq"), prop("azureTenantId", kindText, "eq"), prop("activeUserCount", kindNumber, ""),
	prop("createdDateTime", kindInstant, "eq ge le gt lt").sorted(byDefault), prop("currentScore", kindNumber, ""), prop("enabledServices", kindTexts, ""),
	prop("licensedUserCount", kindNumber, ""), prop("maxScore", kindNumber, ""), prop("averageComparativeScores", kindComplexes, ""),
	prop("controlScores", kindComplexes, ""), prop("vendorInformation", kindComplex, ""))...)

var controlProfileType = newType("secureScoreControlProfile", "SecureScoreControlProfile", false, all(
	prop("id", kindText, "eq"), prop("azureTenantId", kindText, ""), prop("actionType", kindText, "eq"), prop("actionUrl", kindText, ""),
	prop("controlCategory", kindText, "eq"), prop("title", kindText, "eq"), prop("deprecated", kindFlag, "eq"), prop("implementationCost", kindText, "eq"),
	prop("lastModifiedDateTime", kindInstant, ""), prop("maxScore", kindNumber, "eq"), prop("rank", kindNumber, "eq"), prop("remediation", kindText, ""),
	prop("remediationImpact", kindText, ""), prop("service", kindText, "eq"), prop("threats", kindTexts, ""), prop("tier", kindText, "eq"),
	prop("userImpact", kindText, "eq"), prop("complianceInformation", kindComplexes, ""), prop("controlStateUpdates", kindComplexes, ""),
	prop("vendorInformation", kindComplex, ""))...)
