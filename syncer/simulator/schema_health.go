package simulator

var serviceHealthType = newType("serviceHealth", "ServiceHealth", false, all(
	prop("service", kindText, plain), prop("status", kindText, plain), prop("id", kindText, plain))...)

var healthIssueType = newType("serviceHealthIssue", "ServiceHealthIssue", false, all(
	prop("startDateTime", kindInstant, plain).sorted(byDefault), prop("endDateTime", kindInstant, plain).sorted(byDefault),
	prop("lastModifiedDateTime", kindInstant, plain).sorted(byDefault), prop("title", kindText, plain), prop("id", kindText, plain),
	prop("impactDescription", kindText, ""), prop("classification", kindText, plain), prop("origin", kindText, plain), prop("status", kindText, plain),
	prop("service", kindText, plain), prop("feature", kindText, plain), prop("featureGroup", kindText, plain), prop("isResolved", kindFlag, plain),
	prop("highImpact", kindFlag, ""), prop("details", kindComplexes, ""), prop("posts", kindComplexes, ""))...)

var serviceMessageType = newType("serviceUpdateMessage", "ServiceUpdateMessage", false, all(
	prop("startDateTime", kindInstant, plain).sorted(byDefault), prop("endDateTime", kindInstant, plain),
	prop("lastModifiedDateTime", kindInstant, plain).sorted(byDefault), prop("title", kindText, plain), prop("id", kindText, plain),
	prop("category", kindText, plain), prop("severity", kindText, plain), prop("tags", kindTexts, ""), prop("isMajorChange", kindFlag, plain),
	prop("actionRequiredByDateTime", kindInstant, plain), prop("services", kindTexts, ""), prop("hasAttachments", kindFlag, ""),
	prop("details", kindComplexes, ""), prop("body", kindComplex, ""), prop("viewPoint", kindComplex, ""))...)
