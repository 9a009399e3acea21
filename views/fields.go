package views

import (
	"errors"

	"github.com/securatlas/securatlas/store"
)

// FieldErrors are the errors of a form by the field's name.
type FieldErrors map[string]string

// Take adds an error about one of the form's values, and reports whether it is
// such an error.
func (e FieldErrors) Take(err error) bool {
	var input store.InputError
	if !errors.As(err, &input) {
		return false
	}
	e[input.Field] = input.Message
	return true
}

// TakeAs is Take that adds a conflict, too, as the error of a field.
func (e FieldErrors) TakeAs(field string, err error) bool {
	var conflict *store.ConflictError
	if errors.As(err, &conflict) {
		e[field] = conflict.Message
		return true
	}
	return e.Take(err)
}
