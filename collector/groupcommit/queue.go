// Package groupcommit lets the requests of many clients wait in line for a few writers, each of which commits many of them together: a disk is
// waited for once a commit, not once a request. It does not know what a commit is. Read Queue.
package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/throughline/throughline/collector/event"
)

// Job waits for a writer: a batch, or a task of the collector's own that is part of the same transaction.
type Job[Task any] struct {
	Batch   event.Batch
	Task    Task
	settled atomic.Bool
	done    chan error
}

// trySettle reports whether the caller decides about the job. The writer and a client that gives up both call it, and only the first one
// wins.
func (j *Job[Task]) trySettle() bool { return j.settled.CompareAndSwap(false, true) }

// Limits of one commit, so that no request waits long for those before it.
const (
	maxGroupJobs  = 256
	maxGroupBytes = 8 << 20
	// largeJob is from how many bytes a job is committed by itself. Between two of them the small ones have their turn, so that somebody who
	// imports much, or attacks, keeps pages waiting for one large commit and not for all of them.
	largeJob = 1 << 20
)

// queueLength is how many requests can be queued; more of them wait to be queued.
const queueLength = 1024

// ErrClosed is returned for a job that comes after Close.
var ErrClosed = errors.New("the store is closed")

// Gathering is how long a writer waits for more jobs to commit together, where a commit costs more than its jobs. It does not wait for a client that
// is alone, nor once it has as many jobs as were in line and in the last commit together.
type Gathering struct {
	AtMost time.Duration // 0 stands for no waiting
	Bytes  int           // from which a commit is large enough
}

// Queue is a line of jobs. It is safe for concurrent use.
type Queue[Task any] struct {
	small, large chan *Job[Task]
	gathering    Gathering
	closing      chan struct{}
	done         chan struct{} // closed when the writers have stopped
}

// New returns a Queue with one writer for each of these functions, each of which commits jobs, all of them or none, and returns what every one
// of the jobs is answered; a function that answers them one by one calls Answer and returns nil.
func New[Task any](gathering Gathering, writers ...func([]*Job[Task]) error) *Queue[Task] {
	q := &Queue[Task]{
		small: make(chan *Job[Task], queueLength), large: make(chan *Job[Task], queueLength), gathering: gathering,
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	var running sync.WaitGroup
	for _, commit := range writers {
		running.Go(func() { q.writeLoop(commit) })
	}
	go func() {
		running.Wait()
		close(q.done)
	}()
	return q
}

// Waiting returns how many jobs are in line: small ones, and those that are committed by themselves.
func (q *Queue[Task]) Waiting() (small, large int) { return len(q.small), len(q.large) }

// Do waits until a batch and a task were committed. If ctx ends before a writer has begun with the job, it is not committed and Do returns an
// error; a job that a writer has begun with is waited for.
func (q *Queue[Task]) Do(ctx context.Context, batch event.Batch, task Task) error {
	j := &Job[Task]{Batch: batch, Task: task, done: make(chan error, 1)}
	select {
	case q.lineOf(j) <- j:
	case <-q.closing:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("wait in line: %w", ctx.Err())
	}
	var giveUpErr error
	select {
	case err := <-j.done:
		return err
	case <-q.done:
		giveUpErr = ErrClosed
	case <-ctx.Done():
		giveUpErr = fmt.Errorf("wait for the writer: %w", ctx.Err())
	}
	if j.trySettle() {
		j.Batch = event.Batch{} // The job stays in the queue until the writer comes to it; its events need not stay in memory.
		return giveUpErr
	}
	return <-j.done
}

// Close commits what has been queued, then stops the writers.
func (q *Queue[Task]) Close() {
	close(q.closing)
	<-q.done
}

// lineOf returns the line for a job.
func (q *Queue[Task]) lineOf(j *Job[Task]) chan *Job[Task] {
	if j.Batch.Size() >= largeJob {
		return q.large
	}
	return q.small
}

func (q *Queue[Task]) writeLoop(commit func([]*Job[Task]) error) {
	commitAll := func(jobs []*Job[Task]) {
		if len(jobs) == 0 {
			return
		}
		err := commit(jobs)
		for _, j := range jobs {
			j.Answer(err)
		}
	}
	expected := 0 // how many jobs clients have under way, about
	for {
		var small, large *Job[Task]
		select {
		case small = <-q.small:
		case large = <-q.large:
		case <-q.closing:
			if small, large = poll(q.small), poll(q.large); small == nil && large == nil {
				return
			}
		}
		if small == nil {
			small = poll(q.small)
		}
		if small != nil {
			jobs := q.collectJobs(small, expected)
			commitAll(jobs)
			expected = len(jobs) + len(q.small)
		}
		if large == nil {
			large = poll(q.large)
		}
		if large != nil && large.trySettle() {
			commitAll([]*Job[Task]{large})
		}
	}
}

// Answer answers a job before the others of its commit. Only the first answer counts.
func (j *Job[Task]) Answer(err error) {
	select {
	case j.done <- err:
	default:
	}
}

// poll returns the next job of a line, nil if there is none.
func poll[Task any](line chan *Job[Task]) *Job[Task] {
	select {
	case j := <-line:
		return j
	default:
		return nil
	}
}

// collectJobs returns first and the small jobs that arrived while the last commit waited for the disk, and gathers more until there are as many as
// expected.
func (q *Queue[Task]) collectJobs(first *Job[Task], expected int) []*Job[Task] {
	var jobs []*Job[Task]
	var enough <-chan time.Time
	size := 0
	for next := first; next != nil; {
		if next.trySettle() {
			jobs = append(jobs, next)
			size += next.Batch.Size()
		}
		if len(jobs) >= maxGroupJobs || size >= maxGroupBytes {
			break
		}
		if next = poll(q.small); next != nil || q.gathering.AtMost == 0 || size >= q.gathering.Bytes || len(jobs) >= expected {
			continue
		}
		if enough == nil {
			enough = time.After(q.gathering.AtMost)
		}
		select {
		case next = <-q.small:
		case <-enough:
		case <-q.closing:
		}
	}
	return jobs
}
