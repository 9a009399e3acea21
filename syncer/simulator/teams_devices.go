package simulator

import (
	"fmt"
	"net/http"
	"time"
)

const teamsDevices = "teamwork/devices"

// teamsDeviceCount is how many phones and meeting rooms have Teams.
const teamsDeviceCount = 57

var teamsDeviceType = newType("teamworkDevice", "TeamworkDevice", false, all(
	prop("id", kindText, ""), prop("deviceType", kindText, "eq"), prop("hardwareDetail", kindComplex, "").of(prop("uniqueId", kindText, "eq")),
	prop("notes", kindText, ""), prop("companyAssetTag", kindText, ""), prop("healthStatus", kindText, ""), prop("activityState", kindText, ""),
	prop("createdDateTime", kindInstant, ""), prop("createdBy", kindComplex, ""), prop("lastModifiedDateTime", kindInstant, ""),
	prop("lastModifiedBy", kindComplex, ""), prop("currentUser", kindComplex, "").of(prop("id", kindText, "eq")))...)

var teamsHardware = []struct{ kind, maker, model string }{
	{"ipPhone", "yealink", "MP56"}, {"teamsRoom", "lenovo", "ThinkSmart Hub"}, {"collaborationBar", "yealink", "vc210"},
	{"teamsPanel", "crestron", "TSS-770"}, {"surfaceHub", "microsoft", "Surface Hub 2S"},
}

func (t *Tenant) teamsDevice(i int) object {
	n := func(fact uint64) uint64 { return draw(t.seed, i, saltWeb+64+fact) }
	h := teamsHardware[n(1)%uint64(len(teamsHardware))]
	user := t.colleague(n(2))
	created := t.today.Add(-time.Duration(n(3)%(900*86400)) * time.Second)
	return bag{
		"id": t.guid(i, saltWeb+64), "deviceType": h.kind, "notes": nil, "companyAssetTag": fmt.Sprintf("Tag%d", i+1),
		"hardwareDetail": row{{"serialNumber", fmt.Sprintf("%010d", n(4)%1e10)}, {"uniqueId", t.guid(i, saltWeb+69)}, {"macAddresses", []string{}},
			{"manufacturer", h.maker}, {"model", h.model}},
		"healthStatus":    []string{"healthy", "healthy", "healthy", "nonUrgent", "critical", "offline"}[n(5)%6],
		"activityState":   []string{"idle", "busy", "unavailable"}[n(6)%3],
		"createdDateTime": instant(created), "lastModifiedDateTime": instant(created), "createdBy": nil, "lastModifiedBy": nil,
		"currentUser": row{{"id", t.userID(user.i)}, {"displayName", user.name()}, {"userIdentityType", "aadUser"}},
	}
}

// listTeamsDevices answers for an API that Microsoft said it would support
// until November 2025. What it answers now no document says.
func listTeamsDevices(x *exchange) (*answer, error) {
	if t := x.tenant(); !read(t, func() bool { return t.teamsDevices }) {
		return nil, newGraphError(http.StatusGone, "Gone", "The device management APIs under teamwork are no longer supported.")
	}
	if roles := []string{"TeamworkDevice.Read.All", "TeamworkDevice.ReadWrite.All"}; !x.hasRole(roles...) {
		return nil, errMissingRoles(x.call, roles)
	}
	if err := x.checkTop(50); err != nil {
		return nil, err
	}
	return x.answerList(listing{typ: teamsDeviceType, set: teamsDevices, size: func() int { return teamsDeviceCount }, at: x.tenant().teamsDevice,
		plainly: 20, most: 50, relative: true, refuses: []string{"$search", "$expand", "$skip"}})
}

func teamsDeviceRoutes() []route {
	return []route{{pattern: teamsDevices, method: http.MethodGet, limit: teamsLimit, beta: true, handle: listTeamsDevices}}
}

// AnswerTeamsDevices brings the list of Teams devices in beta back, which
// Microsoft retired and the simulation answers with 410 at first.
func (t *Tenant) AnswerTeamsDevices(answered bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.teamsDevices = answered
}
