package handlers

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
)

// idleTime is how long a session lives without a request.
const idleTime = 12 * time.Hour

// The keys of what a session's row has columns for: the account's id (int64)
// and the client's address. All other values are strings.
const (
	accountValue = "account"
	addressValue = "address"
)

// sessionStore keeps sessions in the database: the cookie holds a random id,
// the database only its hash, so that neither a stolen database nor a backup
// lets anybody in. It implements gorilla's sessions.Store.
type sessionStore struct {
	store  *store.Store
	cookie *http.Cookie // name and attributes
}

var _ sessions.Store = (*sessionStore)(nil)

// cookie returns the session cookie with a value. It ends with the browser; the
// server ends it earlier when idle.
func (s *server) cookie(value string) *http.Cookie {
	c := &http.Cookie{
		Name:     "securatlas",
		Value:    value,
		Path:     "/",
		HttpOnly: true,
		Secure:   s.https(),
		// Lax and not Strict: people come back from Microsoft's consent page
		// by a link of another site.
		SameSite: http.SameSiteLaxMode,
	}
	if c.Secure {
		c.Name = "__Host-securatlas" // browsers take it from this host only
	}
	return c
}

// Get returns the request's session, read once.
func (st *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(st, name)
}

// New reads the session that the request's cookie names, or returns an empty
// one that is not yet stored.
func (st *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	sess := sessions.NewSession(st, name)
	sess.IsNew = true
	cookie, err := r.Cookie(st.cookie.Name)
	if err != nil {
		return sess, nil // no cookie
	}
	row, err := st.store.Session(r.Context(), hashID(cookie.Value), idleTime)
	if errors.Is(err, store.ErrNotFound) {
		return sess, nil
	}
	if err != nil {
		return sess, fmt.Errorf("load session: %w", err)
	}
	values := map[string]string{}
	if err := json.Unmarshal(row.Data, &values); err != nil {
		return sess, fmt.Errorf("load session: %w", err)
	}
	for k, v := range values {
		sess.Values[k] = v
	}
	if row.AccountID != 0 {
		sess.Values[accountValue] = row.AccountID
	}
	sess.Values[addressValue] = row.Address
	sess.ID, sess.IsNew = cookie.Value, false
	if err := st.store.TouchSession(r.Context(), row.Hash); err != nil && !errors.Is(err, store.ErrNotFound) {
		return sess, fmt.Errorf("keep session alive: %w", err)
	}
	return sess, nil
}

// Save writes a session; one without an id gets a new one and its cookie. One
// that was ended in the meantime stays ended.
func (st *sessionStore) Save(r *http.Request, w http.ResponseWriter, sess *sessions.Session) error {
	values := map[string]string{}
	for k, v := range sess.Values {
		if key, ok := k.(string); ok && key != accountValue && key != addressValue {
			values[key], _ = v.(string)
		}
	}
	data, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	if sess.ID != "" {
		err := st.store.UpdateSession(r.Context(), hashID(sess.ID), data)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("save session: %w", err)
		}
		return nil
	}
	sess.ID = newID()
	row := store.Session{
		Hash:      hashID(sess.ID),
		Data:      data,
		CreatedAt: st.store.Now(),
		SeenAt:    st.store.Now(),
		UserAgent: clip(r.UserAgent(), 200),
	}
	row.AccountID, _ = sess.Values[accountValue].(int64)
	row.Address, _ = sess.Values[addressValue].(string)
	if err := st.store.CreateSession(r.Context(), row); err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	cookie := *st.cookie
	cookie.Value = sess.ID
	http.SetCookie(w, &cookie)
	return nil
}

// newID returns 256 random bits.
func newID() string {
	id := make([]byte, 32)
	_, _ = rand.Read(id) // never fails
	return base64.RawURLEncoding.EncodeToString(id)
}

func hashID(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:]
}

// clip shortens what a client may make as long as it likes.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

func (s *server) session(c echo.Context) (*sessions.Session, error) {
	return s.sessions.Get(c.Request(), "session")
}

// signIn starts a session for an account. The id is always a new one: one that
// somebody planted in the browser before never becomes a session. It also
// clears away the sessions that ended by themselves.
func (s *server) signIn(c echo.Context, account store.Account) error {
	if err := s.endSession(c); err != nil {
		return err
	}
	if err := s.store.DeleteIdleSessions(c.Request().Context(), idleTime); err != nil {
		return fmt.Errorf("clear away ended sessions: %w", err)
	}
	sess, err := s.session(c)
	if err != nil {
		return err
	}
	sess.ID, sess.IsNew = "", true
	sess.Values = map[any]any{accountValue: account.ID, addressValue: c.RealIP()}
	return s.sessions.Save(c.Request(), c.Response(), sess)
}

// endSession deletes the browser's session on the server.
func (s *server) endSession(c echo.Context) error {
	sess, err := s.session(c)
	if err != nil || sess.ID == "" {
		return err
	}
	if err := s.store.DeleteSession(c.Request().Context(), hashID(sess.ID)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// dropCookie makes the browser forget its session.
func (s *server) dropCookie(c echo.Context) {
	cookie := s.cookie("")
	cookie.MaxAge = -1
	c.SetCookie(cookie)
}
