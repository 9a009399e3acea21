//go:build !linux

package store

// pidNamespace is a thing of Linux.
func pidNamespace() string { return "" }

// ended is never true: what answers signals counts as alive.
func ended(int) bool { return false }
