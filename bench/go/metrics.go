package main

import (
	"sync"
	"sync/atomic"
	"time"
)

var durations = [...]time.Duration{
	25 * time.Microsecond, 50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond,
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 8 * time.Second, 10 * time.Second,
}

type histogram struct {
	buckets [len(durations) + 1]atomic.Uint64
	nanos   atomic.Int64
}

func (h *histogram) observe(took time.Duration) {
	index := 0
	for index < len(durations) && took > durations[index] {
		index++
	}
	h.buckets[index].Add(1)
	h.nanos.Add(int64(took))
}

// A counter and a histogram with the same labels.
type series struct {
	count    atomic.Uint64
	duration histogram
}

// Series by their labels, like a vector of the Prometheus library.
type family[L comparable] struct {
	sync.RWMutex
	series map[L]*series
}

func (f *family[L]) observe(labels L, took time.Duration) {
	f.RLock()
	found := f.series[labels]
	f.RUnlock()
	if found == nil {
		f.Lock()
		if f.series == nil {
			f.series = map[L]*series{}
		}
		if found = f.series[labels]; found == nil {
			found = &series{}
			f.series[labels] = found
		}
		f.Unlock()
	}
	found.count.Add(1)
	found.duration.observe(took)
}

type labels struct{ partner, region, outcome, source string }

type upstreamLabels struct {
	region string
	result int
}

type metrics struct {
	requests      family[int]
	verifications family[labels]
	upstream      family[upstreamLabels]
	hits, misses  atomic.Uint64
}

func newMetrics() *metrics { return &metrics{} }

func (m *metrics) http(status int, took time.Duration) { m.requests.observe(status, took) }

func (m *metrics) verified(labels labels, took time.Duration) { m.verifications.observe(labels, took) }

func (m *metrics) asked(region string, result int, took time.Duration) {
	m.upstream.observe(upstreamLabels{region, result}, took)
}

func (m *metrics) cached(isHit bool) {
	if isHit {
		m.hits.Add(1)
	} else {
		m.misses.Add(1)
	}
}
