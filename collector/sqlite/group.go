package sqlite

import (
	"sync/atomic"

	"github.com/throughline/throughline/collector/event"
)

// job is a batch in line.
type job struct {
	batch event.Batch
	taken atomic.Bool
	done  chan error
}

func newJob(batch event.Batch) *job { return &job{batch: batch, done: make(chan error, 1)} }

// take is for whoever settles the job: the writer, or the client that gives up. One of them gets it.
func (j *job) take() bool { return j.taken.CompareAndSwap(false, true) }

// One commit takes at most so much, so that nobody waits long for those in front.
const (
	groupJobs  = 256
	groupBytes = 8 << 20
)

func (s *Store) write() {
	defer close(s.done)
	health := health{path: s.config.Path, log: s.config.Log, now: s.config.Now}
	for {
		var first *job
		select {
		case first = <-s.queue:
		case <-s.closing:
			select {
			case first = <-s.queue:
			default:
				return
			}
		}
		if jobs := s.gather(first); len(jobs) > 0 {
			err := s.commit(jobs)
			health.note(err, len(jobs))
		}
	}
}

// gather takes the requests that came while the last commit waited for the disk.
func (s *Store) gather(first *job) []*job {
	var jobs []*job
	size := 0
	for next := first; ; {
		if next.take() {
			jobs = append(jobs, next)
			size += next.batch.Size()
		}
		if len(jobs) >= groupJobs || size >= groupBytes {
			return jobs
		}
		select {
		case next = <-s.queue:
		default:
			return jobs
		}
	}
}

func (s *Store) commit(jobs []*job) error {
	news, err := s.writer.insert(jobs, s.config.Now().UnixMilli())
	if err == nil {
		s.config.Committed(news)
	}
	for _, j := range jobs {
		j.done <- err
	}
	return err
}
