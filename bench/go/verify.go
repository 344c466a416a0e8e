package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const timeToLive = 24 * time.Hour

type question struct {
	AccountID     string `json:"account_id"`
	Passcode      string `json:"passcode"`
	Region        string `json:"region"`
	SuggestRegion bool   `json:"suggest_region"`
	Lang          string `json:"lang"`
}

type regionBody struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	APIHost      string `json:"api_host"`
	DashboardURL string `json:"dashboard_url"`
}

type checkBody struct {
	Name   string `json:"name"`
	Status string `json:"status"`
}

type guidanceBody struct {
	Code              string   `json:"code"`
	Owner             string   `json:"owner"`
	Title             string   `json:"title"`
	Message           string   `json:"message"`
	Action            string   `json:"action"`
	Reason            *string  `json:"reason"`
	Fields            []string `json:"fields"`
	Retryable         bool     `json:"retryable"`
	RetryAfterSeconds *int     `json:"retry_after_seconds"`
	DocsURL           string   `json:"docs_url"`
	Support           *string  `json:"support"`
}

type verdictBody struct {
	Status          string       `json:"status"`
	Verified        bool         `json:"verified"`
	AccountID       string       `json:"account_id"`
	Partner         string       `json:"partner"`
	Region          regionBody   `json:"region"`
	SuggestedRegion *regionBody  `json:"suggested_region"`
	Checks          []checkBody  `json:"checks"`
	Source          string       `json:"source"`
	CheckedAt       string       `json:"checked_at"`
	Warnings        []string     `json:"warnings"`
	Guidance        guidanceBody `json:"guidance"`
	RequestID       string       `json:"request_id"`
}

type server struct {
	clients  map[[sha256.Size]byte]*client
	regions  map[string]bool
	cache    *cache
	flights  flights
	hashes   *fingerprinter
	ids      *ids
	metrics  *metrics
	template verdictBody
	headers  map[string][]string
	upstream string
	asks     *http.Client
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	status := s.verify(w, r, began)
	if status != http.StatusOK {
		w.WriteHeader(status)
	}
	s.metrics.http(status, time.Since(began))
}

func (s *server) verify(w http.ResponseWriter, r *http.Request, now time.Time) int {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed
	}
	presented := r.Header.Get("Authorization")
	if !strings.HasPrefix(presented, "Bearer ") {
		return http.StatusUnauthorized
	}
	client := s.clients[sha256.Sum256([]byte(presented[len("Bearer "):]))]
	if client == nil {
		return http.StatusUnauthorized
	}
	left, ok := client.take(now)
	if !ok {
		return http.StatusTooManyRequests
	}
	if r.Header.Get("Content-Type") != "application/json" {
		return http.StatusUnsupportedMediaType
	}
	var asked question
	if err := read(http.MaxBytesReader(w, r.Body, 16384), &asked); err != nil {
		return http.StatusBadRequest
	}
	if !isUsable(asked.AccountID, 64) || !isUsable(asked.Passcode, 256) || !s.regions[asked.Region] {
		return http.StatusUnprocessableEntity
	}
	key := s.hashes.of(client.partner, asked.Region, asked.AccountID, asked.Passcode)
	source := "cache"
	found, known := s.cache.get(key, now)
	s.metrics.cached(known)
	if !known {
		var err error
		if found, source, err = s.fly(key, client.partner, &asked); err != nil {
			return http.StatusBadGateway
		}
	}
	return s.send(w, r, client, left, &asked, found, source, now)
}

// Reads exactly one JSON object. (encoding/json does not find duplicate members.)
func read(body io.Reader, asked *question) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(asked); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}

func isUsable(text string, longest int) bool {
	for index := 0; index < len(text); index++ {
		if text[index] < '!' || text[index] > '~' {
			return false
		}
	}
	return len(text) > 0 && len(text) <= longest
}

func (s *server) send(
	w http.ResponseWriter, r *http.Request, client *client, left float64, asked *question, found verdict, source string,
	now time.Time,
) int {
	answer := s.template
	answer.Status, answer.Verified = found.status, found.isVerified
	answer.AccountID, answer.Partner = asked.AccountID, client.partner
	answer.Source, answer.CheckedAt, answer.RequestID = source, found.checkedAt, s.ids.of(r)
	body, err := json.Marshal(&answer)
	if err != nil {
		return http.StatusInternalServerError
	}
	header := w.Header()
	for name, values := range s.headers {
		header[name] = values
	}
	status := "connect-verifier; fwd=miss"
	switch source {
	case "cache":
		status = "connect-verifier; hit; ttl=" + strconv.Itoa(int(found.expires.Sub(now).Seconds()))
	case "collapsed":
		status += "; collapsed"
	}
	header["X-Request-Id"] = []string{answer.RequestID}
	header["Ratelimit-Policy"] = client.policy
	header["Ratelimit"] = []string{client.rate(left)}
	header["Cache-Status"] = []string{status}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	s.metrics.verified(labels{client.partner, asked.Region, found.status, source}, time.Since(now))
	_, _ = w.Write(body)
	return http.StatusOK
}

func (s *server) ask(partner string, asked *question) (verdict, error) {
	began := time.Now()
	url := s.upstream + "/" + asked.Region + "/v1/connect?partner=" + partner
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return verdict{}, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("X-CleverTap-Account-Id", asked.AccountID)
	request.Header.Set("X-CleverTap-Passcode", asked.Passcode)
	reply, err := s.asks.Do(request)
	if err != nil {
		return verdict{}, err
	}
	defer reply.Body.Close()
	var answer struct {
		Status string `json:"status"`
	}
	err = json.NewDecoder(reply.Body).Decode(&answer)
	_, _ = io.Copy(io.Discard, reply.Body)
	s.metrics.asked(asked.Region, reply.StatusCode/100, time.Since(began))
	if err != nil {
		return verdict{}, err
	}
	now := time.Now()
	checkedAt, expires := now.UTC().Format(time.RFC3339), now.Add(timeToLive)
	switch answer.Status {
	case "success":
		return verdict{"verified", true, checkedAt, expires}, nil
	case "fail":
		return verdict{"invalid_credentials", false, checkedAt, expires}, nil
	}
	return verdict{}, errors.New("an unexpected answer")
}
