package store

import (
	"bytes"
	"fmt"
	"os"
)

// pidNamespace tells containers with the same host name apart.
func pidNamespace() string {
	ns, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return " " + ns
}

// ended reports whether a process has ended and only waits for its parent to
// take note: it still answers signals.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	// "pid (name) state …", and the name may hold anything.
	_, after, found := bytes.Cut(stat[max(bytes.LastIndexByte(stat, ')'), 0):], []byte(") "))
	return found && len(after) > 0 && (after[0] == 'Z' || after[0] == 'X')
}
