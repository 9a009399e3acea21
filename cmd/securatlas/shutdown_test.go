package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// A sync is marked at the signal, though a request under way takes its time to
// end: docker stop kills after ten seconds.
func TestSyncEndsBeforeTheRequestsUnderWay(t *testing.T) {
	t.Parallel()
	cloud, err := simulator.Start(simulator.Options{Users: 40, Seed: 7, NoThrottle: true})
	require.NoError(t, err)
	t.Cleanup(func() { cloud.Close() })
	dir := t.TempDir()
	tenant := missedNight(t, dir, cloud)
	st := storetest.Open(t, storetest.WithDir(dir), storetest.WithCatalogue(entities.All()))
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	t.Cleanup(func() { close(goOn) })
	cloud.Inject(simulator.Fault{Path: "/users", Count: 1, Rows: func(rows []map[string]any) []map[string]any {
		reached <- struct{}{}
		<-goOn
		return rows
	}})
	web, err := webFlags{Listen: "127.0.0.1:0"}.bind()
	require.NoError(t, err)
	ctx, signal := context.WithCancel(t.Context())
	defer signal()
	ended := make(chan error, 1)
	go func() {
		ended <- app{
			env: &env{ctx: ctx, stdout: io.Discard, stderr: t.Output()}, store: st, web: web, log: logFlags{Log: "text"},
			transport: cloud.Transport(), cloud: simulated(cloud),
		}.run()
	}()
	<-reached

	conn, err := net.Dial("tcp", web.listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", web.base.Host)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "100 Continue", "the request is under way")

	signal()
	require.Eventually(t, func() bool {
		runs, err := st.Runs(t.Context(), tenant, 0, 1)
		return err == nil && len(runs) == 1 && runs[0].Problem != nil && runs[0].Problem.Code == "shutdown"
	}, grace-2*time.Second, 20*time.Millisecond)
	conn.Close()
	assert.NoError(t, <-ended)
}

// missedNight connects a tenant two days ago, so that the nightly sync is made
// up at the next start.
func missedNight(t *testing.T, dir string, cloud *simulator.Server) int64 {
	t.Helper()
	o := storetest.Options(t, storetest.WithDir(dir), storetest.WithCatalogue(entities.All()))
	o.Now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
	st, err := store.Open(t.Context(), o)
	require.NoError(t, err)
	defer st.Close()
	by := store.Actor{Name: "test"}
	_, err = st.CreateAccount(t.Context(), by, "ann@example.com", store.Owner, "correct horse battery", nil)
	require.NoError(t, err)
	tenant, err := st.CreateTenant(t.Context(), by, "Contoso", "contoso")
	require.NoError(t, err)
	engine := syncer.New(syncer.Config{Store: st, Transport: cloud.Transport(), Cloud: simulated(cloud)})
	defer engine.Close()
	report, err := engine.ConnectWith(t.Context(), by, tenant.ID, entity.Connection{
		Cloud: microsoft.Custom, DirectoryID: cloud.DirectoryID(), ClientID: cloud.ClientID(), Secret: cloud.ClientSecret(),
	}, syncer.ConnectOptions{NoSync: true})
	require.NoError(t, err)
	require.True(t, report.OK)
	return tenant.ID
}
