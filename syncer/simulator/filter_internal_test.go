package simulator

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// Whatever a client sends, a filter either works or is a 400 of Graph.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"department eq 'IT'", "not(a eq 1) and b ne null or c in ('x',2)", "assignedLicenses/any(x:x/skuId eq 05e9a617-0261-4cee-bb44-138d3ef5d965)",
		"startswith(displayName,'a''b')", "((((", "'", "a/b/c/$count eq -1", "createdDateTime ge 2020-01-01T00:00:00Z", "x/any()", "proxyAddresses/any(p:p/q eq 1)",
		"signInActivity/lastSignInDateTime le 9999-99-99T99:99:99Z", "\x00\xff", "in in in", "any(any:any eq any)", "proxyAddresses/any(p:proxyAddresses/any(q:q eq p))", "a eq 1.2.3", "+ eq -",
		"assignedLicenses/$count eq 99999999999999999999", "2020-01-01T eq 1", "onPremisesExtensionAttributes/extensionAttribute1 eq 'x'",
	} {
		f.Add(seed)
	}
	tenant := newTenant(1, 30, 0, 8, time.Now)
	f.Fuzz(func(t *testing.T, filter string) {
		for _, typ := range []*entityType{userType, groupType, conditionalAccessPolicyType, registrationType, roleAssignmentType} {
			for _, m := range []mode{{}, {eventual: true}, {eventual: true, count: true}} {
				e, _, err := parseFilter(filter, typ, m)
				if err != nil {
					var graph *graphError
					if !errors.As(err, &graph) || graph.status != http.StatusBadRequest {
						t.Fatalf("%q: %v", filter, err)
					}
					continue
				}
				for i := range 30 {
					e.eval(scope{object: tenant.users.at(i)})
				}
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{`"displayName:a"`, `("a:b" OR "c:d") AND "e`, `""`, `"displayName:"`, `AND`, `((`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, search string) {
		match, err := parseSearch(search, userType, true)
		if err == nil {
			match(bag{"displayName": "x"})
			return
		}
		var graph *graphError
		if !errors.As(err, &graph) || graph.status != http.StatusBadRequest {
			t.Fatalf("%q: %v", search, err)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"$top=1&$select=a", "$filter=%zz", "&&=&", "$top=99999999999999999999", "a;b", "%24top=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := parseQuery(raw); err != nil {
			var graph *graphError
			if !errors.As(err, &graph) || graph.status != http.StatusBadRequest {
				t.Fatalf("%q: %v", raw, err)
			}
		}
	})
}
