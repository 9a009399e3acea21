package views

// SetupModel is the form that makes the first owner.
type SetupModel struct {
	Email  string
	Errors FieldErrors
}

// LoginModel is the sign-in form.
type LoginModel struct {
	Email string
	Next  string // local path to go to afterwards
	Error string
	// DemoEmail and DemoPassword are shown where they open a demonstration.
	DemoEmail, DemoPassword string
}
