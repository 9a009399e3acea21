package simulator

import "strings"

// heldRole is an activated directory role with the users who hold it, by
// position.
type heldRole struct {
	template, name, description string
	holders                     []int
}

var heldRoles = []heldRole{
	{roleGlobalAdministrator, "Global Administrator", "Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities.", []int{0, 1, 2}},
	{roleUserAdministrator, "User Administrator", "Can manage all aspects of users and groups, including resetting passwords for limited admins.", []int{6}},
	{roleSecurityAdministrator, "Security Administrator", "Can read security information and reports, and manage configuration in Microsoft Entra ID and Office 365.", []int{7}},
	{"88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers", "Can read basic directory information. Commonly used to grant directory read access to applications and guests.", nil},
}

func (t *Tenant) directoryRole(i int) object {
	r := heldRoles[i]
	return bag{"id": t.guid(i, saltRoleID), "deletedDateTime": nil, "description": r.description, "displayName": r.name, "roleTemplateId": r.template}
}

// findRole finds a directory role by its id or its template's; -1 is none.
func (t *Tenant) findRole(id string) int {
	for i, r := range heldRoles {
		if strings.EqualFold(t.guid(i, saltRoleID), id) || strings.EqualFold(r.template, id) {
			return i
		}
	}
	return -1
}

// listDirectoryRoles comes at once: these lists do not page.
func listDirectoryRoles(x *exchange) (*answer, error) {
	return x.answerList(listing{typ: directoryRoleType, set: "directoryRoles", refuses: []string{"$top", "$orderby", "$skip"},
		size: func() int { return len(heldRoles) }, at: x.tenant().directoryRole})
}

func getDirectoryRole(x *exchange) (*answer, error) {
	return x.single(directoryRoleType, "directoryRoles", func() object {
		if i := x.tenant().findRole(x.ids[0]); i >= 0 {
			return x.tenant().directoryRole(i)
		}
		return nil
	})
}

func listDirectoryRoleMembers(x *exchange) (*answer, error) {
	i := x.tenant().findRole(x.ids[0])
	if i < 0 {
		return nil, errNotFound(x.ids[0])
	}
	var refs []reference
	for _, position := range heldRoles[i].holders {
		refs = append(refs, reference{position: position})
	}
	l, err := x.membersOf(refs, func(reference) bool { return false }, "")
	if err != nil {
		return nil, err
	}
	l.plainly, l.most = 0, 0
	return x.answerList(l)
}
