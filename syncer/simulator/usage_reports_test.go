package simulator_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

const (
	siteDetail  = "/reports/getSharePointSiteUsageDetail"
	siteStorage = "/reports/getSharePointSiteUsageStorage"
	activeUsers = "/reports/getOffice365ActiveUserDetail"
	teamsDevice = "/reports/getTeamsDeviceUsageUserDetail"
)

// download fetches a place without a token.
func (c *cloud) download(place string, headers ...string) (int, string, http.Header) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, place, nil)
	require.NoError(c.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.client.Do(req)
	require.NoError(c.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	return res.StatusCode, string(raw), res.Header
}

// report fetches a report and reads its CSV by the names of its columns.
func (c *cloud) report(path string) []map[string]string {
	c.t.Helper()
	r := c.get(path)
	require.Equal(c.t, http.StatusFound, r.status, "%s: %s", path, r.text)
	status, text, _ := c.download(r.header.Get("Location"))
	require.Equal(c.t, http.StatusOK, status, text)
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	require.NoError(c.t, err)
	var out []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		out = append(out, row)
	}
	return out
}

func TestUsageReportsRedirectToAnotherHost(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at))
	for path, header := range map[string]string{
		siteDetail:  "Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted,Last Activity Date,File Count,Active File Count,Page View Count,Visited Page Count,Storage Used (Byte),Storage Allocated (Byte),Root Web Template,Owner Principal Name,Report Period",
		siteStorage: "Report Refresh Date,Site Type,Storage Used (Byte),Report Date,Report Period",
		activeUsers: "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Has Exchange License,Has OneDrive License,Has SharePoint License,Has Skype For Business License,Has Yammer License,Has Teams License,Exchange Last Activity Date,OneDrive Last Activity Date,SharePoint Last Activity Date,Skype For Business Last Activity Date,Yammer Last Activity Date,Teams Last Activity Date,Exchange License Assign Date,OneDrive License Assign Date,SharePoint License Assign Date,Skype For Business License Assign Date,Yammer License Assign Date,Teams License Assign Date,Assigned Products",
		teamsDevice: "Report Refresh Date,User Principal Name,Last Activity Date,Is Deleted,Deleted Date,Used Web,Used Windows Phone,Used iOS,Used Mac,Used Android Phone,Used Windows,Report Period",
	} {
		for _, period := range []string{"D7", "D30", "D90", "D180"} {
			r := c.get(path + "(period='" + period + "')")
			require.Equal(t, http.StatusFound, r.status, r.text)
			assert.Equal(t, "text/plain", r.header.Get("Content-Type"))
			assert.Empty(t, r.text)
			place, err := url.Parse(r.header.Get("Location"))
			require.NoError(t, err)
			graph, err := url.Parse(c.GraphURL())
			require.NoError(t, err)
			assert.NotEqual(t, graph.Hostname(), place.Hostname())

			status, text, h := c.download(place.String())
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, "application/octet-stream", h.Get("Content-Type"))
			assert.True(t, strings.HasPrefix(text, "\ufeff"+header+"\r\n"), text[:min(len(text), 80)])
			log := c.Requests()
			assert.False(t, log[len(log)-1].Authorized)
		}
	}
	place := c.get(siteDetail + "(period='D7')").header.Get("Location")
	status, _, _ := c.download(place, "Authorization", "Bearer "+c.token)
	assert.Equal(t, http.StatusBadRequest, status, "a token that is given away is noticed")
	log := c.Requests()
	assert.True(t, log[len(log)-1].Authorized)
	at.advance(6 * time.Minute)
	status, _, _ = c.download(place)
	assert.Equal(t, http.StatusForbidden, status, "the place is good for a few minutes")
	status, _, _ = c.download(place + "x")
	assert.Equal(t, http.StatusForbidden, status)
}

func TestUsageReportsNeedPermission(t *testing.T) {
	t.Parallel()
	c := start(t)
	assert.Equal(t, http.StatusForbidden, c.get("/admin/reportSettings").status, "that permission is another one")
	c.Tenant().Revoke("Reports.Read.All")
	c.Tenant().Grant("ReportSettings.Read.All")
	c.refresh()
	for _, path := range []string{siteDetail + "(period='D7')", siteStorage + "(period='D7')", activeUsers + "(period='D7')", teamsDevice + "(date=2026-05-01)"} {
		r := c.get(path)
		assert.Equal(t, http.StatusForbidden, r.status)
		assert.Equal(t, "S2SUnauthorized", r.code())
		assert.Equal(t, "Invalid Permission.", r.message())
		assert.Empty(t, r.header.Get("Location"))
	}
	assert.Equal(t, false, c.ok("/admin/reportSettings").body["displayConcealedNames"])
	c.Tenant().ConcealNames(true)
	assert.Equal(t, true, c.ok("/admin/reportSettings").body["displayConcealedNames"])
}

func TestUsageReportsTakeOnePeriodOrDate(t *testing.T) {
	t.Parallel()
	c := start(t, withClock(newClock()))
	for _, call := range []string{siteDetail + "(period='D8')", siteDetail + "(date=2026-03-01)", siteDetail + "(date=2026-05-05)", siteDetail + "(date=yesterday)", siteStorage + "(date=2026-05-01)", siteDetail + "(period=D7)", siteDetail} {
		assert.Equal(t, http.StatusBadRequest, c.get(call).status, call)
	}
	// The last day with data is 2 May.
	day := c.report(activeUsers + "(date=2026-05-02)")
	all := c.report(activeUsers + "(period='D7')")
	assert.NotEmpty(t, day)
	assert.Less(t, len(day), len(all))
	for _, row := range day {
		last := []string{}
		for _, workload := range []string{"Exchange", "OneDrive", "SharePoint", "Yammer", "Teams"} {
			last = append(last, row[workload+" Last Activity Date"])
		}
		assert.Contains(t, last, "2026-05-02")
	}
}

func TestSiteUsage(t *testing.T) {
	t.Parallel()
	c := start(t, withClock(newClock()), withUsers(400))
	rows := c.report(siteDetail + "(period='D30')")
	unified := c.all("/groups?$filter=groupTypes/any(c:c eq 'Unified')&$select=id,mail,displayName")
	assert.Greater(t, len(rows), len(unified))
	owners, sum, idle := map[string]bool{}, 0, 0
	for _, row := range rows {
		assert.Equal(t, "2026-05-02", row["Report Refresh Date"], "data are a day or two old")
		assert.Empty(t, row["Site URL"])
		assert.Equal(t, "30", row["Report Period"])
		owners[row["Owner Principal Name"]] = true
		used, err := strconv.Atoi(row["Storage Used (Byte)"])
		require.NoError(t, err)
		sum += used
		if row["Last Activity Date"] == "" {
			idle++
		}
	}
	assert.NotZero(t, idle)
	for _, g := range unified {
		assert.Contains(t, owners, g["mail"])
	}
	days := c.report(siteStorage + "(period='D90')")
	assert.Len(t, days, 90)
	assert.Equal(t, "2026-05-02", days[0]["Report Date"])
	assert.Equal(t, strconv.Itoa(sum), days[0]["Storage Used (Byte)"], "both reports say the same")
	assert.Equal(t, rows, c.report(siteDetail+"(period='D30')"))
}

func TestUsersInReports(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(400))
	gone := c.Tenant().UserIDs()[30]
	goneName := c.Tenant().User(gone)["userPrincipalName"]
	require.True(t, c.Tenant().RemoveUser(gone))
	users := c.report(activeUsers + "(period='D7')")
	members := c.all("/users?$filter=userType eq 'Member'&$select=id,userPrincipalName,assignedLicenses")
	assert.InDelta(t, len(members)+1, len(users), 2, "guests are not in it, deleted users are")
	byName := map[string]map[string]string{}
	for _, row := range users {
		byName[row["User Principal Name"]] = row
	}
	assert.Equal(t, "True", byName[goneName.(string)]["Is Deleted"])
	assert.NotEmpty(t, byName[goneName.(string)]["Deleted Date"])
	teams, several := 0, 0
	for _, u := range members {
		row := byName[u["userPrincipalName"].(string)]
		require.NotNil(t, row)
		assert.Equal(t, len(u["assignedLicenses"].([]any)) > 0, row["Assigned Products"] != "")
		if row["Has Teams License"] == "True" {
			teams++
			assert.NotEmpty(t, row["Teams License Assign Date"])
		} else {
			assert.Empty(t, row["Teams Last Activity Date"])
		}
		if strings.Contains(row["Assigned Products"], "+") {
			several++
		}
	}
	assert.NotZero(t, several)
	devices := c.report(teamsDevice + "(period='D7')")
	assert.InDelta(t, teams, len(devices), 1)
	for _, row := range devices {
		assert.Equal(t, byName[row["User Principal Name"]]["Teams Last Activity Date"], row["Last Activity Date"])
		assert.Contains(t, []string{"Yes", "No"}, row["Used Windows"])
		assert.Equal(t, "7", row["Report Period"])
	}
}

func TestConcealedNames(t *testing.T) {
	t.Parallel()
	c := start(t)
	shown := c.report(activeUsers + "(period='D7')")
	c.Tenant().ConcealNames(true)
	hidden := c.report(activeUsers + "(period='D7')")
	require.Len(t, hidden, len(shown))
	for i, row := range hidden {
		assert.Regexp(t, "^[0-9A-F]{32}$", row["User Principal Name"])
		assert.Regexp(t, "^[0-9A-F]{32}$", row["Display Name"])
		assert.Contains(t, shown[i]["User Principal Name"], "@")
		assert.Equal(t, shown[i]["Assigned Products"], row["Assigned Products"])
	}
	for _, row := range c.report(siteDetail + "(period='D7')") {
		assert.Regexp(t, "^[0-9A-F]{32}$", row["Owner Display Name"])
		assert.Regexp(t, "^([0-9A-F]{32})?$", row["Owner Principal Name"])
		assert.Equal(t, "00000000-0000-0000-0000-000000000000", row["Site Id"])
	}
	for _, row := range c.report(teamsDevice + "(period='D7')") {
		assert.Regexp(t, "^[0-9A-F]{32}$", row["User Principal Name"])
	}
	c.Tenant().ConcealNames(false)
	assert.Equal(t, shown, c.report(activeUsers+"(period='D7')"))
}

func TestUsageReportsLimit(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), throttled)
	for i := range 14 {
		path := siteDetail + "(period='D7')"
		if i%2 == 0 {
			path = siteDetail + "(date=2026-05-01)"
		}
		require.Equal(t, http.StatusFound, c.get(path).status)
	}
	r := c.get(siteDetail + "(period='D30')")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "TooManyRequests", r.code())
	assert.NotEmpty(t, r.header.Get("Retry-After"))
	assert.Equal(t, http.StatusFound, c.get(siteStorage+"(period='D7')").status, "each report is counted on its own")
	at.advance(10 * time.Minute)
	assert.Equal(t, http.StatusFound, c.get(siteDetail+"(period='D30')").status)
}

func TestDownloadsCanFail(t *testing.T) {
	t.Parallel()
	c := start(t)
	defer c.Inject(simulator.Fault{Path: "/data/download", Status: http.StatusServiceUnavailable})()
	status, _, _ := c.download(c.get(siteDetail + "(period='D7')").header.Get("Location"))
	assert.Equal(t, http.StatusServiceUnavailable, status)
}

func TestUsageReportsAsJSON(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(700))
	const json = "$format=application/json"
	rows := c.all("/beta" + activeUsers + "(period='D7')?" + json)
	csv := c.report(activeUsers + "(period='D7')")
	assert.Len(t, c.ok("/beta"+activeUsers+"(period='D7')?"+json).rows(), 200)
	require.Len(t, rows, len(csv))
	assert.Equal(t, rows, c.all("/beta"+activeUsers+"(period='D7')?"+json+"&$top=99"))
	for i, r := range rows {
		assert.Equal(t, csv[i]["User Principal Name"], r["userPrincipalName"])
		assert.Equal(t, csv[i]["Has Teams License"] == "True", r["hasTeamsLicense"])
		assert.Equal(t, csv[i]["Assigned Products"], strings.Join(texts(r["assignedProducts"]), "+"))
		if csv[i]["Teams Last Activity Date"] == "" {
			assert.Nil(t, r["teamsLastActivityDate"])
		}
	}
	sites := c.all("/beta" + siteDetail + "(period='D30')?" + json)
	assert.IsType(t, float64(0), sites[0]["storageUsedInBytes"])
	assert.Equal(t, "30", sites[0]["reportPeriod"])
	assert.Equal(t, http.StatusFound, c.get(activeUsers+"(period='D7')?"+json).status, "v1.0 has no JSON")
	assert.Equal(t, http.StatusFound, c.get("/beta"+activeUsers+"(period='D7')").status)
}

func texts(list any) []string {
	var out []string
	for _, v := range list.([]any) {
		out = append(out, v.(string))
	}
	return out
}
