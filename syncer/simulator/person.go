package simulator

import (
	"fmt"
	"strings"
)

// personKind is what sort of account a user is.
type personKind int

const (
	member personKind = iota
	guest
	room
	service // an account that a program signs in with
	special // one of the first few, written by hand
)

// person is a user that follows from the seed. It is made afresh whenever it
// is looked at, and holds only what most of its properties need.
type person struct {
	t     *Tenant
	i     int
	kind  personKind
	home  *locale
	first string
	last  string
	cycle int // how often the names were used before
	over  map[string]any
}

// The facts about a user that are drawn independently of each other.
const (
	factKind = saltUser + iota
	factLocale
	factDepartment
	factTitle
	factEnabled
	factStale
	factLicence
	factExtraLicence
	factGroupLicence
	factSynced
	factCreated
	factPassword
	factSignIn
	factAttempt
	factBackground
	factPhone
	factOffice
	factPartner
	factInvitation
	factRequest
	factMfa
	factEmployee
	factDomain
)

func (p *person) draw(fact uint64) uint64 { return draw(p.t.seed, p.i, fact) }

// percent reports whether a fact that holds for n per cent holds here.
func (p *person) percent(fact uint64, n uint64) bool { return p.draw(fact)%100 < n }

// namesPerLocale is the number of pairs of names; after them come middle
// initials.
const namesPerLocale = 24 * 24

func (t *Tenant) person(i int) *person {
	p := &person{t: t, i: i}
	if i < len(specials) {
		p.kind, p.over = special, specials[i]
		if p.over["userType"] == "Guest" {
			p.kind = guest
		}
	} else {
		switch n := p.draw(factKind) % 1000; {
		case n < 80:
			p.kind = guest
		case n < 95:
			p.kind = room
		case n < 107:
			p.kind = service
		}
	}
	// Neighbours come from all countries, and within a country each pair of
	// names is used once before any is used again.
	p.home = &locales[i%len(locales)]
	k := i/len(locales) + int(draw(t.seed, i%len(locales), factLocale)%namesPerLocale)
	pair := k * 145 % namesPerLocale // 145 has no divisor in common with 576
	p.cycle = i / len(locales) / namesPerLocale
	p.first, p.last = p.home.first[pair/24], p.home.last[pair%24]
	return p
}

// address is the part of the user's address before the @.
func (p *person) address() string {
	switch p.kind {
	case room:
		return fmt.Sprintf("room-%s-%d", plainLetters(strings.ReplaceAll(p.home.city, " ", "")), p.i)
	case service:
		return fmt.Sprintf("svc-%s-%d", serviceNames[p.i%len(serviceNames)], p.i)
	}
	if a, ok := p.over["mailNickname"].(string); ok {
		return a
	}
	middle := ""
	switch {
	case p.cycle == 0:
	case p.cycle <= 26:
		middle = string(rune('a'+p.cycle-1)) + "."
	default:
		middle = fmt.Sprintf("%d.", p.cycle)
	}
	return plainLetters(p.first) + "." + middle + plainLetters(p.last)
}

var serviceNames = []string{"backup", "scanner", "crm", "monitoring", "payroll", "legacy-smtp"}

func (p *person) displayName() string {
	switch p.kind {
	case room:
		return fmt.Sprintf("Conf Room %s %d", p.home.city, p.i)
	case service:
		return fmt.Sprintf("Service %s %d", serviceNames[p.i%len(serviceNames)], p.i)
	}
	if p.cycle > 0 && p.cycle <= 26 {
		return p.first + " " + string(rune('A'+p.cycle-1)) + ". " + p.last
	}
	return p.first + " " + p.last
}

// isStaff reports whether the account is that of someone who works in a
// department.
func (p *person) isStaff(department string) bool {
	return p.kind == member && p.enabled() && p.department().name == department
}

// partner is where a guest comes from.
func (p *person) partner() int { return int(p.draw(factPartner) % uint64(len(partnerDomains))) }

func (p *person) domain() string {
	switch {
	case p.kind == special && p.over["mail"] == nil, p.kind == service && !p.synced():
		return initialDomain
	case p.home.code == "GB" && p.percent(factDomain, 60):
		return "contoso.co.uk"
	}
	return defaultDomain
}

func (p *person) userPrincipalName() string {
	if p.kind == guest {
		return p.address() + "_" + partnerDomains[p.partner()] + "#EXT#@" + initialDomain
	}
	return p.address() + "@" + p.domain()
}

func (p *person) mail() any {
	switch p.kind {
	case guest:
		return p.address() + "@" + partnerDomains[p.partner()]
	case service:
		return nil
	case special:
		if p.over["mail"] == nil {
			return nil
		}
	}
	return p.address() + "@" + p.domain()
}

// enabled: rooms have no sign-in, and six in a hundred left.
func (p *person) enabled() bool { return p.kind != room && !p.percent(factEnabled, 6) }

func (p *person) synced() bool {
	return (p.kind == member || p.kind == service) && p.percent(factSynced, 65)
}

func (p *person) department() *department {
	n := int(p.draw(factDepartment) % 100)
	for i := range departments {
		if n -= departments[i].share; n < 0 {
			return &departments[i]
		}
	}
	return &departments[0]
}

func (p *person) title() string {
	titles := p.department().titles
	return titles[p.draw(factTitle)%uint64(len(titles))]
}

// skus are the licences that the user has.
func (p *person) skus() []*sku {
	if p.over != nil {
		if p.over["licensed"] == true {
			return []*sku{skuE5}
		}
		return nil
	}
	if p.kind != member || !p.enabled() && p.percent(factGroupLicence, 50) {
		return nil
	}
	var out []*sku
	switch n := p.draw(factLicence) % 100; {
	case p.department().name == "Retail":
		out = append(out, skuF3)
	case n < 35:
		out = append(out, skuE5)
	case n < 90:
		out = append(out, skuE3)
		if p.percent(factExtraLicence, 8) {
			out = append(out, skuP2)
		}
	}
	if p.draw(factExtraLicence)>>32%100 < 3 {
		out = append(out, skuVisio)
	}
	if p.draw(factExtraLicence)>>40%100 < 12 {
		out = append(out, skuFlow)
	}
	return out
}
