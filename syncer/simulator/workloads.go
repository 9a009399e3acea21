package simulator

import (
	"net/http"
	"strings"
)

// workload is a part of Microsoft 365 that hangs on users and groups in Graph
// but has nothing in the simulated tenant. Permissions come first, as they do
// at Microsoft: an app without them does not learn that there is nothing.
type workload struct {
	roles  []string // any of them opens it; none: permissions are not asked for
	denied func(c *call, roles []string) *graphError
	absent func(c *call, id string) *graphError // what an app with permission is told
}

// The texts are those of the live services: calls of a tenant without the
// permissions that a user published, and Microsoft's questions and answers.
func errAccessDenied(code, message string) func(*call, []string) *graphError {
	return func(*call, []string) *graphError { return newGraphError(http.StatusForbidden, code, "%s", message) }
}

func errMissingRoles(c *call, roles []string) *graphError {
	return newGraphError(http.StatusForbidden, "Forbidden", "Missing role permissions on the request. API requires one of '%s'. Roles on the request '%s'.",
		strings.Join(roles, ", "), strings.Join(c.claims.Roles, ", "))
}

func errNoMailbox(*call, string) *graphError {
	return newGraphError(http.StatusNotFound, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
}

func errNoPhoto(*call, string) *graphError {
	return newGraphError(http.StatusNotFound, "ImageNotFound", "Exception of type 'Microsoft.People.Image.Common.Exceptions.ImageNotFoundException' was thrown.")
}

func errNoDrive(*call, string) *graphError {
	return newGraphError(http.StatusNotFound, "ResourceNotFound", "User's mysite not found.")
}

func errNoTeam(_ *call, group string) *graphError {
	return newGraphError(http.StatusNotFound, "NotFound", "No team found with Group Id %s", group)
}

func errNotSimulated(*call, string) *graphError { return errNotImplemented() }

func errMethodsDenied() *graphError {
	return newGraphError(http.StatusForbidden, "accessDenied", "Request Authorization failed")
}

var exchangeDenied = errAccessDenied("ErrorAccessDenied", "Access is denied. Check credentials and try again.")

func exchangeWorkload(roles ...string) workload { return workload{roles, exchangeDenied, errNoMailbox} }

func teamsWorkload(absent func(*call, string) *graphError, roles ...string) workload {
	return workload{roles, errMissingRoles, absent}
}

var (
	mail       = exchangeWorkload("Mail.Read", "Mail.ReadBasic", "Mail.ReadBasic.All", "Mail.ReadWrite")
	calendar   = exchangeWorkload("Calendars.Read", "Calendars.ReadBasic.All", "Calendars.ReadWrite")
	contacts   = exchangeWorkload("Contacts.Read", "Contacts.ReadWrite")
	settings   = exchangeWorkload("MailboxSettings.Read", "MailboxSettings.ReadWrite")
	people     = exchangeWorkload("People.Read.All")
	todo       = workload{[]string{"Tasks.Read.All", "Tasks.ReadWrite.All"}, errAccessDenied("UnknownError", ""), errNoMailbox}
	photos     = workload{[]string{"ProfilePhoto.Read.All", "User.Read.All", "User.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"}, exchangeDenied, errNoPhoto}
	drives     = workload{[]string{"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}, errAccessDenied("accessDenied", "Access denied"), errNoDrive}
	sites      = workload{[]string{"Sites.Read.All", "Sites.ReadWrite.All"}, errAccessDenied("accessDenied", "Access denied"), errNotSimulated}
	planner    = workload{[]string{"Tasks.Read.All", "Tasks.ReadWrite.All"}, errAccessDenied("", "You do not have the required permissions to access this item."), errNotSimulated}
	chats      = teamsWorkload(errNotSimulated, "Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All")
	joined     = teamsWorkload(errNotSimulated, "Team.ReadBasic.All", "TeamSettings.Read.All", "TeamSettings.ReadWrite.All")
	team       = teamsWorkload(errNoTeam, "TeamSettings.Read.Group", "Team.ReadBasic.All", "TeamSettings.Read.All", "TeamSettings.ReadWrite.All")
	meetings   = workload{[]string{"OnlineMeetings.Read.All", "OnlineMeetings.ReadWrite.All"}, errAccessDenied("Forbidden", "Insufficient permissions"), errNotSimulated}
	presence   = workload{[]string{"Presence.Read.All", "Presence.ReadWrite.All"}, errAccessDenied("Forbidden", ""), errNotSimulated}
	methods    = workload{[]string{"UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"}, always(errMethodsDenied), errNotSimulated}
	intune     = workload{absent: errIntuneNotSimulated}
	unmodelled = workload{absent: errNotSimulated}
)

// workloads are the navigation properties of users and groups that lead to
// them, in lower case.
var workloads = map[string]map[string]workload{
	"users": {
		"messages": mail, "mailfolders": mail, "inferenceclassification": mail, "calendar": calendar, "calendars": calendar,
		"calendargroups": calendar, "calendarview": calendar, "events": calendar, "contacts": contacts, "contactfolders": contacts,
		"mailboxsettings": settings, "outlook": settings, "people": people, "insights": people, "todo": todo, "photo": photos, "photos": photos,
		"drive": drives, "drives": drives, "followedsites": sites, "planner": planner, "chats": chats, "joinedteams": joined, "teamwork": joined,
		"onlinemeetings": meetings, "presence": presence, "managedappregistrations": intune,
		"devicemanagementtroubleshootingevents": intune, "authentication/methods": methods, "authentication/phonemethods": methods,
		"authentication/emailmethods": methods, "authentication/fido2methods": methods, "authentication/passwordmethods": methods,
		"authentication/microsoftauthenticatormethods": methods, "authentication/softwareoathmethods": methods,
		"authentication/temporaryaccesspassmethods": methods, "authentication/windowshelloforbusinessmethods": methods,
		"authentication/platformcredentialmethods": methods, "authentication/externalauthenticationmethods": methods,
		"onenote": unmodelled, "activities": unmodelled, "settings": unmodelled, "extensions": unmodelled, "sponsors": unmodelled,
		"agreementacceptances": unmodelled, "ownedobjects": unmodelled, "employeeexperience": unmodelled, "cloudpcs": unmodelled,
		"print": unmodelled, "cloudclipboard": unmodelled, "serviceprovisioningerrors": unmodelled, "onpremisessyncbehavior": unmodelled,
	},
	"groups": {
		"calendar": calendar, "calendarview": calendar, "events": calendar, "threads": exchangeWorkload("Group.Read.All", "Group.ReadWrite.All"),
		"conversations": exchangeWorkload("Group.Read.All", "Group.ReadWrite.All"), "photo": photos, "photos": photos, "drive": drives, "drives": drives,
		"sites": sites, "team": team, "planner": planner, "onenote": unmodelled, "settings": unmodelled, "extensions": unmodelled,
		"acceptedsenders": unmodelled, "rejectedsenders": unmodelled, "grouplifecyclepolicies": unmodelled, "permissiongrants": unmodelled,
		"createdonbehalfof": unmodelled, "memberswithlicenseerrors": unmodelled, "serviceprovisioningerrors": unmodelled,
	},
}

// unservedWorkload answers for a path that leads from a user or group into a
// service; nil where there is none.
func (c *call) unservedWorkload() *graphError {
	if len(c.segments) < 3 {
		return nil
	}
	of := workloads[strings.ToLower(c.segments[0].name)]
	name := strings.ToLower(c.segments[2].name)
	s, found := of[name]
	if !found && len(c.segments) > 3 {
		s, found = of[name+"/"+strings.ToLower(c.segments[3].name)]
	}
	if !found {
		return nil
	}
	return s.judge(c, c.segments[1].name)
}

// judge says what is in the way: a permission, or that nothing is there.
func (s workload) judge(c *call, id string) *graphError {
	if len(s.roles) > 0 && !c.hasRole(s.roles...) {
		return s.denied(c, s.roles)
	}
	return s.absent(c, id)
}
