package simulator

import "fmt"

// Drift makes n plausible changes, as a few days in a real tenant would: the
// same seed on the same tenant makes the same ones. It returns what it did, a
// line for each change.
func (t *Tenant) Drift(seed int64, n int) []string {
	state := mix(uint64(seed))
	next := func(below int) int {
		state = mix(state)
		return int(state % uint64(max(below, 1)))
	}
	var log []string
	for range n {
		users, groups, policies, locations := t.UserIDs(), t.GroupIDs(), t.PolicyIDs(), t.NamedLocationIDs()
		if len(users) == 0 {
			log = append(log, "added "+t.hire(next))
			continue
		}
		user := users[next(len(users))]
		switch d := &departments[next(len(departments))]; next(15) {
		case 0, 1, 2:
			t.UpdateUser(user, map[string]any{"department": d.name, "jobTitle": d.titles[next(len(d.titles))]})
			log = append(log, "moved "+user+" to "+d.name)
		case 3:
			t.UpdateUser(user, map[string]any{"accountEnabled": false})
			log = append(log, "disabled "+user)
		case 4, 5:
			log = append(log, "added "+t.hire(next))
		case 6:
			// Nobody deletes the first accounts: demos refer to them.
			if position := next(len(users)); position >= len(specials) {
				t.RemoveUser(users[position])
				log = append(log, "removed "+users[position])
			}
		case 7:
			id := t.AddUser(map[string]any{
				"userType": "Guest", "creationType": "Invitation", "externalUserState": "PendingAcceptance",
				"externalUserStateChangeDateTime": instant(t.now()), "displayName": fmt.Sprintf("Guest %d", next(100000)),
				"userPrincipalName": fmt.Sprintf("guest%d_fabrikam.com#EXT#@%s", next(1<<30), initialDomain),
			})
			log = append(log, "invited "+id)
		case 8:
			if len(groups) > 0 && t.AddMember(groups[next(len(groups))], user) {
				log = append(log, "put "+user+" into a group")
			}
		case 9:
			id := t.AddGroup(map[string]any{"displayName": fmt.Sprintf("Project %s %d", projectNames[next(len(projectNames))], next(1000))})
			log = append(log, "added group "+id)
		case 10:
			if len(policies) > 0 {
				policy, state := policies[next(len(policies))], []string{"enabled", "disabled", "enabledForReportingButNotEnforced"}[next(3)]
				t.UpdatePolicy(policy, map[string]any{"state": state, "modifiedDateTime": t.now().UTC().Format(instantWithFraction)})
				log = append(log, "set policy "+policy+" to "+state)
			}
		case 11:
			if len(locations) > 0 {
				location := locations[next(len(locations))]
				t.UpdateNamedLocation(location, map[string]any{"modifiedDateTime": t.now().UTC().Format(instantWithFraction), "displayName": fmt.Sprintf("Office %d", next(1000))})
				log = append(log, "renamed location "+location)
			}
		case 12:
			if devices := t.ManagedDeviceIDs(); len(devices) > 0 {
				device := devices[next(len(devices))]
				t.UpdateManagedDevice(device, map[string]any{"complianceState": "noncompliant", "lastSyncDateTime": instant(t.now())})
				log = append(log, "found device "+device+" noncompliant")
			}
		case 13:
			alerts := t.SecurityAlertIDs()
			alert := alerts[next(len(alerts))]
			t.UpdateSecurityAlert(alert, map[string]any{"status": "resolved", "classification": "truePositive"})
			log = append(log, "resolved alert "+alert)
		case 14:
			machine := next(8)
			log = append(log, fmt.Sprintf("fixed %s and found %s on machine %d", t.FixVulnerability(machine), t.FindVulnerability(machine), machine))
		}
	}
	return log
}

// hire adds a new colleague.
func (t *Tenant) hire(next func(int) int) string {
	home, d := &locales[next(len(locales))], &departments[next(len(departments))]
	first, last := home.first[next(len(home.first))], home.last[next(len(home.last))]
	address := fmt.Sprintf("%s.%s%d@%s", plainLetters(first), plainLetters(last), next(1<<20), defaultDomain)
	return t.AddUser(map[string]any{
		"displayName": first + " " + last, "givenName": first, "surname": last, "userPrincipalName": address, "mail": address,
		"department": d.name, "jobTitle": d.titles[next(len(d.titles))], "country": home.country, "usageLocation": home.code,
		"proxyAddresses":   []string{"SMTP:" + address},
		"assignedLicenses": []any{map[string]any{"skuId": skuE3.id, "disabledPlans": []string{}}},
	})
}
