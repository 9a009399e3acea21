package handlers

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
)

// consentValue is the key of the consent requests in a session.
const consentValue = "consent"

const (
	// consentLife is how long an admin may take at Microsoft's consent page.
	consentLife = time.Hour
	// consentLimit bounds the requests of one session.
	consentLimit = 20
)

// consentRequest is one link to Microsoft's consent page. It is good for one
// answer, of the session and account that it was made for.
type consentRequest struct {
	State   string    `json:"state"`
	Tenant  int64     `json:"tenant"`
	Account int64     `json:"account"`
	Until   time.Time `json:"until"`
}

// consentState returns the state for a tenant's consent link. One that waits
// for its answer is used again: a page that is open in another tab keeps
// working.
func (s *server) consentState(c echo.Context, t store.Tenant) (string, error) {
	pending, err := s.consentRequests(c)
	if err != nil {
		return "", err
	}
	now, account := s.store.Now(), me(c).ID
	for _, r := range pending {
		if r.Tenant == t.ID && r.Account == account && r.Until.Sub(now) > consentLife/2 {
			return r.State, nil
		}
	}
	r := consentRequest{State: rand.Text(), Tenant: t.ID, Account: account, Until: now.Add(consentLife)}
	pending = append(pending, r)
	return r.State, s.keepConsent(c, pending[max(0, len(pending)-consentLimit):])
}

// takeConsent returns the request that a state belongs to and forgets it; ok is
// false where there is none for this account.
func (s *server) takeConsent(c echo.Context, state string) (r consentRequest, ok bool, err error) {
	pending, err := s.consentRequests(c)
	if err != nil {
		return r, false, err
	}
	for i, p := range pending {
		if state != "" && p.State == state {
			rest := append(pending[:i:i], pending[i+1:]...)
			return p, p.Account == me(c).ID, s.keepConsent(c, rest)
		}
	}
	return r, false, nil
}

// consentRequests returns those of the session that have not expired.
func (s *server) consentRequests(c echo.Context) ([]consentRequest, error) {
	sess, err := s.session(c)
	if err != nil {
		return nil, err
	}
	text, _ := sess.Values[consentValue].(string)
	if text == "" {
		return nil, nil
	}
	var all, live []consentRequest
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read the consent requests of the session: %w", err)
	}
	now := s.store.Now()
	for _, r := range all {
		if r.Until.After(now) {
			live = append(live, r)
		}
	}
	return live, nil
}

func (s *server) keepConsent(c echo.Context, pending []consentRequest) error {
	sess, err := s.session(c)
	if err != nil {
		return err
	}
	text, err := json.Marshal(pending)
	if err != nil {
		return fmt.Errorf("keep the consent requests in the session: %w", err)
	}
	sess.Values[consentValue] = string(text)
	return s.sessions.Save(c.Request(), c.Response(), sess)
}
