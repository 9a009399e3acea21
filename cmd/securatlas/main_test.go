package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The test binary is securatlas itself when this is set, so that the tests
// drive real processes with real standard streams, signals and exit codes.
const asCommand = "SECURATLAS_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// securatlas makes a command line. The environment is the given one alone,
// beside what any process has.
func securatlas(ctx context.Context, t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	// Under the race detector a process otherwise waits a second before it exits.
	cmd.Env = append([]string{asCommand + "=1", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}, environ...)
	return cmd
}

// result is what a command left.
type result struct {
	code           int
	stdout, stderr string
}

// call runs a command to its end.
func call(t *testing.T, environ []string, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := securatlas(ctx, t, environ, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	require.NoError(t, ctx.Err(), "%v did not end\n%s", args, &stderr)
	if _, exited := err.(*exec.ExitError); !exited {
		require.NoError(t, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// service is a command that runs until the test ends.
type service struct {
	cmd    *exec.Cmd
	values map[string]string // what it printed as key=value lines
	mu     sync.Mutex
	log    bytes.Buffer
}

func (s *service) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

// logged returns what the service wrote to standard error so far.
func (s *service) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// start runs a service and waits until it has printed a value for last.
func start(t *testing.T, environ []string, last string, args ...string) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{cmd: securatlas(ctx, t, environ, args...), values: map[string]string{}}
	s.cmd.Stderr = s
	out, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = s.cmd.Wait()
		assert.NotContains(t, s.logged(), "DATA RACE", "%v", args)
		if t.Failed() {
			t.Logf("log of %v:\n%s", args, s.logged())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		s.values[key] = value
		if key == last {
			return s
		}
	}
	t.Fatalf("%v ended without printing %s=…\n%s", args, last, s.logged())
	return nil
}

// microsoft365 starts the simulated cloud and returns it with the environment
// by which other processes reach it as a custom cloud.
func microsoft365(t *testing.T, users string) (*service, []string) {
	t.Helper()
	cloud := start(t, nil, "defender_url", "simulator", "--listen", "127.0.0.1:0", "--users", users, "--seed", "7")
	require.Equal(t, cloud.values["url"]+"/management", cloud.values["management_url"])
	return cloud, []string{
		"SECURATLAS_AUTHORITY_URL=" + cloud.values["url"],
		"SECURATLAS_GRAPH_URL=" + cloud.values["url"],
		"SECURATLAS_DEFENDER_URL=" + cloud.values["defender_url"],
		"SECURATLAS_MANAGEMENT_URL=" + cloud.values["management_url"],
		"SSL_CERT_FILE=" + cloud.values["ca_file"],
		"SECURATLAS_DATA_DIR=" + t.TempDir(),
		// Microsoft's limit on logs is 5 requests in 10 seconds: a month of
		// them would take minutes.
		"SECURATLAS_SIGN_INS_FIRST_DAYS=" + strconv.Itoa(logDaysRead),
		"SECURATLAS_AUDITS_FIRST_DAYS=" + strconv.Itoa(logDaysRead),
	}
}

// logDaysRead is how many days of the logs the tests read.
const logDaysRead = 2

func TestBadUsage(t *testing.T) {
	t.Parallel()
	dir := []string{"SECURATLAS_DATA_DIR=" + t.TempDir()}
	for name, args := range map[string][]string{
		"no command":              {},
		"unknown command":         {"frobnicate"},
		"unknown flag":            {"status", "--tenant", "x", "--nope"},
		"missing flag":            {"status"},
		"unknown tenant":          {"status", "--tenant", "nobody"},
		"unknown entity":          {"sync", "--all", "--entity", "unicorns"},
		"tenant and all":          {"sync", "--all", "--tenant", "x"},
		"neither tenant nor all":  {"sync"},
		"unknown format":          {"export", "--tenant", "x", "--entity", "users", "--format", "xml"},
		"unknown role":            {"user", "add", "--email", "a@example.com", "--role", "king", "--password-stdin"},
		"unknown cloud":           {"connect", "--tenant", "x", "--directory-id", "contoso.com", "--client-id", "y", "--secret-stdin", "--cloud", "moon"},
		"removal not confirmed":   {"tenant", "remove", "--tenant", "x", "--confirm", "y"},
		"plain http elsewhere":    {"serve", "--listen", "127.0.0.1:0", "--base-url", "http://securatlas.example.com"},
		"no base url":             {"serve", "--listen", "0.0.0.0:0"},
		"bad base url":            {"serve", "--listen", "127.0.0.1:0", "--base-url", "nonsense"},
		"bad listen":              {"serve", "--listen", "nonsense"},
		"certificate without key": {"serve", "--listen", "127.0.0.1:0", "--tls-cert", "x.pem"},
		"bad proxy":               {"serve", "--listen", "127.0.0.1:0", "--trusted-proxies", "everybody"},
		"bad log form":            {"serve", "--log", "xml"},
		"history of no days":      {"serve", "--history-days", "0"},
		"history beyond reason":   {"serve", "--listen", "127.0.0.1:0", "--history-days", "213504"},
		"sign-ins beyond reason":  {"tenant", "list", "--sign-ins-keep-days", "36501"},
		"audits beyond reason":    {"tenant", "list", "--audits-first-days", "213504", "--audits-keep-days", "213504"},
		"bad log form of a sync":  {"sync", "--all", "--log", "xml"},
		"no users":                {"simulator", "--users", "0"},
		"negative latency":        {"simulator", "--latency", "-1s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(t, dir, "secret\n", args...)
			assert.Equal(t, exitBadUsage, r.code, r.stderr)
			assert.Empty(t, r.stdout)
			assert.Equal(t, 1, strings.Count(r.stderr, "\n"), "one clear line: %q", r.stderr)
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	r := call(t, nil, "", "version")
	assert.Zero(t, r.code)
	assert.Contains(t, r.stdout, "securatlas")
}

func TestTenantsAndAccounts(t *testing.T) {
	t.Parallel()
	dir := []string{"SECURATLAS_DATA_DIR=" + t.TempDir()}
	r := call(t, dir, "", "tenant", "add", "--name", "Contoso Ltd")
	require.Zero(t, r.code, r.stderr)
	assert.Equal(t, "tenant=contoso-ltd\n", r.stdout)
	r = call(t, dir, "", "tenant", "add", "--name", "Fabrikam", "--slug", "contoso-ltd")
	assert.Equal(t, exitFailed, r.code)
	assert.NotEmpty(t, r.stderr)

	r = call(t, dir, "correct horse battery\n", "user", "add", "--email", "Ann@Example.com", "--role", "viewer", "--tenant", "contoso-ltd", "--password-stdin")
	require.Zero(t, r.code, r.stderr)
	r = call(t, dir, "short\n", "user", "add", "--email", "b@example.com", "--role", "owner", "--password-stdin")
	assert.Equal(t, exitBadUsage, r.code)
	r = call(t, dir, "", "user", "add", "--email", "b@example.com", "--role", "owner", "--password-stdin")
	assert.Equal(t, exitBadUsage, r.code)
	r = call(t, dir, "another long password\n", "user", "password", "--email", "ann@example.com", "--password-stdin")
	require.Zero(t, r.code, r.stderr)

	r = call(t, dir, "", "user", "list", "--json")
	require.Zero(t, r.code, r.stderr)
	var accounts []accountJSON
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &accounts))
	assert.Equal(t, []accountJSON{{Email: "ann@example.com", Role: "viewer", Tenants: []string{"contoso-ltd"}}}, accounts)

	r = call(t, dir, "", "tenant", "remove", "--tenant", "contoso-ltd", "--confirm", "contoso-ltd")
	require.Zero(t, r.code, r.stderr)
	r = call(t, dir, "", "tenant", "list", "--json")
	assert.Equal(t, "[]\n", r.stdout)
}

func TestLostKeyIsGivenUpOnPurposeOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	environ := []string{"SECURATLAS_DATA_DIR=" + dir}
	require.Zero(t, call(t, environ, "", "tenant", "add", "--name", "Contoso").code)
	require.NoError(t, os.Remove(filepath.Join(dir, "master.key")))

	r := call(t, environ, "", "tenant", "list")
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.stderr, "securatlas key reset --confirm")
	assert.NoFileExists(t, filepath.Join(dir, "master.key"), "a new key is never made over sealed data")
	assert.Equal(t, exitBadUsage, call(t, environ, "", "key", "reset").code)

	r = call(t, environ, "", "key", "reset", "--confirm")
	require.Zero(t, r.code, r.stderr)
	r = call(t, environ, "", "tenant", "list")
	assert.Zero(t, r.code, r.stderr)
	assert.Contains(t, r.stdout, "contoso")
}
