//go:build !race

package main

// raceDetector reports whether the race detector watches.
const raceDetector = false
