package syncer_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// The benchmark measures whole processes: SQLite's memory is not on Go's heap,
// and the simulated cloud must not count. The test binary is both of them.
const (
	benchSync  = "SECURATLAS_BENCH_SYNC"  // data folder; the process syncs into it and ends
	benchCloud = "SECURATLAS_BENCH_CLOUD" // users and groups; the process serves them

	benchRefresh = "SECURATLAS_BENCH_REFRESH" // set: the syncing process refreshes then, and the cloud's time stands still
)

func TestMain(m *testing.M) {
	if size := os.Getenv(benchCloud); size != "" {
		serveCloud(size)
		return
	}
	if dir := os.Getenv(benchSync); dir != "" {
		debug.SetGCPercent(50) // as the command does
		if err := syncOnce(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// syncOnce connects the directory that the environment names and syncs it.
func syncOnce(dir string) error {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{Dir: dir, Catalogue: entities.All()})
	if err != nil {
		return err
	}
	defer st.Close()
	engine := syncer.New(syncer.Config{Store: st, Pace: unlimited(), Logger: slog.New(slog.DiscardHandler)})
	defer engine.Close()
	tenant, err := st.CreateTenant(ctx, by, "Contoso", "")
	if err != nil {
		return err
	}
	report, err := engine.Connect(ctx, by, tenant.ID, entity.Connection{
		Cloud: "custom", DirectoryID: os.Getenv("BENCH_DIRECTORY"), ClientID: os.Getenv("BENCH_CLIENT"), Secret: os.Getenv("BENCH_SECRET"),
	})
	if err != nil {
		return err
	}
	if !report.OK {
		return report.Problem()
	}
	run, err := engine.Wait(ctx, report.RunID)
	if err != nil {
		return err
	}
	users, err := st.EntityState(ctx, tenant.ID, "users")
	if err != nil {
		return err
	}
	edges, err := st.EntityState(ctx, tenant.ID, "group_members")
	if err != nil {
		return err
	}
	forEdges := 0
	for _, p := range run.Parts {
		if p.Kind == "group_members" {
			forEdges = p.Requests
		}
	}
	fmt.Printf("%s users=%d\nedges %d requests %d\n", run.Status, users.Rows, edges.Rows, forEdges)
	if os.Getenv(benchRefresh) == "" {
		return nil
	}
	begun := time.Now()
	run, _, err = engine.Start(ctx, store.NewRun{TenantID: tenant.ID, Trigger: store.TriggerManual, By: by.Name})
	if err != nil {
		return err
	}
	if run, err = engine.Wait(ctx, run.ID); err != nil {
		return err
	}
	requests, written := 0, 0
	for _, p := range run.Parts {
		requests += p.Requests
		written += p.Added + p.Changed + p.Removed
	}
	fmt.Printf("refresh %s requests %d written %d seconds %.3f\n", run.Status, requests, written, time.Since(begun).Seconds())
	return nil
}

func serveCloud(size string) {
	o := simulator.Options{Seed: 7, NoThrottle: true}
	if _, err := fmt.Sscan(size, &o.Users, &o.Groups); err != nil {
		panic(err)
	}
	if os.Getenv(benchRefresh) != "" {
		now := time.Now()
		o.Now = func() time.Time { return now } // nobody signs in meanwhile
	}
	s, err := simulator.Start(o)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	fmt.Printf("%s\n%s\n%s\n%s\n%s\n", s.URL(), s.DirectoryID(), s.ClientID(), s.ClientSecret(), s.CAFile())
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // until the benchmark ends
}

// BenchmarkSync reports the peak memory of a process that connects a directory
// and syncs it in full: it must not grow with the number of users.
func BenchmarkSync(b *testing.B) {
	for _, users := range []int{5_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) {
			cloud := startCloud(b, users, 0)
			for b.Loop() {
				b.StopTimer()
				dir := b.TempDir()
				b.StartTimer()
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), append(cloud.environ(), benchSync+"="+dir)...)
				out, err := cmd.CombinedOutput()
				require.NoError(b, err, string(out))
				require.Contains(b, string(out), fmt.Sprintf("complete users=%d\n", users))
				usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
				b.ReportMetric(float64(usage.Maxrss)/1024, "peak-MB")
			}
		})
	}
}

// BenchmarkRefresh reports what a refresh of a tenant costs in which nothing
// changed since its first sync: requests to Microsoft without those for tokens,
// and seconds. It must not write a row.
func BenchmarkRefresh(b *testing.B) {
	for _, users := range []int{1_000, 20_000} {
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) {
			b.Setenv(benchRefresh, "1")
			cloud := startCloud(b, users, 0)
			for b.Loop() {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), append(cloud.environ(), benchSync+"="+b.TempDir())...)
				out, err := cmd.CombinedOutput()
				require.NoError(b, err, string(out))
				_, line, _ := strings.Cut(string(out), "refresh ")
				var requests, written int
				var seconds float64
				_, err = fmt.Sscanf(line, "complete requests %d written %d seconds %f", &requests, &written, &seconds)
				require.NoError(b, err, string(out))
				b.ReportMetric(float64(requests), "requests")
				b.ReportMetric(float64(written), "rows-written")
				b.ReportMetric(seconds, "refresh-s")
			}
		})
	}
}

// cloudProcess is a simulated cloud in a process of its own.
type cloudProcess struct{ url, directory, client, secret, ca string }

func (c cloudProcess) environ() []string {
	return []string{
		"SECURATLAS_AUTHORITY_URL=" + c.url, "SECURATLAS_GRAPH_URL=" + c.url, "SSL_CERT_FILE=" + c.ca,
		"BENCH_DIRECTORY=" + c.directory, "BENCH_CLIENT=" + c.client, "BENCH_SECRET=" + c.secret,
	}
}

func startCloud(b *testing.B, users, groups int) cloudProcess {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d", benchCloud, users, groups))
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	cmd.Stderr = os.Stderr
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	r := bufio.NewReader(out)
	var v [5]string
	for i := range v {
		line, err := r.ReadString('\n')
		require.NoError(b, err)
		v[i] = strings.TrimSpace(line)
	}
	return cloudProcess{v[0], v[1], v[2], v[3], v[4]}
}
