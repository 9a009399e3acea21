package syncer_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkGroupMembers reports the peak memory of a process that connects a
// directory with many groups: it must not grow with their number. A group has
// 20 members on average. The requests are those for members and owners.
func BenchmarkGroupMembers(b *testing.B) {
	for _, groups := range []int{1_000, 5_000, 20_000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			cloud := startCloud(b, 5_000, groups)
			for b.Loop() {
				b.StopTimer()
				dir := b.TempDir()
				b.StartTimer()
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), append(cloud.environ(), benchSync+"="+dir)...)
				out, err := cmd.CombinedOutput()
				require.NoError(b, err, string(out))
				require.Contains(b, string(out), "complete users=5000\n")
				var edges, requests int
				_, counts, _ := strings.Cut(string(out), "\nedges ")
				_, err = fmt.Sscanf(counts, "%d requests %d", &edges, &requests)
				require.NoError(b, err, string(out))
				require.LessOrEqual(b, requests, groups/10+1+edges/999, "20 lists in each batch, two for each group, and further pages of 999")
				usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
				b.ReportMetric(float64(usage.Maxrss)/1024, "peak-MB")
				b.ReportMetric(float64(edges), "edges")
				b.ReportMetric(float64(requests), "requests")
			}
		})
	}
}
