package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	burst     = 100_000_000
	perSecond = 10_000_000
)

// A client with its token bucket.
type client struct {
	partner string
	policy  []string
	sync.Mutex
	tokens float64
	at     time.Time
}

func newClient(partner string) *client {
	policy := `"client";q=` + strconv.Itoa(burst) + ";w=" + strconv.Itoa(burst/perSecond)
	return &client{partner: partner, policy: []string{policy}, tokens: burst, at: time.Now()}
}

// Takes a token; returns what is left, and whether there was one.
func (c *client) take(now time.Time) (float64, bool) {
	c.Lock()
	defer c.Unlock()
	c.tokens = math.Min(burst, c.tokens+now.Sub(c.at).Seconds()*perSecond)
	c.at = now
	if c.tokens < 1 {
		return 0, false
	}
	c.tokens--
	return c.tokens, true
}

func (c *client) rate(left float64) string {
	text := append(make([]byte, 0, 48), `"client";r=`...)
	text = strconv.AppendInt(text, int64(left), 10)
	text = append(text, ";t="...)
	return string(strconv.AppendInt(text, int64(math.Ceil((burst-left)/perSecond)), 10))
}

// A keyed hash of a credential.
type fingerprint [sha256.Size]byte

type fingerprinter struct {
	pool sync.Pool
}

type hasher struct {
	hash.Hash
	text []byte
}

func newFingerprinter() *fingerprinter {
	key := make([]byte, 32)
	_, err := rand.Read(key)
	check(err)
	return &fingerprinter{sync.Pool{New: func() any { return &hasher{Hash: hmac.New(sha256.New, key)} }}}
}

func (f *fingerprinter) of(fields ...string) (result fingerprint) {
	h := f.pool.Get().(*hasher)
	h.text = h.text[:0]
	for _, field := range fields {
		h.text = append(append(h.text, field...), 0)
	}
	h.Reset()
	_, _ = h.Write(h.text)
	h.Sum(result[:0])
	f.pool.Put(h)
	return result
}

// Request ids from random numbers that are read in large portions.
type ids struct {
	sync.Mutex
	random *bufio.Reader
}

func newIDs() *ids {
	return &ids{random: bufio.NewReaderSize(rand.Reader, 4096)}
}

// Returns the caller's id of the request, or a new one.
func (i *ids) of(r *http.Request) string {
	given := r.Header.Get("X-Request-Id")
	if len(given) > 0 && len(given) <= 128 && isID(given) {
		return given
	}
	var bytes [16]byte
	i.Lock()
	_, _ = io.ReadFull(i.random, bytes[:])
	i.Unlock()
	return hex.EncodeToString(bytes[:])
}

func isID(text string) bool {
	for _, c := range text {
		isAlphanumeric := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !isAlphanumeric && c != '-' && c != '_' && c != '.' && c != ':' {
			return false
		}
	}
	return true
}
