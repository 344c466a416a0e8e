// Go: POST /connect checks a customer's CleverTap credentials. Put it behind your login: calls count against your rate.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

// The service's answer: a verdict has Verified, and its name in Status; a problem has its name in Code.
type answer struct {
	Status, Code    any
	Verified        *bool // if true, store the credentials, encrypted: see "What to store" in docs/INTEGRATION.md
	SuggestedRegion any   `json:"suggested_region"`
	Errors          []struct{ Pointer, Detail string }
	Guidance        struct {
		Owner, Title, Message, Action string
		Fields                        []string
	}
}

// The service answers within 10 s. A redirect would send the passcode to another host.
var client = &http.Client{Timeout: 12 * time.Second, CheckRedirect: stay}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func verify(credential []byte, header http.Header) (int, http.Header, answer) {
	request, _ := http.NewRequest("POST", os.Getenv("CONNECT_VERIFIER_URL")+"/v1/verify", bytes.NewReader(credential))
	request.Header = header
	response, err := client.Do(request)
	if err == nil {
		defer response.Body.Close()
		body := answer{Code: "unreachable"}
		if err = json.NewDecoder(response.Body).Decode(&body); err == nil {
			return response.StatusCode, response.Header, body
		}
	}
	log.Printf("connect-verifier: no usable answer: %T", err) // Only the type: messages may contain sent data.
	return 0, nil, answer{Code: "unreachable"}
}

func connect(w http.ResponseWriter, r *http.Request) {
	credential, _ := json.Marshal(map[string]any{
		"account_id": r.PostFormValue("account_id"), "passcode": r.PostFormValue("passcode"),
		"region": r.PostFormValue("region"), "suggest_region": r.PostFormValue("suggest_region") == "true",
	})
	status, header, body := verify(credential, http.Header{
		"Authorization": {"Bearer " + os.Getenv("CONNECT_VERIFIER_KEY")}, "Content-Type": {"application/json"},
		"Accept-Language": r.Header["Accept-Language"], "X-Request-Id": r.Header["X-Request-Id"],
	})
	code, outcome, advice, fields := 503, body.Code, body.Guidance, map[string]string{}
	if status == 200 && body.Verified != nil {
		code, outcome = 200, body.Status
	} else if status == 422 && body.Code == "invalid_request" {
		code = 422
	}
	if advice.Owner == "partner" || advice.Owner == "operator" {
		log.Printf("connect-verifier: %v is for our %s, request %s", outcome, advice.Owner, header.Get("X-Request-Id"))
	}
	for _, name := range advice.Fields {
		fields[name] = advice.Title
	}
	for _, entry := range body.Errors {
		fields[strings.TrimPrefix(entry.Pointer, "#/")] = entry.Detail
	}
	for _, name := range []string{"Retry-After", "Content-Language", "X-Request-Id"} {
		w.Header()[name] = header[name]
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]any{
		"status": outcome, "verified": code == 200 && *body.Verified, "try_again": code == 503, "fields": fields,
		"title": advice.Title, "message": advice.Message, "action": advice.Action, "suggested_region": body.SuggestedRegion,
	})
}
