package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// licenceKind is the entity that says which licences a directory has. It is the
// one entity that the store knows by name.
const licenceKind = "subscribed_skus"

// HasServicePlan reports whether the directory has one of the service plans,
// given by their ids: it is in a subscription that is Enabled or in Warning
// (Microsoft's grace period), and not itself Disabled. known is false while
// the subscriptions were never completely read: has then proves nothing.
func (s *Store) HasServicePlan(ctx context.Context, tenantID int64, ids []string) (has, known bool, err error) {
	d := s.catalogue.Def(licenceKind)
	if d == nil {
		return false, false, nil
	}
	state, err := s.EntityState(ctx, tenantID, licenceKind)
	if err != nil || state.AsOf.IsZero() {
		return false, false, err
	}
	rows, err := s.read.QueryContext(ctx, `
		SELECT service_plans
		FROM subscribed_skus
		WHERE tenant_id = ? AND removed_at IS NULL AND capability_status IN ('Enabled', 'Warning')`, tenantID)
	lists, err := collect(rows, err, func(r rowScanner) (list sql.NullString, err error) { return list, r.Scan(&list) })
	if err != nil {
		return false, false, fmt.Errorf("read service plans: %w", err)
	}
	for _, list := range lists {
		if list.Valid && hasPlan(list.String, ids) {
			return true, true, nil
		}
	}
	return false, true, nil
}

// hasPlan looks into a subscription's servicePlans. Of the documented statuses
// (Success, Disabled, Error and those that begin with Pending) only Disabled
// says that the plan is not there.
func hasPlan(list string, ids []string) bool {
	var plans []json.RawMessage
	if json.Unmarshal([]byte(list), &plans) != nil {
		return false
	}
	for _, raw := range plans {
		var p struct {
			ID     string `json:"servicePlanId"`
			Status string `json:"provisioningStatus"`
		}
		if json.Unmarshal(raw, &p) != nil || p.Status == "Disabled" {
			continue
		}
		if slices.ContainsFunc(ids, func(id string) bool { return strings.EqualFold(id, p.ID) }) {
			return true
		}
	}
	return false
}
