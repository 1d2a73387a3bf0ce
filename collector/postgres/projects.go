package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// maxCachedProjects limits the memory of the cache; the database has all projects.
const maxCachedProjects = 10_000

// projects keeps the numbers of projects, which never change.
type projects struct {
	mu  sync.Mutex
	ids map[string]int32
}

func newProjects() *projects { return &projects{ids: map[string]int32{}} }

// forget empties the cache: after a failover, a project that was created on the old primary may not exist.
func (p *projects) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.ids)
}

// find returns the numbers of projects by token, and the tokens whose projects are not known.
func (p *projects) find(tokens map[string]int32) (unknown []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for token := range tokens {
		id, known := p.ids[token]
		if !known {
			unknown = append(unknown, token)
		}
		tokens[token] = id
	}
	return unknown
}

func (p *projects) add(found map[string]int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ids)+len(found) > maxCachedProjects {
		clear(p.ids)
	}
	for token, id := range found {
		p.ids[strings.Clone(token)] = id // A token may be a part of a whole request.
	}
}

// addSQL is in the order of tokens, so that two collectors that create the same projects do not wait for each other.
const (
	addProjectsSQL  = `INSERT INTO projects (token) SELECT token FROM unnest($1::text[]) AS token ORDER BY token ON CONFLICT DO NOTHING`
	findProjectsSQL = `SELECT token, id FROM projects WHERE token = ANY($1)`
)

// resolveProjects fills in the numbers of projects by token, and creates those that do not exist.
func (s *Store) resolveProjects(ctx context.Context, conn *pgx.Conn, tokens map[string]int32) error {
	unknown := s.projects.find(tokens)
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	found := make(map[string]int32, len(unknown))
	for range 2 {
		rows, err := conn.Query(ctx, findProjectsSQL, unknown)
		if err != nil {
			return fmt.Errorf("find projects: %w", err)
		}
		var token string
		var id int32
		if _, err := pgx.ForEachRow(rows, []any{&token, &id}, func() error { found[token] = id; return nil }); err != nil {
			return fmt.Errorf("find projects: %w", err)
		}
		if len(found) == len(unknown) {
			break
		}
		if _, err := conn.Exec(ctx, addProjectsSQL, unknown); err != nil {
			return fmt.Errorf("create projects: %w", err)
		}
		if err := checkReplicated(conn); err != nil {
			return err
		}
	}
	maps.Copy(tokens, found)
	s.projects.add(found)
	return nil
}
