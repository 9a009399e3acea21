package simulator

import (
	"fmt"
	"time"
)

// dlpContent has a permission of its own.
const dlpContent = "DLP.All"

// contentTypes are those of the Management Activity API, in the order in which
// subscriptions are listed.
var contentTypes = []string{"Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", dlpContent}

// feedKind is what is in the blobs of a type of content.
type feedKind struct {
	tag        string // in the ids of blobs
	operations []feedOperation
}

// feedOperation is a kind of event. Types of records are those of Microsoft's
// schema (learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema).
type feedOperation struct {
	name, workload string
	recordType     int
	result         string
	object         func(t *Tenant, p *person, n uint64) string
}

var feedKinds = map[string]feedKind{
	"Audit.AzureActiveDirectory": {"aad", []feedOperation{
		{"UserLoggedIn", "AzureActiveDirectory", 15, "Success", func(*Tenant, *person, uint64) string { return graphAppID }},
		{"UserLoginFailed", "AzureActiveDirectory", 15, "Failed", func(*Tenant, *person, uint64) string { return appExchangeOnline }},
		{"Add member to group.", "AzureActiveDirectory", 8, "Success", personObject},
		{"Update user.", "AzureActiveDirectory", 8, "Success", personObject},
	}},
	"Audit.Exchange": {"exo", []feedOperation{
		{"MailItemsAccessed", "Exchange", 50, "Succeeded", mailboxObject},
		{"Send", "Exchange", 2, "Succeeded", mailboxObject},
		{"New-InboxRule", "Exchange", 1, "True", func(_ *Tenant, p *person, _ uint64) string {
			return "EURPR01A001.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/" + initialDomain + "/" + p.name() + `\Move`
		}},
		{"Set-Mailbox", "Exchange", 1, "True", mailboxObject},
	}},
	"Audit.SharePoint": {"spo", []feedOperation{
		{"FileAccessed", "SharePoint", 6, "", fileObject}, {"FileDownloaded", "SharePoint", 6, "", fileObject},
		{"FileModified", "OneDrive", 6, "", fileObject}, {"AnonymousLinkCreated", "SharePoint", 14, "", fileObject},
	}},
	"Audit.General": {"gen", []feedOperation{
		{"TeamsSessionStarted", "MicrosoftTeams", 25, "", func(*Tenant, *person, uint64) string { return "Windows (x64) (1.7.00.1864)" }},
		{"MemberAdded", "MicrosoftTeams", 25, "", groupObject}, {"ChannelAdded", "MicrosoftTeams", 25, "", groupObject},
	}},
	dlpContent: {"dlp", nil},
}

func personObject(_ *Tenant, p *person, _ uint64) string { return p.userPrincipalName() }

func mailboxObject(t *Tenant, p *person, _ uint64) string { return t.userID(p.i) }

func groupObject(t *Tenant, _ *person, n uint64) string {
	return text(t.groups.even(int(n%uint64(max(t.groups.made, 1)))), "displayName")
}

func fileObject(_ *Tenant, p *person, n uint64) string {
	return fmt.Sprintf("https://contoso.sharepoint.com/sites/%s/Shared Documents/Report %d.docx", plainLetters(p.department().name), n%90)
}

// feedEvents is how many events a blob has at most.
const feedEvents = 4

// feedUsers is from how many users on there is something in nearly every blob of
// the day; of a smaller tenant more are empty.
const feedUsers = 400

// blobEvents are the events of a blob; at night there are none in most.
func (t *Tenant) blobEvents(b blob) []row {
	out := []row{}
	operations := feedKinds[b.contentType].operations
	n := b.draw(t, 4)
	count := int(n % (feedEvents + 1))
	if hour := b.begins().Hour(); (hour < 6 || hour >= 20) && n>>8%6 != 0 {
		count = 0
	}
	if len(operations) == 0 || n>>16%feedUsers >= uint64(t.users.made) {
		count = 0
	}
	for k := range count {
		fact := func(i uint64) uint64 { return b.draw(t, 100+uint64(k)*16+i) }
		o := operations[fact(0)%uint64(len(operations))]
		p := t.colleague(fact(1))
		at := b.begins().Add(time.Duration(fact(2)%uint64(feedBlob/time.Second)) * time.Second)
		event := row{
			{"CreationTime", at.Format("2006-01-02T15:04:05")}, // without a zone: it is UTC
			{"Id", guidOf(fact(3), fact(4))}, {"Operation", o.name}, {"OrganizationId", t.id}, {"RecordType", o.recordType},
		}
		if o.result != "" {
			event = append(event, field{"ResultStatus", o.result})
		}
		out = append(out, append(event, row{
			{"UserKey", p.userPrincipalName()}, {"UserType", 0}, {"Version", 1}, {"Workload", o.workload}, {"ClientIP", p.address4(fact(5))},
			{"ObjectId", o.object(t, p, fact(6))}, {"UserId", p.userPrincipalName()},
		}...))
	}
	return out
}
