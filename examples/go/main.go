// Serves the form and its route:
//
//	CONNECT_VERIFIER_URL=… CONNECT_VERIFIER_KEY=… PORT=3000 go run .
package main

import (
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	http.Handle("/connect", http.MaxBytesHandler(http.HandlerFunc(connect), 16<<10))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "../form.html") })
	server := http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), ReadTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
