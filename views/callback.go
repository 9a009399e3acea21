package views

import (
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// CallbackView is what the admin sees on the way back from Microsoft's consent
// page.
type CallbackView struct {
	Page   Page
	Tenant *store.Tenant // nil where the answer belongs to no tenant
	OK     bool
	Title  string
	Text   string
	// Code and Description are Microsoft's error, as sent.
	Code, Description string
	Steps             []string // what to do next
	Check             *entity.PermissionCheck
	Problem           *entity.Problem // why the permission check failed
}

func (v CallbackView) tone() Tone {
	if v.OK {
		return Good
	}
	return Bad
}

func (v CallbackView) missing() []entity.PermissionStatus {
	if v.Check == nil {
		return nil
	}
	return v.Check.Missing()
}
