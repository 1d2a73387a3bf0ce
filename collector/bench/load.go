package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	neturl "net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// queuedRequests is how many requests per connection are built in advance, so that building them is not measured as the collector's time.
const queuedRequests = 16

// load sends the events over keep-alive connections, each with one request at a time, and returns how long each request took.
// The connections are spread over several collectors.
func load(urls, token string, events, batch, connections int) ([]time.Duration, error) {
	var hosts []string
	for url := range strings.SplitSeq(urls, ",") {
		u, err := neturl.Parse(url)
		if err != nil {
			return nil, fmt.Errorf("the address: %w", err)
		}
		hosts = append(hosts, u.Host)
	}
	requests := make(chan []byte, queuedRequests*connections)
	var failed atomic.Bool
	go func() {
		defer close(requests)
		for from := 0; from < events && !failed.Load(); from += batch {
			requests <- request(hosts[0], token, from, min(from+batch, events))
		}
	}()

	var mutex sync.Mutex
	var all []time.Duration
	var first error
	var workers sync.WaitGroup
	for i := range connections {
		workers.Add(1)
		go func() {
			defer workers.Done()
			durations, err := send(hosts[i%len(hosts)], requests)
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, durations...)
			if err != nil && first == nil {
				first = err
			}
			if err != nil {
				failed.Store(true)
				for range requests { // The goroutine that builds requests must not block for ever.
				}
			}
		}()
	}
	workers.Wait()
	return all, first
}

// request returns one POST as the browser library sends it: a form body with a JSON array.
func request(host, token string, from, to int) []byte {
	var data strings.Builder
	for n := from; n < to; n++ {
		separator := ","
		if n == from {
			separator = "["
		}
		fmt.Fprintf(&data, `%s{"event":%q,"properties":%s}`, separator, eventName, newRow(n, token).properties)
	}
	data.WriteByte(']')
	body := "data=" + neturl.QueryEscape(data.String())
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST /track/?verbose=1&ip=1 HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		host, len(body), body)
	return b.Bytes()
}

func send(host string, requests <-chan []byte) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReader(conn)
	var durations []time.Duration
	for r := range requests {
		started := time.Now()
		if _, err := conn.Write(r); err != nil {
			return durations, fmt.Errorf("send: %w", err)
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return durations, fmt.Errorf("read the answer: %w", err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return durations, fmt.Errorf("read the answer: %w", err)
		}
		if answer.StatusCode != http.StatusOK {
			return durations, fmt.Errorf("the collector answered %s: %s", answer.Status, body)
		}
		durations = append(durations, time.Since(started))
	}
	return durations, nil
}
