package main

import (
	"fmt"
	"runtime/debug"
)

// version is set by the build (-ldflags -X main.version=…).
var version = ""

type versionCommand struct {
	DataDir string `hidden:"" help:"Accepted as every command accepts it; nothing is read there."`
}

func (versionCommand) Run(e *env) error {
	fmt.Fprintln(e.stdout, "securatlas", versionString())
	return nil
}

// versionString falls back to what Go recorded of the checkout.
func versionString() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "dev-" + s.Value[:12]
		}
	}
	return "dev"
}
