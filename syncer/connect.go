package syncer

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

var (
	guid   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	domain = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}$`)
)

// ConnectOptions says what follows a good test.
type ConnectOptions struct {
	NoSync  bool
	Trigger store.Trigger // of the first sync; "" is connect
}

// Connect tests a connection and, when the test is good, stores it and starts
// a full sync, after the end of a lesser one that is on. Of a tenant that is connected to the same directory it replaces
// the credential. A test that fails is a report with OK false and a nil error,
// and stores nothing; the error is store's (a directory that another tenant
// has) or an InputError that names the field.
func (s *Syncer) Connect(ctx context.Context, by store.Actor, tenantID int64, c entity.Connection) (entity.ConnectReport, error) {
	return s.ConnectWith(ctx, by, tenantID, c, ConnectOptions{})
}

// ConnectWith is Connect with options.
func (s *Syncer) ConnectWith(ctx context.Context, by store.Actor, tenantID int64, c entity.Connection, o ConnectOptions) (entity.ConnectReport, error) {
	c, err := s.checkConnection(c)
	if err != nil {
		return entity.ConnectReport{}, err
	}
	report, grants, err := s.test(ctx, c)
	if err != nil || !report.OK {
		return report, err
	}
	err = s.store.SaveIntegration(ctx, by, store.Integration{
		TenantID:      tenantID,
		Cloud:         c.Cloud,
		DirectoryID:   report.DirectoryID,
		DirectoryName: report.DirectoryName,
		DefaultDomain: report.DefaultDomain,
		ClientID:      strings.ToLower(c.ClientID),
		ConnectedBy:   by.Name,
	}, c.Secret)
	if err != nil {
		return report, err
	}
	if err := s.recordGrants(ctx, tenantID, grants); err != nil {
		return report, err
	}
	i, err := s.store.Integration(ctx, tenantID)
	if err != nil {
		return report, err
	}
	report.Replaced = !i.ReplacedAt.IsZero()
	if o.NoSync {
		return report, nil
	}
	if o.Trigger == "" {
		o.Trigger = store.TriggerConnect
	}
	full := store.NewRun{TenantID: tenantID, Trigger: o.Trigger, By: by.Name, Full: true}
	run, joined, err := s.Start(ctx, full)
	if err != nil {
		return report, fmt.Errorf("connected, but the first sync did not start: %w", err)
	}
	if joined && !covers(s.cat, run, full.Kinds, full.Full) {
		s.startLater(full)
	}
	report.RunID, report.Joined = run.ID, joined
	return report, nil
}

// startLater starts a run when the lesser one that is on has ended. Whoever
// asked for it is not kept waiting.
func (s *Syncer) startLater(r store.NewRun) {
	s.running.Go(func() {
		_, _, err := s.StartCovering(s.ctx, r, nil)
		var p *entity.Problem
		if err != nil && !errors.As(err, &p) && s.ctx.Err() == nil {
			s.log.Error("sync did not start", "tenant_id", r.TenantID, "error", err)
		}
	})
}

// checkConnection trims what was entered and checks its shape.
func (s *Syncer) checkConnection(c entity.Connection) (entity.Connection, error) {
	c.Cloud = strings.TrimSpace(c.Cloud)
	if c.Cloud == "" {
		c.Cloud = microsoft.Global
	}
	c.DirectoryID = strings.TrimSpace(c.DirectoryID)
	c.ClientID = strings.TrimSpace(c.ClientID)
	c.Secret = strings.TrimSpace(c.Secret)
	if _, err := s.config.Cloud(c.Cloud); err != nil {
		return c, store.InputError{Field: "cloud", Message: err.Error()}
	}
	if !guid.MatchString(c.DirectoryID) && !domain.MatchString(c.DirectoryID) {
		return c, store.InputError{Field: "directory_id", Message: "The directory (tenant) ID is neither a GUID nor a domain. Copy “Directory (tenant) ID” from the app registration's Overview page."}
	}
	if !guid.MatchString(c.ClientID) {
		return c, store.InputError{Field: "client_id", Message: "The application (client) ID is not a GUID. Copy “Application (client) ID” from the app registration's Overview page."}
	}
	if c.Secret == "" {
		return c, store.InputError{Field: "client_secret", Message: "The client secret is missing. Copy the Value of the secret, not its Secret ID."}
	}
	return c, nil
}

// test tries a connection line by line. It stores nothing.
func (s *Syncer) test(ctx context.Context, c entity.Connection) (entity.ConnectReport, []entity.Grants, error) {
	cloud, err := s.config.Cloud(c.Cloud)
	if err != nil {
		return entity.ConnectReport{}, nil, store.InputError{Field: "cloud", Message: err.Error()}
	}
	t := &connectionTest{}
	directory, err := microsoft.ResolveDirectory(ctx, cloud, s.config.Transport, c.DirectoryID)
	if t.failed("Directory", err) {
		return t.end(ctx, err)
	}
	t.report.DirectoryID = directory
	if !strings.EqualFold(directory, c.DirectoryID) {
		t.passed("Directory", c.DirectoryID+" is directory "+directory+".")
	}
	client, err := s.client(c.Cloud, directory, c.ClientID, c.Secret)
	if t.failed("Access token", err) {
		return t.end(ctx, err)
	}
	token, err := client.FreshToken(ctx, entity.Graph)
	if t.failed("Access token", err) {
		return t.end(ctx, err)
	}
	t.passed("Access token", "Microsoft accepts the client ID and secret.")
	grants := []entity.Grants{s.grants(entity.Graph, token, nil)}
	t.permissions(s.cat.Check(grants), token, cloud.Links(directory, c.ClientID))

	org, err := client.Organization(ctx)
	var p *entity.Problem
	switch {
	case err == nil:
		t.report.DirectoryName, t.report.DefaultDomain = org.DisplayName, org.DefaultDomain
		t.passed("Directory name", org.DisplayName)
	case errors.As(err, &p) && (p.Class == entity.ClassPermission || p.Class == entity.ClassConsent):
		// A missing permission becomes a label on what it feeds: it never
		// blocks the connection.
		t.warned("Directory name", "The name cannot be read yet: "+p.Message, p)
	default:
		t.failed("Directory name", err)
		return t.end(ctx, err)
	}
	if cloud.DefenderURL != "" {
		token, err := client.FreshToken(ctx, entity.Defender)
		if ctx.Err() != nil {
			return t.end(ctx, ctx.Err())
		}
		grants = append(grants, s.grants(entity.Defender, token, err))
		if err != nil {
			t.warned("Defender for Endpoint", "Not set up. It is optional.", problemOf(err))
		} else {
			t.passed("Defender for Endpoint", fmt.Sprintf("%d permissions granted.", len(token.Roles)))
		}
	}
	if cloud.ManagementURL != "" {
		token, err := client.FreshToken(ctx, entity.Management)
		if ctx.Err() != nil {
			return t.end(ctx, ctx.Err())
		}
		grants = append(grants, s.grants(entity.Management, token, err))
		// An extra that nobody asked for is not worth a line.
		if len(token.Roles) > 0 {
			t.passed(entity.Management.Title(), strings.Join(token.Roles, ", ")+" granted.")
		}
	}
	t.report.OK = true
	return t.report, grants, nil
}

// connectionTest collects the lines of a test.
type connectionTest struct{ report entity.ConnectReport }

func (t *connectionTest) passed(name, detail string) {
	t.report.Steps = append(t.report.Steps, entity.Step{Name: name, Done: true, Detail: detail})
}

func (t *connectionTest) warned(name, detail string, p *entity.Problem) {
	t.report.Steps = append(t.report.Steps, entity.Step{Name: name, Done: true, Detail: detail, Problem: p, Warning: true})
}

func (t *connectionTest) failed(name string, err error) bool {
	if err == nil {
		return false
	}
	p := problemOf(err)
	t.report.Steps = append(t.report.Steps, entity.Step{Name: name, Detail: p.Message, Problem: p})
	return true
}

// end closes a failed test: a failure of the caller (its context ended) is an
// error, one of the connection is a report.
func (t *connectionTest) end(ctx context.Context, err error) (entity.ConnectReport, []entity.Grants, error) {
	if ctx.Err() != nil {
		return t.report, nil, ctx.Err()
	}
	var input store.InputError
	if errors.As(err, &input) {
		return t.report, nil, err
	}
	return t.report, nil, nil
}

func (t *connectionTest) permissions(check entity.PermissionCheck, token microsoft.Token, links entity.Links) {
	required := 0
	for _, p := range check.Permissions {
		if p.Profile == entity.Required {
			required++
		}
	}
	missing := check.Missing()
	switch {
	case !token.Readable:
		t.warned("Permissions", "The token does not say which permissions are granted; each table will.", nil)
	case len(token.Roles) == 0:
		t.warned("Permissions", "No permission is granted yet.", noConsent(links))
	case len(missing) > 0:
		names := make([]string, len(missing))
		for i, m := range missing {
			names[i] = m.Name
		}
		t.warned("Permissions", fmt.Sprintf("%d of %d required permissions granted. Missing: %s.",
			required-len(missing), required, strings.Join(names, ", ")), nil)
	default:
		t.passed("Permissions", fmt.Sprintf("All %d required permissions granted.", required))
	}
}

// consentCure is the step that gives an app what it lacks altogether.
const consentCure = "Open the app registration's API permissions, add the permissions of the guide and choose “Grant admin consent”. It takes a Global Administrator or Privileged Role Administrator."

// noConsent is the problem of an app registration without any permission: its
// token is issued all the same, and every request is refused.
func noConsent(links entity.Links) *entity.Problem {
	return &entity.Problem{
		Class:   entity.ClassConsent,
		Code:    "no_roles",
		Message: "The app registration has no granted application permission.",
		Cure:    consentCure,
		Link:    links.Permissions,
	}
}
