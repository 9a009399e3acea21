package views

import "github.com/securatlas/securatlas/syncer/entity"

// ErrorModel is an error as people read it.
type ErrorModel struct {
	Status    int
	Title     string
	Text      string          // full sentences
	Reference string          // the request's id, as the log has it
	Problem   *entity.Problem // what Microsoft said, or nil
}

// withoutCure is a problem for places that have told its cure already.
func withoutCure(p *entity.Problem) *entity.Problem {
	q := *p
	q.Cure = ""
	return &q
}
