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
}

var usageReports = []usageReport{
	{"getSharePointSiteUsageDetail", "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,Last Activity Date,File Count,Active File Count,Page View Count,Visited Page Count,Storage Used (Byte),Storage Allocated (Byte),Root Web Template,Owner Principal Name,Report Period", false, (*Tenant).siteUsageRows},
	{"getSharePointSiteUsageStorage", "Report Refresh Date,Site Type,Storage Used (Byte),Report Date,Report Period", true, (*Tenant).siteStorageRows},
	{"getOffice365ActiveUserDetail", "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Has Exchange License,Has OneDrive License,Has SharePoint License,Has Skype For Business License,Has Yammer License,Has Teams License,Exchange Last Activity Date,OneDrive Last Activity Date,SharePoint Last Activity Date,Skype For Business Last Activity Date,Yammer Last Activity Date,Teams Last Activity Date,Exchange License Assign Date,OneDrive License Assign Date,SharePoint License Assign Date,Skype For Business License Assign Date,Yammer License Assign Date,Teams License Assign Date,Assigned Products", false, (*Tenant).activeUserRows},
	{"getTeamsDeviceUsageUserDetail", "Report Refresh Date,User Principal Name,Last Activity Date,Is Deleted,Deleted Date,Used Web,Used Windows Phone,Used iOS,Used Mac,Used Android Phone,Used Windows,Report Period", false, (*Tenant).teamsDeviceRows},
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
		get(path+"(period)/{id}", func(x *exchange) (*answer, error) { return x.redirectToReport(r, "period") })
		if r.undated {
			get(path+"(date)/{id}", absent)
			continue
		}
		get(path+"(date)/{id}", func(x *exchange) (*answer, error) { return x.redirectToReport(r, "date") })
	}
	return append(out, route{pattern: "admin/reportSettings", method: http.MethodGet, roles: []string{"ReportSettings.Read.All", "ReportSettings.ReadWrite.All"},
		denied: errReportsDenied, limit: noLimit, handle: getReportSettings})
}

// redirectToReport answers with the place where the CSV is.
func (x *exchange) redirectToReport(r *usageReport, parameter string) (*answer, error) {
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
