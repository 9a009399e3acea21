//go:build unix

package store

import (
	"errors"
	"syscall"
)

// pidAlive reports whether there is such a process on this machine.
func pidAlive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) && !ended(pid)
}
