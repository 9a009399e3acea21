// Command securatlas keeps a searchable copy of Microsoft 365 tenants and
// shows how complete it is. See the README for how to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"unicode"

	"github.com/alecthomas/kong"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// The exit codes of the commands.
const (
	exitOK       = 0
	exitFailed   = 1  // nothing could be read, or the command itself failed
	exitPartial  = 2  // something is incomplete, or a permission is missing
	exitBadUsage = 64 // a bad flag or value
)

// commands is the command line.
type commands struct {
	Serve      serveCommand      `cmd:"" help:"Run the web app."`
	Demo       demoCommand       `cmd:"" help:"Run the web app with a simulated tenant inside."`
	Simulator  simulatorCommand  `cmd:"" help:"Serve the simulated Microsoft cloud alone, for any client."`
	Tenant     tenantCommand     `cmd:"" help:"Add, list and remove tenants."`
	User       userCommand       `cmd:"" help:"Add and list accounts, and set their passwords."`
	Connect    connectCommand    `cmd:"" help:"Connect a tenant to its Microsoft directory and sync it."`
	Check      checkCommand      `cmd:"" help:"Check which permissions a tenant's app registration has."`
	Sync       syncCommand       `cmd:"" help:"Sync a tenant, or all of them."`
	Status     statusCommand     `cmd:"" help:"Show what is known about a tenant's data."`
	Overview   overviewCommand   `cmd:"" help:"Show a tenant's key figures, and how certain they are."`
	Export     exportCommand     `cmd:"" help:"Write a tenant's rows of one entity to standard output."`
	Disconnect disconnectCommand `cmd:"" help:"Wipe a tenant's credential and keep its data."`
	Key        keyCommand        `cmd:"" help:"Look after the master key."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// env is what every command works with.
type env struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// exit is an error with the exit code of the process. A nil err has been
// reported already.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

func badUsage(format string, args ...any) error {
	return exit{exitBadUsage, fmt.Errorf(format, args...)}
}

// gcPercent keeps the peak of memory near what is in use: the heap is a few
// pages of rows, so that collecting twice as often costs little.
const gcPercent = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(env{ctx, os.Stdin, os.Stdout, os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// run parses the command line and carries it out; it returns the exit code.
func run(e env, args []string) int {
	helped := false
	parser, err := kong.New(&commands{},
		kong.Name("securatlas"),
		kong.Description("A searchable, honest copy of your Microsoft 365 tenants."),
		kong.Writers(e.stdout, e.stderr),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(e.stderr, "securatlas:", err)
		return exitFailed
	}
	ctx, err := parser.Parse(args)
	if helped {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(e.stderr, "securatlas: %s (try securatlas --help)\n", oneLine(err))
		return exitBadUsage
	}
	return exitCode(e, ctx.Run(&e))
}

// exitCode reports an error in one line and returns the code for it.
func exitCode(e env, err error) int {
	var out exit
	var input store.InputError
	var problem *entity.Problem
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &out):
		if out.err != nil {
			fmt.Fprintln(e.stderr, "securatlas:", oneLine(out.err))
		}
		return out.code
	case errors.As(err, &input):
		fmt.Fprintln(e.stderr, "securatlas:", oneLine(err))
		return exitBadUsage
	case errors.As(err, &problem):
		printProblem(e.stderr, problem)
		return exitFailed
	default:
		fmt.Fprintln(e.stderr, "securatlas:", oneLine(err))
		return exitFailed
	}
}

func oneLine(err error) string { return plain(err.Error()) }

// plain makes a text from elsewhere fit for a line of a terminal, which obeys
// control characters.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// printProblem writes a problem with its cure in one line.
func printProblem(w io.Writer, p *entity.Problem) {
	fmt.Fprintln(w, "securatlas:", problemLine(p))
}

// problemLine is all that a person needs to mend a problem, or to ask Microsoft
// about it.
func problemLine(p *entity.Problem) string {
	line := p.Error()
	if p.RequestID != "" {
		line += " (request id " + p.RequestID + ")"
	}
	if p.Cure != "" {
		line += " → " + p.Cure
	}
	if p.Link != "" {
		line += " " + p.Link
	}
	return plain(line)
}
