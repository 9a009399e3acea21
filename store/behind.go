package store

import (
	"slices"

	"github.com/securatlas/securatlas/syncer/entity"
)

// OlderParts are the further parts that are complete, but older than the last
// attempt at the list: a refresh leaves alone what is slow to read and was read
// lately.
func (e EntityState) OlderParts() (older []PartState) {
	if len(e.Def.From) > 1 || len(e.Parts) < 2 {
		return nil
	}
	for _, p := range e.Parts[1:] {
		if p.State == entity.Complete && !p.AsOf.IsZero() && p.AsOf.Before(e.AttemptedAt) {
			older = append(older, p)
		}
	}
	return older
}

// Behind are the columns that are not as the state says: those not completely
// read, and complete ones that are older than the list. An export carries them,
// since an empty cell would otherwise read as Microsoft's answer.
func (e EntityState) Behind() []ColumnGap {
	behind := slices.Clone(e.Columns)
	for _, p := range e.OlderParts() {
		for _, c := range e.Def.PartColumns(p.Part) {
			if slices.ContainsFunc(e.Columns, func(g ColumnGap) bool { return g.Column == c.Name }) {
				continue // it lacks rows as well, and says so
			}
			behind = append(behind, ColumnGap{Column: c.Name, State: p.State, Needs: p.Needs, AsOf: p.AsOf})
		}
	}
	return behind
}
