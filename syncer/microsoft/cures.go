package microsoft

import (
	"fmt"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// The cures that do not depend on anything.
const (
	throttledCure = "There is nothing to do: SecurAtlas reads this again when Microsoft allows it."
	sourceCure    = "SecurAtlas tries again at the next sync. If this stays, look at Microsoft 365 service health, and give Microsoft's support the request ID."
	refusedCure   = "Microsoft refused the request itself. If this stays, report it to SecurAtlas with the code and the request ID."
	missingCure   = "Microsoft found nothing at this address, which does not say that the data no longer exist: what was read before stays, and SecurAtlas tries again at the next sync. If this stays, look at Microsoft 365 service health, and report it to SecurAtlas with the code and the request ID."
	vanishedCure  = "Microsoft contradicts itself: it answered for this before. What was read stays, and SecurAtlas tries again at the next sync. If this stays, look for a notice of retirement in the message center of Microsoft 365, and report it to SecurAtlas with the request ID."
	cutCure       = "What came is kept and nothing is removed; SecurAtlas tries again at the next sync. If this stays, look at Microsoft 365 service health, and whether the directory has the product that failed."
	linkCure      = "SecurAtlas keeps what it has and tries again at the next sync. If this stays, check whether a proxy on the network changes Microsoft's answers and, in the custom cloud, the configured addresses; else report it to SecurAtlas with the request ID."
	retiredCure   = "There is nothing to do: Microsoft no longer offers this data, or not in this cloud."
	dataCure      = "SecurAtlas tries again at the next sync and keeps what it has. If this stays, report it to SecurAtlas with the request ID."
	internalCure  = "Report this to SecurAtlas."
	auditingCure  = "Microsoft keeps no audit records of this directory: turn auditing on as the linked page of Microsoft says. It takes up to an hour until Microsoft records, and longer until the first records can be read."
	feedClockCure = "Check this machine's clock: Microsoft's activity feed refuses times that are more than seven days old by its own clock. The next sync tries again."
	expiredCure   = "SecurAtlas starts the list again at the next sync: it changed too often while it was read."
)

// advise adds to a problem what would mend it: the step, the page for it, and
// the permissions or licences that are missing.
func (c *Client) advise(p *entity.Problem, t *trip, e apiError, product string) {
	switch p.Class {
	case entity.ClassPermission:
		c.advisePermission(p, t, e)
	case entity.ClassLicence:
		c.adviseLicence(p, t, product)
	case entity.ClassCredential:
		p.Cure = "Check that this machine's clock is right and that the app is not blocked in the directory, then connect again with a new client secret."
		p.Link = c.links.Secrets
		if t.resource.name != entity.Graph {
			// The login service took the secret: what it gave a token for is at fault.
			p.Cure = fmt.Sprintf("Microsoft's login service accepts the app, but %s refuses its token. Check that %s is set up and licensed in the directory, that this machine's clock is right and, in the custom cloud, the configured address and scope.", t.resource.name.Title(), t.resource.name.Title())
			p.Link = c.links.Permissions
		}
	case entity.ClassThrottled:
		p.Cure = throttledCure
	case entity.ClassRetired:
		p.Cure = retiredCure
	case entity.ClassData:
		p.Cure = dataCure
	default:
		p.Cure = sourceCure
		if p.Status >= 400 && p.Status < 500 && p.Status != 408 {
			p.Cure = refusedCure
		}
	}
}

// notGraphs is said of permissions of Defender, since admins take those of Graph
// for them.
const notGraphs = " Permissions of Microsoft Graph, such as SecurityEvents.Read.All, do not open Defender for Endpoint: its own are under API permissions, Add a permission, APIs my organization uses, WindowsDefenderATP."

func (c *Client) advisePermission(p *entity.Problem, t *trip, e apiError) {
	defer func() {
		if t.resource.name == entity.Defender {
			p.Cure += notGraphs
		}
	}()
	p.Link = c.links.Permissions
	p.Needs = namedPermissions(e.message, t.part)
	if p.Needs == nil {
		p.Needs = c.missing(t)
	}
	// An app without any permission on Graph lacks consent; one without any on
	// the Management APIs was never meant to have them.
	if held := t.resource.tokens.newest(); held.readable && len(held.roles) == 0 && t.resource.name != entity.Management {
		p.Class = entity.ClassConsent
		p.Cure = fmt.Sprintf("The app has no permission on %s in this directory yet. Under API permissions, press “Grant admin consent”, wait a minute and sync again.", t.resource.name.APIName())
		return
	}
	switch len(p.Needs) {
	case 0:
		p.Cure = fmt.Sprintf("The app's newest token has the permissions that this needs. If they were granted just now, wait a few minutes and sync again; else check the app's permissions on %s.", t.resource.name.APIName())
	case 1:
		p.Cure = fmt.Sprintf("Add the application permission %s of %s to the app registration, press “Grant admin consent” and sync again.", p.Needs[0], t.resource.name.APIName())
	default:
		p.Cure = fmt.Sprintf("Add the application permissions %s of %s to the app registration, press “Grant admin consent” and sync again.", strings.Join(p.Needs, ", "), t.resource.name.APIName())
	}
}

func (c *Client) adviseLicence(p *entity.Problem, t *trip, product string) {
	if t.part != nil && t.part.Licence != nil {
		product = t.part.Licence.Name
	}
	p.Link = c.cloud.licencesLink()
	if product == "" {
		p.Cure = "Microsoft says that the directory has no licence for this. If it has one, sync again later; else this data stays empty."
		return
	}
	p.Needs = []string{product}
	p.Cure = fmt.Sprintf("This needs %s, which Microsoft says the directory does not have. If it has it, sync again later: the answer is sometimes wrong. Else this data stays empty.", product)
	if t.resource.name == entity.Defender {
		p.Cure = fmt.Sprintf("This needs %s, which is not licensed or not set up in this directory. Without it this data stays empty, and nothing else is affected.", product)
	}
}
