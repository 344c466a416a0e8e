// The service's task in Go, using only the standard library.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	burst     = 100_000_000
	perSecond = 10_000_000
)

type recorded struct {
	Headers [][2]string `json:"headers"`
	Body    string      `json:"body"`
}

type asked struct {
	AccountID string `json:"account_id"`
	Passcode  string `json:"passcode"`
	Region    string `json:"region"`
}

type verdictBody struct {
	Status          string          `json:"status"`
	Verified        bool            `json:"verified"`
	AccountID       string          `json:"account_id"`
	Partner         string          `json:"partner"`
	Region          json.RawMessage `json:"region"`
	SuggestedRegion *string         `json:"suggested_region"`
	Checks          json.RawMessage `json:"checks"`
	Source          string          `json:"source"`
	CheckedAt       string          `json:"checked_at"`
	Warnings        []string        `json:"warnings"`
	Guidance        json.RawMessage `json:"guidance"`
	RequestID       string          `json:"request_id"`
}

type bucket struct {
	sync.Mutex
	tokens float64
	at     time.Time
}

func (b *bucket) take(now time.Time) (float64, bool) {
	b.Lock()
	defer b.Unlock()
	b.tokens = math.Min(burst, b.tokens+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.tokens < 1 {
		return 0, false
	}
	b.tokens--
	return b.tokens, true
}

type histogram struct {
	buckets [12]atomic.Uint64
	nanos   atomic.Int64
}

func (h *histogram) observe(took time.Duration) {
	index := 0
	for bound := 500 * time.Microsecond; index < 11 && took > bound; bound *= 2 {
		index++
	}
	h.buckets[index].Add(1)
	h.nanos.Add(int64(took))
}

type server struct {
	clients                map[string]*bucket
	verdicts               sync.Map
	template               verdictBody
	headers                [][2]string
	upstream               string
	client                 *http.Client
	hits, misses, requests atomic.Uint64
	duration, asking       histogram
}

func (s *server) ask(question *asked) (bool, error) {
	began := time.Now()
	request, err := http.NewRequest(http.MethodGet, s.upstream+"/"+question.Region+"/v1/connect?partner=bench", nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("X-CleverTap-Account-Id", question.AccountID)
	request.Header.Set("X-CleverTap-Passcode", question.Passcode)
	reply, err := s.client.Do(request)
	if err != nil {
		return false, err
	}
	defer reply.Body.Close()
	var answer struct {
		Status string `json:"status"`
	}
	if err := json.NewDecoder(reply.Body).Decode(&answer); err != nil {
		return false, err
	}
	_, _ = io.Copy(io.Discard, reply.Body)
	s.asking.observe(time.Since(began))
	return answer.Status == "success", nil
}

func (s *server) verify(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	client := s.clients[r.Header.Get("Authorization")]
	if client == nil {
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	left, ok := client.take(began)
	if !ok {
		http.Error(w, "", http.StatusTooManyRequests)
		return
	}
	var question asked
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16384)).Decode(&question); err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	key := question.Region + "|" + question.AccountID + "|" + question.Passcode
	source, status := "cache", "connect-verifier; hit; ttl=86399"
	verdict, known := s.verdicts.Load(key)
	if known {
		s.hits.Add(1)
	} else {
		s.misses.Add(1)
		source, status = "upstream", "connect-verifier; fwd=miss"
		isVerified, err := s.ask(&question)
		if err != nil {
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		verdict = isVerified
		s.verdicts.Store(key, verdict)
	}
	var random [16]byte
	_, _ = rand.Read(random[:])
	answer := s.template
	answer.Verified = verdict.(bool)
	answer.AccountID, answer.Source, answer.RequestID = question.AccountID, source, hex.EncodeToString(random[:])
	body, err := json.Marshal(&answer)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	for _, pair := range s.headers {
		header.Set(pair[0], pair[1])
	}
	header.Set("X-Request-Id", answer.RequestID)
	header.Set("RateLimit-Policy", `"client";q=100000000;w=10`)
	header.Set("RateLimit", fmt.Sprintf(`"client";r=%d;t=1`, uint64(left)))
	header.Set("Cache-Status", status)
	s.requests.Add(1)
	s.duration.observe(time.Since(began))
	_, _ = w.Write(body)
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "")
	answer := flag.String("answer", "", "")
	key := flag.String("key", "", "")
	upstream := flag.String("upstream", "", "")
	cert := flag.String("tls-cert", "", "")
	certKey := flag.String("tls-key", "", "")
	flag.Parse()

	text, err := os.ReadFile(*answer)
	check(err)
	var record recorded
	check(json.Unmarshal(text, &record))
	transport := &http.Transport{MaxIdleConns: 4096, MaxIdleConnsPerHost: 1024}
	s := &server{
		clients:  map[string]*bucket{"Bearer " + *key: {tokens: burst, at: time.Now()}},
		upstream: *upstream,
		client:   &http.Client{Transport: transport, Timeout: 8 * time.Second},
	}
	check(json.Unmarshal([]byte(record.Body), &s.template))
	for _, pair := range record.Headers {
		if !strings.HasPrefix(pair[0], "ratelimit") && pair[0] != "x-request-id" && pair[0] != "cache-status" {
			s.headers = append(s.headers, pair)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/verify", s.verify)
	listener, err := net.Listen("tcp", *listen)
	check(err)
	fmt.Println("listening on", listener.Addr())
	if *cert != "" {
		check(http.ServeTLS(listener, mux, *cert, *certKey))
	} else {
		check(http.Serve(listener, mux))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
