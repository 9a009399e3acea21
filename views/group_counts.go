package views

import "github.com/securatlas/securatlas/store"

// GroupMembers says how many members and owners a group has.
type GroupMembers struct {
	store.GroupCounts
	State StateView // of group_members
	// Permission shows members that are hidden.
	Permission              string
	MembersPath, OwnersPath string // their tables
}

// countOf is a count in digits; "" where it says nothing, since nothing was read.
func countOf(c store.RelationCount) string {
	switch {
	case c.Gap != "" && c.N == 0:
		return ""
	case c.More:
		return Num(c.N) + "+"
	default:
		return Num(c.N)
	}
}

// caveat says why a count is not the whole truth; "" where it is.
func (g GroupMembers) caveat(c store.RelationCount) string {
	switch c.Gap {
	case "":
		return ""
	case store.GapHidden:
		return g.known(c, "Not readable", "the membership is hidden, needs "+g.Permission)
	case store.GapUnread:
		if g.AsOf.IsZero() {
			return g.known(c, "Not known", "members were never read completely")
		}
		return g.known(c, "Not known yet", "the group is newer than the list of members")
	default:
		return g.known(c, "Not known", "Microsoft's answer for this group was an error")
	}
}

func (g GroupMembers) known(c store.RelationCount, nothing, why string) string {
	if c.N > 0 {
		return "known so far: " + why
	}
	return nothing + ": " + why
}

// nestedNote says what groups within add, and what is not known of them.
func (g GroupMembers) nestedNote() string {
	switch {
	case g.Groups == 0 && g.Members.Gap != "":
		return ""
	case g.Groups == 0:
		return "no group within"
	case g.Unread > 0:
		return "at least: the members of " + Num(g.Unread) + " of " + Count(g.Groups, "group within", "groups within") + " are not all known"
	default:
		return "through " + Count(g.Groups, "group within", "groups within") + ", each counted once"
	}
}
