package syncer

import (
	"context"
	"errors"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// problemOf turns any error into a Problem. One that is not Microsoft's is
// ours: its text stays in the log, the person gets a sentence.
func problemOf(err error) *entity.Problem {
	var p *entity.Problem
	switch {
	case errors.As(err, &p):
		return p
	case store.NotStored(err) != nil:
		return store.NotStored(err)
	case errors.Is(err, context.Canceled), errors.Is(err, errCancelled), errors.Is(err, errShutdown), errors.Is(err, errLeaseLost):
		return interrupted(err)
	default:
		return &entity.Problem{
			Class:   entity.ClassInternal,
			Code:    "internal",
			Message: err.Error(),
			Cure:    "Look at SecurAtlas's log for the cause; the next sync tries again.",
		}
	}
}

// Codes of runs and parts that did not reach their end.
const (
	codeInterrupted = "interrupted" // stopped by a person, or, of a part, its process died
	codeShutdown    = "shutdown"    // its process was told to end; done again at the next start
)

// interrupted is the problem of a part or run whose context ended.
func interrupted(cause error) *entity.Problem {
	code, message := codeInterrupted, "The sync was stopped before it was complete."
	switch {
	case errors.Is(cause, errShutdown):
		code, message = codeShutdown, "SecurAtlas was shut down before the sync was complete."
	case errors.Is(cause, errLeaseLost):
		message = "Another process took the sync over before it was complete."
	}
	return &entity.Problem{
		Class:   entity.ClassInternal,
		Code:    code,
		Message: message,
		Cure:    "Sync again; nothing that was read is lost.",
	}
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
