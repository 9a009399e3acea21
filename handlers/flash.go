package handlers

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/views"
)

// The keys of the flash message in a session.
const (
	flashText = "flash"
	flashTone = "flash_tone"
)

// flash keeps a message for the next page of the signed-in account.
func (s *server) flash(c echo.Context, tone views.Tone, format string, args ...any) error {
	sess, err := s.session(c)
	if err != nil {
		return err
	}
	sess.Values[flashTone] = string(tone)
	sess.Values[flashText] = fmt.Sprintf(format, args...)
	return s.sessions.Save(c.Request(), c.Response(), sess)
}

// done is how a change ends: a message and the page that shows its result.
func (s *server) done(c echo.Context, to, format string, args ...any) error {
	if err := s.flash(c, views.Good, format, args...); err != nil {
		return err
	}
	return redirect(c, to)
}

// takeFlash returns the message that waits and forgets it; nil when none does.
func (s *server) takeFlash(c echo.Context) (*views.Flash, error) {
	sess, err := s.session(c)
	if err != nil {
		return nil, err
	}
	text, ok := sess.Values[flashText].(string)
	if !ok {
		return nil, nil
	}
	tone, _ := sess.Values[flashTone].(string)
	delete(sess.Values, flashText)
	delete(sess.Values, flashTone)
	if err := s.sessions.Save(c.Request(), c.Response(), sess); err != nil {
		return nil, err
	}
	return &views.Flash{Tone: views.Tone(tone), Text: text}, nil
}
