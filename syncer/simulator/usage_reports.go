package simulator

import (
	"net/http"
	"strings"
	"time"
)

// usageReport is one of Microsoft 365's usage reports
// (learn.microsoft.com/graph/api/resources/report).
type usageReport struct {
	function string
	header   string // of the CSV, word for word
	undated  bool   // there is no (date=…)
	rows     func(t *Tenant, span reportSpan) [][]string

	// Of the JSON that beta has too.
	resource, properties string
	page                 int // rows on a page
}

var usageReports = []usageReport{
	{"getSharePointSiteUsageDetail", "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,Last Activity Date,File Count,Active File Count,Page View Count,Visited Page Count,Storage Used (Byte),Storage Allocated (Byte),Root Web Template,Owner Principal Name,Report Period", false, (*Tenant).siteUsageRows,
		"sharePointSiteUsageDetail", "reportRefreshDate siteId siteUrl ownerDisplayName isDeleted? lastActivityDate fileCount# activeFileCount# pageViewCount# visitedPageCount# storageUsedInBytes# storageAllocatedInBytes# rootWebTemplate ownerPrincipalName reportPeriod", 200},
	{"getSharePointSiteUsageStorage", "Report Refresh Date,Site Type,Storage Used (Byte),Report Date,Report Period", true, (*Tenant).siteStorageRows,
		"siteUsageStorage", "reportRefreshDate siteType storageUsedInBytes# reportDate reportPeriod", 200},
	{"getOffice365ActiveUserDetail", "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Has Exchange License,Has OneDrive License,Has SharePoint License,Has Skype For Business License,Has Yammer License,Has Teams License,Exchange Last Activity Date,OneDrive Last Activity Date,SharePoint Last Activity Date,Skype For Business Last Activity Date,Yammer Last Activity Date,Teams Last Activity Date,Exchange License Assign Date,OneDrive License Assign Date,SharePoint License Assign Date,Skype For Business License Assign Date,Yammer License Assign Date,Teams License Assign Date,Assigned Products", false, (*Tenant).activeUserRows,
		"office365ActiveUserDetail", "reportRefreshDate userPrincipalName displayName isDeleted? deletedDate hasExchangeLicense? hasOneDriveLicense? hasSharePointLicense? hasSkypeForBusinessLicense? hasYammerLicense? hasTeamsLicense? exchangeLastActivityDate oneDriveLastActivityDate sharePointLastActivityDate skypeForBusinessLastActivityDate yammerLastActivityDate teamsLastActivityDate exchangeLicenseAssignDate oneDriveLicenseAssignDate sharePointLicenseAssignDate skypeForBusinessLicenseAssignDate yammerLicenseAssignDate teamsLicenseAssignDate assignedProducts*", 200},
	{"getTeamsDeviceUsageUserDetail", "Report Refresh Date,User Principal Name,Last Activity Date,Is Deleted,Deleted Date,Used Web,Used Windows Phone,Used iOS,Used Mac,Used Android Phone,Used Windows,Report Period", false, (*Tenant).teamsDeviceRows,
		"teamsDeviceUsageUserDetail", "reportRefreshDate userPrincipalName lastActivityDate isDeleted? deletedDate usedWeb? usedWindowsPhone? usediOS? usedMac? usedAndroidPhone? usedWindows? reportPeriod", 2000},
}

// reportSpan is what a report is about.
type reportSpan struct {
	refreshed time.Time // the day up to which there are data
	period    string    // days, as the reports write them: "7"
	days      int
	date      time.Time // zero: a period
}

// reportLag is how old the newest data of a report are.
const reportLag = 36 * time.Hour

var reportPeriods = map[string]int{"D7": 7, "D30": 30, "D90": 90, "D180": 180}

// errReportsDenied is what the reports say to apps without permission.
func errReportsDenied() *graphError {
	return newGraphError(http.StatusForbidden, "S2SUnauthorized", "Invalid Permission.")
}

func usageRoutes() []route {
	reports := []string{"Reports.Read.All"}
	var out []route
	for i := range usageReports {
		r := &usageReports[i]
		path := "reports/" + r.function
		get := func(pattern string, handle func(*exchange) (*answer, error)) {
			out = append(out, route{pattern: pattern, method: http.MethodGet, roles: reports, denied: errReportsDenied, limit: usageLimit, handle: handle})
		}
		absent := func(*exchange) (*answer, error) { return nil, errUnknownSegment(r.function) }
		get(path, absent)
		get(path+"(period)/{id}", func(x *exchange) (*answer, error) { return x.usage(r, "period") })
		if r.undated {
			get(path+"(date)/{id}", absent)
			continue
		}
		get(path+"(date)/{id}", func(x *exchange) (*answer, error) { return x.usage(r, "date") })
	}
	return append(out, route{pattern: "admin/reportSettings", method: http.MethodGet, roles: []string{"ReportSettings.Read.All", "ReportSettings.ReadWrite.All"},
		denied: errReportsDenied, limit: noLimit, handle: getReportSettings})
}

// usage answers with the place where the CSV is, or in beta with JSON for those
// who ask for it.
func (x *exchange) usage(r *usageReport, parameter string) (*answer, error) {
	if x.wantsJSON(x.query) {
		return x.reportJSON(r, parameter)
	}
	if _, err := x.reportSpan(parameter, x.ids[0]); err != nil {
		return nil, err
	}
	token := x.s.pages.seal(sealed{Kind: downloadToken, Path: r.function, Key: parameter + "=" + x.ids[0]}, x.s.now())
	return &answer{status: http.StatusFound, header: http.Header{
		"Content-Type": {"text/plain"},
		"Location":     {downloadHost(x.base) + downloadPrefix + token},
	}}, nil
}

func (x *exchange) reportSpan(parameter, value string) (reportSpan, error) {
	span, ok := newReportSpan(x.s.now(), parameter, value)
	if !ok {
		return span, errBadRequest("Invalid value '%s' for parameter '%s'.", value, parameter)
	}
	return span, nil
}

// newReportSpan reads the parameter of a report. A date must be one of the
// last 30 days.
func newReportSpan(now time.Time, parameter, value string) (reportSpan, bool) {
	span := reportSpan{refreshed: now.UTC().Add(-reportLag).Truncate(day)}
	if parameter == "period" {
		span.days = reportPeriods[value]
		span.period = strings.TrimPrefix(value, "D")
		return span, span.days > 0
	}
	date, err := time.Parse(time.DateOnly, value)
	span.date, span.days, span.period = date, 1, "1"
	today := now.UTC().Truncate(day)
	return span, err == nil && !date.After(today) && !date.Before(today.AddDate(0, 0, -30))
}

// isDateParameter reports whether a function's parameter is a date, which has
// no quotes around it.
func isDateParameter(name, value string) bool {
	_, err := time.Parse(time.DateOnly, value)
	return name == "date" && err == nil
}

func getReportSettings(x *exchange) (*answer, error) {
	t := x.tenant()
	return jsonAnswer(row{{"@odata.context", x.context("admin/reportSettings/$entity")},
		{"displayConcealedNames", read(t, func() bool { return t.concealsNames })}}), nil
}

// ConcealNames makes the usage reports conceal the names of people, groups and
// sites, or show them. New tenants of Microsoft conceal them.
func (t *Tenant) ConcealNames(concealed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.concealsNames = concealed
}

// usageLimits are the limits of the usage reports, for one app and one tenant.
type usageLimits struct {
	reports map[string]*window // each report as CSV: 14 requests in 10 minutes
	json    *window            // all of them as JSON: 100 in 10 minutes
}

func newUsageLimits() usageLimits {
	l := usageLimits{reports: map[string]*window{}, json: &window{limit: 100, length: 10 * time.Minute}}
	for _, r := range usageReports {
		l.reports[r.function] = &window{limit: 14, length: 10 * time.Minute}
	}
	return l
}

// of is the window that a request counts in.
func (l usageLimits) of(r *route, json bool) *window {
	if json {
		return l.json
	}
	function, _, _ := strings.Cut(strings.TrimPrefix(r.pattern, "reports/"), "(")
	return l.reports[function]
}
