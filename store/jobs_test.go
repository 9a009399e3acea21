package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	jobs, err := f.Jobs(ctx)
	require.NoError(t, err)
	assert.Empty(t, jobs)

	ran := f.clock.Now()
	next := ran.Add(6 * time.Hour)
	require.NoError(t, f.JobRan(ctx, "token_refresh", ran, next))
	require.NoError(t, f.JobRan(ctx, "nightly_sync", time.Time{}, next))
	jobs, err = f.Jobs(ctx)
	require.NoError(t, err)
	assert.Equal(t, []store.Job{
		{Name: "nightly_sync", NextRunAt: next},
		{Name: "token_refresh", LastRunAt: ran, NextRunAt: next},
	}, jobs)

	require.NoError(t, f.JobRan(ctx, "token_refresh", time.Time{}, next.Add(time.Hour)))
	jobs, err = f.Jobs(ctx)
	require.NoError(t, err)
	assert.Equal(t, store.Job{Name: "token_refresh", LastRunAt: ran, NextRunAt: next.Add(time.Hour)}, jobs[1])
}
