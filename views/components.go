package views

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/securatlas/securatlas/static"
	"github.com/securatlas/securatlas/syncer/entity"
)

// asset is the address of a file of the static folder.
func asset(name string) string { return static.URL(name) }

// iconURL is the address of a symbol for an svg's use element.
func iconURL(name string) string { return static.URL("icons.svg") + "#" + name }

// FieldView is one field of a form with its error.
type FieldView struct {
	Name, Label  string
	Type         string // of the input element; "text" when empty
	Value        string
	Error        string // shown below the field, which is then marked invalid
	Hint         string
	Autocomplete string // "off" when empty
	Placeholder  string
	Mono         bool // GUIDs, codes and the like
	Required     bool
	Autofocus    bool
	MinLength    int // 0 = none
}

// ID is the id of the input element.
func (f FieldView) ID() string { return "f-" + f.Name }

// describedBy names the elements that explain the field.
func (f FieldView) describedBy() string {
	switch {
	case f.Error != "" && f.Hint != "":
		return f.ID() + "-error " + f.ID() + "-hint"
	case f.Error != "":
		return f.ID() + "-error"
	case f.Hint != "":
		return f.ID() + "-hint"
	}
	return ""
}

func (f FieldView) inputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f FieldView) autocomplete() string {
	if f.Autocomplete == "" {
		return "off"
	}
	return f.Autocomplete
}

// PagerView is the foot of a list. An empty address means that there is no
// page in that direction.
type PagerView struct {
	Prev, Next string
	// Target is the selector of the list that htmx replaces; empty for plain
	// links. The list must be a fragment of the page.
	Target string
}

// Tab is one tab: a link, so that each tab is a page with its own address.
type Tab struct {
	Label, Href string
	Current     bool
	Badge       string // a count beside the label, or empty
}

// Confirmation is a dialog that asks before something is lost.
type Confirmation struct {
	ID     string // of the dialog; the button that opens it names it
	Title  string
	Action string // address that the form posts to
	Submit string // label of the button that does it
	Keep   string // label of the safe choice
	// Typed must be typed to confirm; empty when a click suffices. It is sent
	// as the field "confirm".
	Typed  string
	TestID string // data-testid of the submitting button, or empty
	Hidden map[string]string
	// Body is what the person should know before confirming.
	Body templ.Component
}

// timeTitle is the tooltip of a time.
func timeTitle(t time.Time) string { return DateTime(t) }

func noticeIcon(tone Tone) string {
	switch tone {
	case Good:
		return "circle-check-filled"
	case Warn, Bad:
		return "alert-triangle-filled"
	default:
		return "info-circle"
	}
}

// referenceName is what Microsoft calls the id by which its support finds a
// request: sign-in errors, whose codes begin with AADSTS, have a trace id.
func referenceName(p *entity.Problem) string {
	if strings.HasPrefix(p.Code, "AADSTS") {
		return "Trace id"
	}
	return "Request id"
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// exactly is the pattern that only the text itself matches.
func exactly(text string) string { return regexp.QuoteMeta(text) }
