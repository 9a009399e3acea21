package syncer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/securatlas/securatlas/store"
)

// The scheduled jobs, by the names under which pages and logs show them.
const (
	NightlySync  = "securatlas_nightly_sync"  // every connected tenant, 03:00 UTC
	TokenRefresh = "securatlas_token_refresh" // every credential, every six hours UTC
	minuteJob    = "securatlas_minute"        // what throttled parts and dead processes left to do
)

// stopTimeout is how long Stop waits for a job that is on. One whose context
// has ended needs a moment; whoever ends the process gives it a few seconds.
const stopTimeout = 2 * time.Second

// nightlyTenants is how many tenants the nightly job syncs at once.
const nightlyTenants = 4

// Schedule runs the jobs until its context ends. What fell due while no
// process ran is made up at once.
type Schedule struct {
	syncer    *Syncer
	scheduler gocron.Scheduler
	jobs      []scheduledJob
}

type scheduledJob struct {
	name string
	// due returns the newest time at or before t at which the job was due.
	due func(t time.Time) time.Time
	run func(context.Context) error
	job gocron.Job
}

// StartSchedule marks the runs that a killed process left behind, does them
// again, makes up missed jobs and starts the clock. Stop it with Stop.
func (s *Syncer) StartSchedule(ctx context.Context) (*Schedule, error) {
	scheduler, err := gocron.NewScheduler(
		gocron.WithClock(s.clock),
		gocron.WithLocation(time.UTC),
		gocron.WithStopTimeout(stopTimeout),
	)
	if err != nil {
		return nil, fmt.Errorf("make the scheduler: %w", err)
	}
	sched := &Schedule{syncer: s, scheduler: scheduler, jobs: []scheduledJob{
		{name: NightlySync, due: dailyAt(3), run: s.SyncAll},
		{name: TokenRefresh, due: everySixHours, run: s.RefreshTokens},
	}}
	crons := map[string]string{NightlySync: "0 3 * * *", TokenRefresh: "0 */6 * * *"}
	for i := range sched.jobs {
		j := &sched.jobs[i]
		j.job, err = scheduler.NewJob(
			gocron.CronJob(crons[j.name], false),
			gocron.NewTask(func() { sched.do(j) }),
			gocron.WithName(j.name),
			gocron.WithSingletonMode(gocron.LimitModeReschedule),
		)
		if err != nil {
			return nil, fmt.Errorf("schedule %s: %w", j.name, err)
		}
	}
	_, err = scheduler.NewJob(
		gocron.DurationJob(time.Minute),
		gocron.NewTask(func() { s.logged(minuteJob, s.everyMinute(s.ctx)) }),
		gocron.WithName(minuteJob),
		gocron.WithSingletonMode(gocron.LimitModeReschedule),
	)
	if err != nil {
		return nil, fmt.Errorf("schedule %s: %w", minuteJob, err)
	}
	missed, err := sched.missed(ctx)
	if err != nil {
		return nil, err
	}
	scheduler.Start()
	for i := range sched.jobs {
		if err := sched.announce(ctx, &sched.jobs[i]); err != nil {
			return nil, err
		}
	}
	// A tenant whose sync cannot be resumed keeps nobody from the others.
	s.logged("resume", s.resume(ctx, store.CodeProcessEnded, codeShutdown))
	// What a process computed from lists that it read before it died comes up to
	// date without another sync.
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		s.logged("renew MFA enforcement", s.renewStaleMFA(s.ctx))
	}()
	for _, j := range missed {
		s.log.Info("job was missed while SecurAtlas was not running", "job", j.name)
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			sched.do(j)
		}()
	}
	return sched, nil
}

// Stop ends the clock and waits a moment for a job that is on: stop the Syncer
// first, which ends it.
func (sc *Schedule) Stop() error { return sc.scheduler.Shutdown() }

// missed returns the jobs that were due since they last ran. A job that never
// ran is due only when there is something that is older than its due time.
func (sc *Schedule) missed(ctx context.Context) ([]*scheduledJob, error) {
	s := sc.syncer
	known, err := s.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	last := map[string]time.Time{}
	for _, j := range known {
		last[j.Name] = j.LastRunAt
	}
	integrations, err := s.store.Integrations(ctx)
	if err != nil {
		return nil, err
	}
	var missed []*scheduledJob
	for i := range sc.jobs {
		j := &sc.jobs[i]
		due := j.due(s.clock.Now().UTC())
		for _, integration := range integrations {
			if last[j.name].Before(due) && integration.ConnectedAt.Before(due) {
				missed = append(missed, j)
				break
			}
		}
	}
	return missed, nil
}

func (sc *Schedule) do(j *scheduledJob) {
	s := sc.syncer
	started := s.clock.Now().UTC()
	err := j.run(s.ctx)
	if s.ctx.Err() != nil {
		return // not done: the next start makes it up
	}
	s.logged(j.name, err)
	next, _ := j.job.NextRun()
	if err := s.store.JobRan(s.ctx, j.name, started, next); err != nil {
		s.log.Error("job could not be recorded", "job", j.name, "error", err)
	}
}

// announce stores when a job runs next, for the pages.
func (sc *Schedule) announce(ctx context.Context, j *scheduledJob) error {
	next, err := j.job.NextRun()
	if err != nil {
		return fmt.Errorf("next run of %s: %w", j.name, err)
	}
	return sc.syncer.store.JobRan(ctx, j.name, time.Time{}, next)
}

func (s *Syncer) logged(job string, err error) {
	if err != nil && s.ctx.Err() == nil {
		s.log.Error("job failed", "job", job, "error", err)
	}
}

func dailyAt(hour int) func(time.Time) time.Time {
	return func(t time.Time) time.Time {
		due := time.Date(t.Year(), t.Month(), t.Day(), hour, 0, 0, 0, time.UTC)
		if due.After(t) {
			due = due.AddDate(0, 0, -1)
		}
		return due
	}
}

func everySixHours(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour()/6*6, 0, 0, 0, time.UTC)
}

// SyncAll syncs every connected tenant in full, a few at a time, then drops
// history, and rows of logs, that are too old: the job securatlas_nightly_sync.
func (s *Syncer) SyncAll(ctx context.Context) error {
	integrations, err := s.store.Integrations(ctx)
	if err != nil {
		return err
	}
	slots := make(chan struct{}, nightlyTenants)
	var syncing sync.WaitGroup
	for _, i := range integrations {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			syncing.Wait()
			return ctx.Err()
		}
		syncing.Go(func() {
			defer func() { <-slots }()
			run, _, err := s.StartCovering(ctx, store.NewRun{TenantID: i.TenantID, Trigger: store.TriggerNightly, By: "schedule", Full: true}, nil)
			if err == nil {
				_, err = s.Wait(ctx, run.ID)
			}
			if err != nil && ctx.Err() == nil {
				s.log.Error("nightly sync failed", "tenant_id", i.TenantID, "error", err)
			}
		})
	}
	syncing.Wait()
	return errors.Join(s.store.PruneRows(ctx), s.store.PruneHistory(ctx, s.config.KeepHistory))
}

// everyMinute does what neither a click nor the night starts. A process that
// died on another machine or in another container shows only after a while, so
// runs are looked after here as well as at the start.
func (s *Syncer) everyMinute(ctx context.Context) error {
	return errors.Join(s.resume(ctx, store.CodeProcessEnded), s.retryThrottled(ctx), s.renewStaleMFA(ctx))
}

// retryThrottled syncs the entities that Microsoft asked to wait for, once
// that time has come.
func (s *Syncer) retryThrottled(ctx context.Context) error {
	retries, err := s.store.DueRetries(ctx, s.clock.Now())
	if err != nil {
		return err
	}
	var failures []error
	for _, r := range retries {
		if _, _, err := s.Start(ctx, store.NewRun{TenantID: r.TenantID, Trigger: store.TriggerRetry, By: "schedule", Kinds: r.Kinds}); err != nil {
			failures = append(failures, fmt.Errorf("retry of tenant %d: %w", r.TenantID, err))
		}
	}
	return errors.Join(failures...)
}
