package store

import (
	"crypto/rand"
	"os"
	"sync"
)

// processToken tells this process from an earlier one with the same pid, as
// the first process of a container always has.
var processToken = rand.Text()

// hostname names the machine, or rather the place in which process ids mean
// the same.
var hostname = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil {
		// Unknown to everyone: other processes go by the heartbeat alone.
		return processToken
	}
	return name + pidNamespace()
})

// processGone reports whether the process that took a lease has surely ended.
func processGone(host string, pid int, token string) bool {
	switch {
	case host != hostname():
		return false // cannot be known from here
	case pid == os.Getpid():
		return token != processToken
	default:
		return !pidAlive(pid)
	}
}
