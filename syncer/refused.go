package syncer

import (
	"context"
	"errors"
	"fmt"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// refusedLists is how many of Graph's lists in a row must refuse every token,
// after others took one, until that is no matter of these lists.
const refusedLists = 3

// judgeCredential notes what a run has shown of the credential that it read
// with, and reports whether the run has found it dead: the login service refused
// it in the middle, or Graph took no token of it. The integration then needs a
// person, whatever was read before.
func (s *Syncer) judgeCredential(ctx context.Context, run store.Run, generation int64) (dead bool, err error) {
	held, err := s.store.Credential(ctx, run.TenantID)
	switch {
	case isNotFound(err):
		return false, nil // disconnected meanwhile
	case err != nil:
		return false, fmt.Errorf("look at the credential: %w", err)
	case held.Generation != generation:
		return false, nil // replaced meanwhile: nothing is known of the new one
	}
	now, err := s.store.Run(ctx, run.ID)
	if err != nil {
		return false, fmt.Errorf("look at the run: %w", err)
	}
	problem, accepted := s.refusal(now.Parts)
	if problem != nil {
		return true, s.store.SetIntegrationProblem(ctx, run.TenantID, problem)
	}
	if !accepted {
		return false, nil
	}
	i, err := s.store.Integration(ctx, run.TenantID)
	if err == nil && refusedByAPI(i.Problem) {
		err = s.store.SetIntegrationProblem(ctx, run.TenantID, nil)
	}
	return false, err
}

// refusal finds in the parts of a run why its credential is dead, if it is, and
// whether Graph took a token of it.
func (s *Syncer) refusal(parts []store.RunPart) (problem *entity.Problem, accepted bool) {
	var first store.RunPart // that Graph refused
	refused := 0
	for _, p := range parts {
		if p.Problem == nil || p.Problem.Class != entity.ClassCredential {
			continue
		}
		graph := s.resourceOf(p) == entity.Graph
		switch {
		case microsoft.SignInRefused(p.Problem, graph):
			return p.Problem, false
		case graph && p.Pages == 0:
			if refused++; refused == 1 || p.EndedAt.Before(first.EndedAt) {
				first = p
			}
		}
	}
	late := false // Graph took a token when it had refused one already
	for _, p := range parts {
		if s.resourceOf(p) == entity.Graph && took(p) {
			accepted = true
			late = late || refused > 0 && p.StartedAt.After(first.EndedAt)
		}
	}
	if refused > 0 && (!accepted || refused >= refusedLists && !late) {
		return first.Problem, accepted
	}
	return nil, accepted
}

// took reports whether Microsoft took a token for a part: it sent a page, or
// refused it for another reason.
func took(p store.RunPart) bool {
	if p.Pages > 0 {
		return true
	}
	return p.Problem != nil && p.Problem.Status != 0 && p.Problem.Class != entity.ClassCredential
}

// resourceOf is the API that a part of a run is read from.
func (s *Syncer) resourceOf(p store.RunPart) entity.Resource {
	if def := s.cat.Def(p.Kind); def != nil {
		if part := def.Part(p.Part); part != nil {
			return part.Resource
		}
	}
	return ""
}

// refusedByAPI reports whether a problem of an integration is that an API takes
// no token, which the login service gives: a further token proves nothing then.
func refusedByAPI(p *entity.Problem) bool {
	return p != nil && p.Class == entity.ClassCredential && p.Status == 401 && !microsoft.SignInRefused(p, true)
}

// noteCredential is judgeCredential for the end of a run, which nothing keeps
// from its end.
func (s *Syncer) noteCredential(ctx context.Context, run store.Run, generation int64) (dead bool) {
	if generation == 0 {
		return false
	}
	dead, err := s.judgeCredential(ctx, run, generation)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.log.Error("what the run showed of the credential could not be noted", "tenant_id", run.TenantID, "run_id", run.ID, "error", err)
	}
	return dead
}
