package entities

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// sharepointSites are the lines of the site usage report
// (learn.microsoft.com/graph/api/reportroot-getsharepointsiteusagedetail).
// Since October 2023 the report leaves the URL blank: names and URLs come from
// GET /sites/getAllSites (learn.microsoft.com/graph/api/site-getallsites),
// whose ids have the report's in their middle. Where it is granted, the sites
// are those of that list and of the report; while Microsoft conceals names, the
// report's site IDs are zeros, and its lines belong to no site.
func sharepointSites() *entity.Def {
	const names = "names"
	return &entity.Def{
		Kind:     "sharepoint_sites",
		Title:    "SharePoint sites",
		Singular: "SharePoint site",
		Doc:      "SharePoint sites with their storage and use, from Microsoft's usage report, which is a day or two old; OneDrive is not in it. Where Sites.Read.All is granted, the sites come from Microsoft's list of sites too, with names and URLs. While Microsoft conceals names, the report's lines have no site ID: they are shown as a snapshot, with IDs made for it alone and without history, unless sites are known.",
		Group:    entity.Collaboration,
		Icon:     "world",
		Notices:  []entity.Notice{{Column: "names_concealed", Value: "true", Title: concealedTitle, Text: concealedCure}},
		Parts: []entity.Part{
			{
				Name:     "list",
				Title:    "Site usage",
				Path:     "/reports/getSharePointSiteUsageDetail(period='D7')",
				Report:   true,
				Slow:     true,
				ID:       func(o entity.Object) string { return o.Text("Site Id") },
				IDUses:   []string{"Site Id"},
				Conceals: concealment("site IDs", nil),
				Needs:    []entity.AnyOf{{"Reports.Read.All"}},
				Throttle: entity.ThrottleUsage,
			},
			{
				Name:     names,
				Title:    "Names and URLs",
				Path:     "/sites/getAllSites",
				NoSelect: true,
				Slow:     true,
				Sparse:   true, // the usage report still has sites that are gone
				ID:       siteCollection,
				Lesser:   isSubsite,
				Roster:   true,
				NoRow:    isPersonal,
				Needs:    []entity.AnyOf{{"Sites.Read.All"}},
				Throttle: entity.ThrottleDirectory,
			},
		},
		Columns: []entity.Column{
			{Name: "display_name", Label: "Name", Part: names, Sort: true, Search: true, Shown: true, Compute: siteName, Uses: []string{"displayName", "name"}},
			{Path: "webUrl", Label: "URL", Part: names, Search: true},
			{Path: "Owner Display Name", Name: "owner_display_name", Label: "Owner", Search: true, Shown: true},
			{Path: "Owner Principal Name", Name: "owner_principal_name", Label: "Owner's principal name", Search: true, Sort: true, Refs: []entity.Ref{{Kind: "users", By: "user_principal_name", Account: true}}},
			{Path: "Root Web Template", Name: "root_web_template", Label: "Template", Filter: entity.Choice, Shown: true},
			{Path: "Storage Used (Byte)", Name: "storage_used_in_bytes", Label: "Storage used", Type: entity.Int, As: entity.AsBytes, Filter: entity.Range, Sort: true, Shown: true, Volatile: true},
			{Path: "Storage Allocated (Byte)", Name: "storage_allocated_in_bytes", Label: "Storage allocated", Type: entity.Int, As: entity.AsBytes},
			{Path: "File Count", Name: "file_count", Label: "Files", Type: entity.Int, Filter: entity.Range, Shown: true, Volatile: true},
			{Path: "Active File Count", Name: "active_file_count", Label: "Active files", Type: entity.Int, Filter: entity.Range, Volatile: true},
			{Path: "Page View Count", Name: "page_view_count", Label: "Page views", Type: entity.Int, Filter: entity.Range, Volatile: true},
			{Path: "Visited Page Count", Name: "visited_page_count", Label: "Visited pages", Type: entity.Int, Volatile: true},
			{Path: "Last Activity Date", Name: "last_activity_date", Label: "Last activity", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true, Volatile: true},
			{Path: "Is Deleted", Name: "is_deleted", Label: "Deleted", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "isPersonalSite", Label: "Personal", Type: entity.Bool, Part: names, Filter: entity.Flag, Words: yesNo},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Part: names, Filter: entity.Range},
			{Path: "Site URL", Name: "site_url", Label: "URL in the report", Doc: "Microsoft leaves it blank."},
			{Path: "Site Id", Name: "site_id", Label: "Site ID", Search: true},
			{Name: "names_concealed", Label: "Names concealed", Filter: entity.Choice, Words: yesNo, Compute: concealed("Owner Principal Name"), Uses: []string{"Owner Principal Name"},
				Doc: "Whether Microsoft conceals the owner's name."},
			{Path: "Report Refresh Date", Name: "report_refresh_date", Label: "Reported", Type: entity.Time, Volatile: true, Doc: "The day that the report is about."},
			{Path: "Report Period", Name: "report_period", Label: "Report period", Type: entity.Int, Doc: "Days that counts of activity go back."},
		},
		TitleColumn:    "display_name",
		SubtitleColumn: "web_url",
		NoteColumn:     "root_web_template",
		DefaultSort:    "storage_used_in_bytes",
		DefaultDesc:    true,
	}
}

// siteCollection is the part of a site's id that the usage report has:
// "host,site collection,web".
func siteCollection(o entity.Object) string {
	id := o.Text("id")
	if parts := strings.Split(id, ","); len(parts) == 3 {
		return parts[1]
	}
	return id
}

// isSubsite reports whether a site is not the one that its collection is called
// by (learn.microsoft.com/graph/api/resources/site, root).
func isSubsite(o entity.Object) bool {
	root := o.At("root")
	return root == nil || string(root) == "null"
}

// siteName computes the name of a site: Microsoft's example answers have the
// property name alone.
func siteName(o entity.Object, _ time.Time) any {
	return firstText(o, "displayName", "name")
}

// firstText is the first of some properties that has a text; nil where none
// has, and odd where one that comes before it is no text.
func firstText(o entity.Object, properties ...string) any {
	for _, property := range properties {
		if v := o.Cell(entity.Text, property); v != nil && v != "" {
			return v
		}
	}
	return nil
}

// isPersonal reports whether a site is someone's OneDrive, which the report does
// not count among the sites.
func isPersonal(o entity.Object) bool {
	var personal bool
	if json.Unmarshal(o.At("isPersonalSite"), &personal) == nil && personal {
		return true
	}
	at, err := url.Parse(o.Text("webUrl"))
	return err == nil && strings.HasPrefix(at.Path, "/personal/")
}
