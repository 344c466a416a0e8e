package main

import (
	"container/list"
	"sync"
	"time"
)

type verdict struct {
	status     string
	isVerified bool
	checkedAt  string
	expires    time.Time
}

// A bounded cache: the least recently used entry makes room.
type cache struct {
	sync.Mutex
	capacity int
	recent   *list.List
	entries  map[fingerprint]*list.Element
}

type entry struct {
	key fingerprint
	verdict
}

func newCache(capacity int) *cache {
	return &cache{capacity: capacity, recent: list.New(), entries: map[fingerprint]*list.Element{}}
}

func (c *cache) get(key fingerprint, now time.Time) (verdict, bool) {
	c.Lock()
	defer c.Unlock()
	element := c.entries[key]
	if element == nil {
		return verdict{}, false
	}
	found := element.Value.(*entry)
	if now.After(found.expires) {
		c.recent.Remove(element)
		delete(c.entries, key)
		return verdict{}, false
	}
	c.recent.MoveToFront(element)
	return found.verdict, true
}

func (c *cache) put(key fingerprint, value verdict) {
	c.Lock()
	defer c.Unlock()
	if element := c.entries[key]; element != nil {
		element.Value.(*entry).verdict = value
		c.recent.MoveToFront(element)
		return
	}
	c.entries[key] = c.recent.PushFront(&entry{key, value})
	if c.recent.Len() > c.capacity {
		oldest := c.recent.Back()
		c.recent.Remove(oldest)
		delete(c.entries, oldest.Value.(*entry).key)
	}
}

// The running calls to the upstream. Callers with the same question share one, like in golang.org/x/sync/singleflight.
type flights struct {
	sync.Mutex
	running map[fingerprint]*flight
}

type flight struct {
	landed chan struct{}
	result verdict
	err    error
}

func (s *server) fly(key fingerprint, partner string, asked *question) (verdict, string, error) {
	s.flights.Lock()
	if running := s.flights.running[key]; running != nil {
		s.flights.Unlock()
		<-running.landed
		return running.result, "collapsed", running.err
	}
	own := &flight{landed: make(chan struct{})}
	if s.flights.running == nil {
		s.flights.running = map[fingerprint]*flight{}
	}
	s.flights.running[key] = own
	s.flights.Unlock()
	if own.result, own.err = s.ask(partner, asked); own.err == nil {
		s.cache.put(key, own.result)
	}
	s.flights.Lock()
	delete(s.flights.running, key)
	s.flights.Unlock()
	close(own.landed)
	return own.result, "upstream", own.err
}
