package syncer

import (
	"context"
	"errors"
	"fmt"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// Check proves a tenant's credentials with new tokens for every resource and
// stores what they grant. A new credential is made for it, since a cached
// token keeps the permissions of the hour it was issued in. The error is an
// *entity.Problem when Graph gives no token.
func (s *Syncer) Check(ctx context.Context, tenantID int64) (entity.PermissionCheck, error) {
	_, check, err := s.prove(ctx, tenantID)
	return check, err
}

func (s *Syncer) check(ctx context.Context, client *microsoft.Client, i store.Integration) (entity.PermissionCheck, error) {
	cloud, err := s.config.Cloud(i.Cloud)
	if err != nil {
		return entity.PermissionCheck{}, fmt.Errorf("cloud %q: %w", i.Cloud, err)
	}
	var grants []entity.Grants
	var graphErr error
	for _, r := range cloud.Resources() {
		token, err := client.FreshToken(ctx, r)
		if ctx.Err() != nil {
			return entity.PermissionCheck{}, ctx.Err()
		}
		if r == entity.Graph && err != nil {
			graphErr = err
		}
		grants = append(grants, s.grants(r, token, err))
		if graphErr != nil {
			break // the same credential: the others would say the same
		}
	}
	if err := s.recordGrants(ctx, i.TenantID, grants); err != nil {
		return entity.PermissionCheck{}, err
	}
	if graphErr != nil {
		return entity.PermissionCheck{}, graphErr
	}
	stored, err := s.store.Grants(ctx, i.TenantID)
	if err != nil {
		return entity.PermissionCheck{}, err
	}
	return s.cat.Check(stored), nil
}

// codeOpaque is the code of a token that came, but does not show its
// permissions.
const codeOpaque = "opaque_token"

func (s *Syncer) grants(r entity.Resource, token microsoft.Token, err error) entity.Grants {
	g := entity.Grants{Resource: r, Roles: token.Roles, CheckedAt: s.clock.Now().UTC()}
	switch {
	case err != nil:
		g.Problem = problemOf(err)
		// A directory gets the Management APIs with the first permission that
		// it grants on them: without them none is granted, which is no problem.
		if r == entity.Management && g.Problem.Class == entity.ClassPermission {
			g.Problem = nil
		}
	case !token.Readable:
		g.Problem = &entity.Problem{
			Class:   entity.ClassData,
			Code:    codeOpaque,
			Message: "The access token does not say which permissions are granted.",
			Cure:    "Nothing to do: each table says what it lacks.",
		}
	}
	return g
}

// recordGrants stores grants and what follows from them for the integration:
// a credential that Microsoft refuses, or an app without any permission, needs
// a person. A passing fault of the login service or of the network says nothing
// about either, so that what an earlier answer said of them stays.
func (s *Syncer) recordGrants(ctx context.Context, tenantID int64, grants []entity.Grants) error {
	for _, g := range grants {
		if g.Problem != nil && g.Problem.Class == entity.ClassNetwork {
			continue // nothing was learnt
		}
		gained, lost, err := s.store.SaveGrants(ctx, tenantID, g)
		if err != nil {
			return err
		}
		if len(gained)+len(lost) > 0 {
			s.log.Info("permissions changed", "tenant_id", tenantID, "resource", g.Resource, "gained", gained, "lost", lost)
		}
		if g.Resource != entity.Graph {
			continue
		}
		i, err := s.store.Integration(ctx, tenantID)
		if err != nil {
			return err
		}
		problem := g.Problem
		switch {
		case problem == nil && len(g.Roles) == 0:
			problem = noConsent(s.Links(i.Cloud, i.DirectoryID, i.ClientID))
		case problem != nil && problem.Code == codeOpaque:
			problem = nil // a token came
			if refusedByAPI(i.Problem) {
				continue
			}
		case problem == nil && refusedByAPI(i.Problem):
			continue // the token was never what was refused
		case problem != nil && !needsPerson(problem):
			continue
		}
		if err := s.store.SetIntegrationProblem(ctx, tenantID, problem); err != nil {
			return err
		}
	}
	return nil
}

// needsPerson reports whether only a person can mend a problem of the
// connection itself.
func needsPerson(p *entity.Problem) bool {
	return p.Class == entity.ClassCredential || p.Class == entity.ClassConsent
}

// RefreshTokens proves the credentials of every connected integration: the
// job securatlas_token_refresh. One tenant's failure does not stop the others.
func (s *Syncer) RefreshTokens(ctx context.Context) error {
	integrations, err := s.store.Integrations(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, i := range integrations {
		_, err := s.Check(ctx, i.TenantID)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var p *entity.Problem
		switch {
		case errors.As(err, &p):
			s.log.Warn("token refresh failed", "tenant_id", i.TenantID, "class", p.Class, "code", p.Code, "request_id", p.RequestID)
		case err != nil:
			s.log.Error("token refresh failed", "tenant_id", i.TenantID, "error", err)
			failures = append(failures, fmt.Errorf("token refresh of tenant %d: %w", i.TenantID, err))
		}
	}
	return errors.Join(failures...)
}
