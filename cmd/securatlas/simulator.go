package main

import (
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/simulator"
)

type simulatorCommand struct {
	Listen  string        `default:"127.0.0.1:8443" help:"Address and port to listen on." placeholder:"ADDR"`
	Users   int           `default:"400" help:"Users of the tenant."`
	Seed    int64         `default:"1" help:"Seed of the tenant: the same seed makes the same tenant."`
	Latency time.Duration `default:"0s" help:"Delay of every answer."`
	Dir     string        `help:"Folder for the certificate authority (default: a temporary one)." placeholder:"DIR"`
	DataDir string        `hidden:"" help:"Accepted as every command accepts it; the simulator stores nothing there."`
}

func (c simulatorCommand) Run(e *env) error {
	if c.Users < 1 {
		return badUsage("--users must be 1 or more")
	}
	if c.Latency < 0 {
		return badUsage("--latency must not be negative")
	}
	cloud, err := simulator.Start(simulator.Options{
		Users: c.Users, Seed: c.Seed, Latency: c.Latency, Listen: c.Listen, Dir: c.Dir,
	})
	if err != nil {
		return err
	}
	defer cloud.Close()
	fmt.Fprintf(e.stdout, "url=%s\nca_file=%s\ndirectory_id=%s\nclient_id=%s\nclient_secret=%s\nmanagement_url=%s\ndefender_url=%s\n",
		cloud.URL(), cloud.CAFile(), cloud.DirectoryID(), cloud.ClientID(), cloud.ClientSecret(), cloud.ManagementURL(), cloud.DefenderURL())
	<-e.ctx.Done()
	return nil
}
