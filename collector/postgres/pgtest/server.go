//go:build unix

// Package pgtest starts PostgreSQL servers for tests and benchmarks: in a temporary folder, as an ordinary user, on a free port of loopback. It
// needs the server's programs, which Debian's package postgresql has, and no service that runs. Read Start.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing is returned where PostgreSQL's server programs are not installed.
var ErrMissing = errors.New("PostgreSQL's server programs were not found: install Debian's package postgresql, or set THROUGHLINE_POSTGRES_BIN to their folder")

// Server is a running PostgreSQL server. It is not safe for concurrent use.
type Server struct {
	Port   int
	folder string // has data and what the server logs
	bin    string
	user   *syscall.Credential // whom it runs as; nil stands for the user of this process
	cmd    *exec.Cmd
	exited chan struct{}
}

// settings make a server quick to start, and keep what makes it durable as it is.
const settings = `
listen_addresses = '127.0.0.1'
shared_buffers = 128MB
max_connections = 200
max_wal_senders = 8
wal_keep_size = 256MB
autovacuum_naptime = 10s
`

// Start makes an empty cluster in folder, which must exist and is for its use alone, and starts it with more settings, one in each line.
func Start(folder string, more ...string) (*Server, error) {
	s, err := newServer(folder)
	if err != nil {
		return nil, err
	}
	if err := s.run("initdb", "--pgdata", s.data(), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"); err != nil {
		return nil, err
	}
	if err := s.configure(append(strings.Split(settings, "\n"), more...)...); err != nil {
		return nil, err
	}
	return s, s.Restart()
}

// Standby makes a standby of a server in folder, which must exist and is for its use alone, and starts it. name is what the server's
// synchronous_standby_names can call it.
func (s *Server) Standby(folder, name string) (*Server, error) {
	standby, err := newServer(folder)
	if err != nil {
		return nil, err
	}
	connection := fmt.Sprintf("host=127.0.0.1 port=%d user=postgres application_name=%s", s.Port, name)
	if err := standby.run("pg_basebackup", "--pgdata", standby.data(), "--dbname", connection, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync"); err != nil {
		return nil, err
	}
	if err := standby.configure("synchronous_standby_names = ''"); err != nil {
		return nil, err
	}
	return standby, standby.Restart()
}

func newServer(folder string) (*Server, error) {
	bin, err := findPrograms()
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, bin: bin}
	if os.Getuid() == 0 { // PostgreSQL does not run as root.
		other, err := user.Lookup("postgres")
		if err != nil {
			if other, err = user.Lookup("nobody"); err != nil {
				return nil, fmt.Errorf("find another user than root: %w", err)
			}
		}
		uid, _ := strconv.ParseUint(other.Uid, 10, 32)
		gid, _ := strconv.ParseUint(other.Gid, 10, 32)
		s.user = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := openTo(folder, int(uid), int(gid)); err != nil {
			return nil, err
		}
	}
	if s.Port, err = freePort(); err != nil {
		return nil, err
	}
	return s, nil
}

// openTo gives a folder to a user, who must also come to it through the temporary folders above.
func openTo(folder string, uid, gid int) error {
	if err := os.Chown(folder, uid, gid); err != nil {
		return err
	}
	temporary := filepath.Clean(os.TempDir())
	for above := filepath.Dir(folder); strings.HasPrefix(above, temporary+string(filepath.Separator)); above = filepath.Dir(above) {
		if err := os.Chmod(above, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func findPrograms() (string, error) {
	if folder := os.Getenv("THROUGHLINE_POSTGRES_BIN"); folder != "" {
		return folder, nil
	}
	// Debian keeps them outside of PATH, by version.
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 { // The pattern is right.
		return filepath.Dir(slices.Max(found)), nil
	}
	path, err := exec.LookPath("initdb")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", ErrMissing
	}
	return filepath.Dir(path), nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.user}
	return cmd
}

func (s *Server) run(name string, args ...string) error {
	output, err := s.command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, output)
	}
	return nil
}

// configure adds settings, of which the last one of a name counts. They hold from the next start.
func (s *Server) configure(settings ...string) error {
	lines := append(settings, fmt.Sprintf("port = %d", s.Port), fmt.Sprintf("unix_socket_directories = '%s'", s.folder))
	file, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, file.Close())
}

// Restart starts the server, which must not be running.
func (s *Server) Restart() error {
	var log bytes.Buffer
	s.cmd = s.command("postgres", "-D", s.data())
	s.cmd.Stderr = &log
	s.cmd.SysProcAttr.Setpgid = true
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	s.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(s.cmd, s.exited)
	for deadline := time.Now().Add(60 * time.Second); ; {
		_, err := s.Query("postgres", "SELECT ''")
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("postgres ended: %s", log.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("postgres does not answer: %w", err)
		}
	}
}

// Kill ends the server and all its processes with SIGKILL.
func (s *Server) Kill() {
	_ = s.cmd.Process.Signal(syscall.SIGSTOP) // so that it starts no others meanwhile
	s.signalAll(syscall.SIGKILL)
	<-s.exited
	_ = os.Remove(filepath.Join(s.data(), "postmaster.pid"))
}

// Stop ends the server in order.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.Kill()
	}
}

// Pause stops all processes of the server for a while; Continue lets them go on.
func (s *Server) Pause() { s.signalAll(syscall.SIGSTOP) }

// Continue ends a Pause.
func (s *Server) Continue() { s.signalAll(syscall.SIGCONT) }

// signalAll signals the server's processes, each of which is the leader of a group of its own.
func (s *Server) signalAll(signal syscall.Signal) {
	own := s.cmd.Process.Pid
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", own, own))
	for _, child := range strings.Fields(string(children)) {
		pid, _ := strconv.Atoi(child)
		_ = syscall.Kill(pid, signal)
	}
	_ = syscall.Kill(own, signal)
}

// Promote makes a standby the primary.
func (s *Server) Promote() error {
	_, err := s.Query("postgres", "SELECT pg_promote(true, 60)::text")
	return err
}

// PID returns the id of the server's first process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// DSN returns the address of a database.
func (s *Server) DSN(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}

// CreateDatabase makes an empty database.
func (s *Server) CreateDatabase(name string) error {
	_, err := s.Query("postgres", "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

// Query runs a statement in a connection of its own, and returns the first column as text.
func (s *Server) Query(database, sql string) (values []string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.DSN(database))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
