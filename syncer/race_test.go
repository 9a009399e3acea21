//go:build race

package syncer_test

// raceDetector reports whether the race detector watches.
const raceDetector = true
