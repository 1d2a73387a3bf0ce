package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	neturl "net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// siege is honest clients and attackers at work on one collector at the same time.
type siege struct {
	url, host, key string
	client         *http.Client
	end            time.Time
	workers        sync.WaitGroup
	attackers      int // those that have an address of their own

	acknowledged atomic.Int64 // events of honest clients
	mu           sync.Mutex
	waits        []time.Duration // of honest clients, for each answer
	reads        []time.Duration // the same, of one who reads
	answers      map[string]int  // to attackers, by kind of attack and status
	failures     map[string]int  // of honest clients
}

const (
	honestClients = 8
	honestBatch   = 20
	honestToken   = "honest"
	reader        = "198.51.100.200"
)

// attackResult is what became of both.
type attackResult struct {
	Acknowledged int            `json:"acknowledged"`
	Stored       int            `json:"stored"`
	PerSecond    float64        `json:"per_second"`
	P50MS        float64        `json:"p50_ms"`
	P99MS        float64        `json:"p99_ms"`
	ReadP50MS    float64        `json:"read_p50_ms"`
	ReadP99MS    float64        `json:"read_p99_ms"`
	Failures     map[string]int `json:"failures"`
	Answers      map[string]int `json:"answers"`
	RSSMiB       []int          `json:"rss_mib"` // in tenths of the time
	Descriptors  []int          `json:"descriptors"`
}

// attack runs honest clients, with attackers or alone, for so long, and then counts what is stored. pid is the collector's process, which must
// trust 127.0.0.1 as a proxy: every client has an address of its own.
func attack(url, key string, pid int, duration time.Duration, attackers bool) (*attackResult, error) {
	u, err := neturl.Parse(url)
	if err != nil {
		return nil, fmt.Errorf("the address: %w", err)
	}
	s := &siege{
		url: url, host: u.Host, key: key, end: time.Now().Add(duration), answers: map[string]int{}, failures: map[string]int{},
		client: &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
	}
	for n := range honestClients {
		s.workers.Go(func() { s.sendHonestly(n) })
	}
	s.workers.Go(s.readHonestly)
	if attackers {
		s.startAttackers()
	}
	result := &attackResult{Failures: s.failures, Answers: s.answers}
	for range 10 {
		time.Sleep(duration / 10)
		rss, descriptors := process(pid)
		result.RSSMiB, result.Descriptors = append(result.RSSMiB, rss), append(result.Descriptors, descriptors)
	}
	s.workers.Wait()
	result.Acknowledged = int(s.acknowledged.Load())
	result.PerSecond = float64(result.Acknowledged) / duration.Seconds()
	sent, read := summarize(0, duration, s.waits), summarize(0, duration, s.reads)
	result.P50MS, result.P99MS, result.ReadP50MS, result.ReadP99MS = sent.P50MS, sent.P99MS, read.P50MS, read.P99MS
	result.Stored, err = s.countStored()
	return result, err
}

func (s *siege) running() bool { return time.Now().Before(s.end) }

// sendHonestly sends batches, each until it is acknowledged, as a client does that keeps what was not.
func (s *siege) sendHonestly(client int) {
	for n := 0; s.running(); n++ {
		var batch []string
		for i := range honestBatch {
			batch = append(batch, fmt.Sprintf(`{"event":"E","properties":{"token":"%s","distinct_id":"d%d","$insert_id":"%d-%d-%d","n":%d}}`,
				honestToken, client, client, n, i, n*honestBatch+i))
		}
		body := "[" + strings.Join(batch, ",") + "]"
		for {
			from := time.Now()
			status, answer, err := s.do(fmt.Sprint("198.51.100.", client), http.MethodPost, "/track?verbose=1", strings.NewReader(body))
			s.note(&s.waits, time.Since(from))
			if err == nil && status == http.StatusOK && strings.Contains(answer, `"status":1`) {
				break
			}
			s.fail(status, err)
			time.Sleep(200 * time.Millisecond)
		}
		s.acknowledged.Add(honestBatch)
	}
}

func (s *siege) readHonestly() {
	for s.running() {
		from := time.Now()
		status, _, err := s.do(reader, http.MethodGet, "/api/person?token="+honestToken+"&distinct_id=d1", nil, "Authorization", "Bearer "+s.key)
		s.note(&s.reads, time.Since(from))
		if err != nil || status != http.StatusOK {
			s.fail(status, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *siege) note(list *[]time.Duration, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, wait)
}

func (s *siege) fail(status int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failures["no answer"]++
		return
	}
	s.failures[strconv.Itoa(status)]++
}

// do sends a request as a proxy would that the collector trusts, on behalf of the client with that address.
func (s *siege) do(from, method, path string, body io.Reader, headers ...string) (status int, answer string, err error) {
	r, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("X-Forwarded-For", from)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, string(text), err
}

// startAttackers starts some of each kind.
func (s *siege) startAttackers() {
	bomb := packed(`[` + strings.TrimSuffix(strings.Repeat(`{"event":"E","properties":{"token":"a","p":"`+strings.Repeat("x", 1_990_000)+`"}},`, 5), ",") + `]`)
	for range 16 {
		s.attackWith("gzip that unpacks to much", func(int) (string, string, []byte, []string) {
			return http.MethodPost, "/track", bomb, nil
		})
	}
	for range 4 {
		s.attackWith("claims to others' aliases", func(n int) (string, string, []byte, []string) {
			return http.MethodPost, "/track?verbose=1", fmt.Appendf(nil, `[{"event":"$create_alias","properties":{"token":"%s","distinct_id":"x%d","alias":"d%d","$insert_id":"%d"}}]`,
				honestToken, rand.IntN(1000), n%honestClients, rand.Uint64()), nil
		})
	}
	for range 4 {
		s.attackWith("wrong keys", func(int) (string, string, []byte, []string) {
			return http.MethodGet, "/api/events?token=" + honestToken, nil, []string{"Authorization", fmt.Sprint("Bearer ", rand.Uint64())}
		})
	}
	for range 4 {
		s.attackWith("operations on one profile", func(n int) (string, string, []byte, []string) {
			return http.MethodPost, "/engage", fmt.Appendf(nil, `[{"$token":"%s","$distinct_id":"d1","$union":{"list":[%d]}}]`, honestToken, n), nil
		})
	}
	for range 4 {
		s.attackWith("nesting", func(int) (string, string, []byte, []string) {
			return http.MethodPost, "/track", []byte(strings.Repeat(`[{"a":`, 500_000)), nil
		})
	}
	for range 100 {
		s.workers.Go(s.sendSlowly)
	}
	for range 64 {
		s.workers.Go(s.readNothing)
	}
}

func (s *siege) attackWith(kind string, request func(n int) (method, path string, body []byte, headers []string)) {
	s.attackers++
	address := fmt.Sprint("203.0.113.", s.attackers)
	s.workers.Go(func() {
		for n := 0; s.running(); n++ {
			method, path, body, headers := request(n)
			status, _, err := s.do(address, method, path, bytes.NewReader(body), headers...)
			outcome := strconv.Itoa(status)
			if err != nil {
				outcome = "no answer"
			}
			s.mu.Lock()
			s.answers[kind+": "+outcome]++
			s.mu.Unlock()
		}
	})
}

// sendSlowly announces a body, sends a byte of it now and then, and begins again when it is cut off.
func (s *siege) sendSlowly() {
	for s.running() {
		conn, err := net.Dial("tcp", s.host)
		if err != nil {
			time.Sleep(time.Second)
			continue
		}
		_, err = fmt.Fprintf(conn, "POST /track HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 203.0.113.254\r\nContent-Length: 10000000\r\n\r\n[", s.host)
		for err == nil && s.running() {
			time.Sleep(time.Second)
			_, err = conn.Write([]byte{' '})
		}
		_ = conn.Close()
	}
}

// readNothing has the key, asks for much and reads none of it.
func (s *siege) readNothing() {
	for s.running() {
		conn, err := net.Dial("tcp", s.host)
		if err != nil {
			time.Sleep(time.Second)
			continue
		}
		for range 10 {
			_, _ = fmt.Fprintf(conn, "GET /api/events?token=%s&limit=1000 HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 203.0.113.255\r\nAuthorization: Bearer %s\r\n\r\n",
				honestToken, s.host, s.key)
		}
		time.Sleep(5 * time.Second)
		_ = conn.Close()
	}
}

func packed(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // A Buffer takes everything.
	_ = w.Close()
	return b.Bytes()
}

// countStored counts the events of honest clients, each insert id once; one that is stored twice is an error.
func (s *siege) countStored() (int, error) {
	seen := map[string]bool{}
	for before := int64(1 << 62); ; {
		status, text, err := s.page(before)
		if err != nil || status != http.StatusOK {
			return 0, fmt.Errorf("read what is stored: status %d, %w", status, err)
		}
		if len(text.Events) == 0 {
			return len(seen), nil
		}
		for _, e := range text.Events {
			before = e.ID
			if !strings.HasPrefix(e.DistinctID, "d") {
				continue
			}
			if seen[e.InsertID] {
				return 0, fmt.Errorf("%s is stored twice", e.InsertID)
			}
			seen[e.InsertID] = true
		}
	}
}

type eventsPage struct {
	Events []struct {
		ID         int64  `json:"id"`
		InsertID   string `json:"insert_id"`
		DistinctID string `json:"distinct_id"`
	} `json:"events"`
}

func (s *siege) page(before int64) (status int, page eventsPage, err error) {
	status, text, err := s.do(reader, http.MethodGet, fmt.Sprintf("/api/events?token=%s&limit=1000&before=%d", honestToken, before), nil, "Authorization", "Bearer "+s.key)
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal([]byte(text), &page)
	}
	return status, page, err
}

// process returns the memory of a process, in MiB, and how many files it has open; 0 where the system does not tell.
func process(pid int) (rssMiB, descriptors int) {
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	status, _ := os.ReadFile(filepath.Join(folder, "status"))
	if _, after, found := strings.Cut(string(status), "VmRSS:"); found {
		kB, _ := strconv.Atoi(strings.Fields(after)[0])
		rssMiB = kB / 1024
	}
	files, _ := os.ReadDir(filepath.Join(folder, "fd"))
	return rssMiB, len(files)
}
