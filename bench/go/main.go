// The service's task in Go, using only the standard library.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

type recorded struct {
	Headers [][2]string `json:"headers"`
	Body    string      `json:"body"`
}

// Headers whose value differs between answers.
var own = map[string]bool{"x-request-id": true, "ratelimit": true, "ratelimit-policy": true, "cache-status": true}

func newServer(record *recorded, key, upstream string) *server {
	transport := &http.Transport{MaxIdleConns: 4096, MaxIdleConnsPerHost: 1024}
	s := &server{
		clients:  map[[sha256.Size]byte]*client{sha256.Sum256([]byte(key)): newClient("bench")},
		cache:    newCache(2_000_000),
		hashes:   newFingerprinter(),
		ids:      newIDs(),
		metrics:  newMetrics(),
		headers:  map[string][]string{},
		upstream: upstream,
		asks:     &http.Client{Transport: transport, Timeout: 8 * time.Second},
		regions:  map[string]bool{},
	}
	for _, id := range []string{"in1", "sg1", "us1", "aps3", "mec1", "eu1"} {
		s.regions[id] = true
	}
	check(json.Unmarshal([]byte(record.Body), &s.template))
	for _, pair := range record.Headers {
		if !own[pair[0]] {
			s.headers[http.CanonicalHeaderKey(pair[0])] = []string{pair[1]}
		}
	}
	return s
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
	mux := http.NewServeMux()
	mux.Handle("/v1/verify", newServer(&record, *key, *upstream))
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 75 * time.Second, IdleTimeout: 75 * time.Second}
	listener, err := net.Listen("tcp", *listen)
	check(err)
	fmt.Println("listening on", listener.Addr())
	if *cert != "" {
		check(web.ServeTLS(listener, *cert, *certKey))
	} else {
		check(web.Serve(listener))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
