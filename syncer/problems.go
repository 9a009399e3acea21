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

// interrupted is the problem of a part or run whose context ended.
func interrupted(cause error) *entity.Problem {
	message := "The sync was stopped before this list was complete."
	for _, reason := range []error{errShutdown, errLeaseLost} {
		if errors.Is(cause, reason) {
			message = "The sync was stopped before this list was complete: " + reason.Error() + "."
		}
	}
	return &entity.Problem{
		Class:   entity.ClassInternal,
		Code:    "interrupted",
		Message: message,
		Cure:    "Sync again; nothing that was read is lost.",
	}
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
