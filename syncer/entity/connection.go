package entity

// Connection is what an admin enters to connect a directory.
type Connection struct {
	Cloud       string
	DirectoryID string // a GUID, or a verified domain that resolves to one
	ClientID    string
	Secret      string
}

// Step is one line of a connection test.
type Step struct {
	Name    string // "Access token"
	Done    bool   // false where an earlier step failed
	Detail  string // what was found, for the admin
	Problem *Problem
	Warning bool // Detail is worth the admin's attention, though nothing failed
}

// ConnectReport is a connection test, line by line.
type ConnectReport struct {
	OK            bool
	Steps         []Step
	DirectoryID   string // the GUID
	DirectoryName string
	DefaultDomain string
	Replaced      bool  // another secret was replaced, which is kept until a sync has succeeded
	RunID         int64 // the first full sync, 0 when none was started
	Joined        bool  // the run was already under way
}

// Problem returns the first problem of the report, or nil.
func (r ConnectReport) Problem() *Problem {
	for _, s := range r.Steps {
		if s.Problem != nil && !s.Warning {
			return s.Problem
		}
	}
	return nil
}

// CloudChoice is a cloud that a connection can be made in.
type CloudChoice struct{ Name, Title string }

// Links are pages of a cloud's Entra admin center.
type Links struct {
	Home        string // the admin center
	Register    string // new app registration
	Overview    string // the app registration's overview
	Permissions string // the app registration's API permissions
	Secrets     string // the app registration's certificates and secrets
	Shell       string // Azure Cloud Shell; empty where a cloud has no page of its own for it
}
