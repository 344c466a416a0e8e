"""Drives the service through every magic account and every limit, and records the answers."""

import collections
import concurrent.futures
import json
import socket

from harness import call, traceparent, wait_until

GOOD = "GOOD-PASSCODE"


class Scenario:
    """The requests and answers. The tests compare Prometheus, log and collector with them."""

    def __init__(self, service, collector):
        self.service, self.collector = service, collector
        self.outcomes, self.traces, self.notes = collections.Counter(), set(), {}
        answer = call(service.public, "GET", "/v1/regions", headers=self.headers("first-partner"))[2]
        self.regions = [region["id"] for region in json.loads(answer)["regions"]]

    def headers(self, partner):
        trace_id, header = traceparent()
        self.traces.add(trace_id)
        key = self.service.keys[partner]
        return {"Content-Type": "application/json", "Authorization": f"Bearer {key}", "traceparent": header}

    def verify(self, account_id, region, passcode=GOOD, partner="first-partner", **more):
        return self.send({"account_id": account_id, "passcode": passcode, "region": region, **more}, partner)

    def send(self, body, partner="first-partner"):
        text = body if isinstance(body, str) else json.dumps(body)
        answer = json.loads(call(self.service.public, "POST", "/v1/verify", text, self.headers(partner))[2])
        outcome = answer["code"] if "code" in answer else answer["status"]
        self.outcomes[outcome] += 1
        return outcome

    def run(self):
        self.notes["log level"] = call(self.service.admin, "PUT", "/log-level", "info,connect_verifier=debug")[0]
        self.accounts()
        self.crowds()
        self.open_breaker()
        self.silent_connection()
        self.notes["clients state before a reload"] = 'what="clients"' in self.service.scrape()[1]
        self.clients_file()
        self.leave()
        self.lose_traces()
        return self

    def accounts(self):
        # Failing requests use different regions, so that no breaker opens too early.
        for account_id, region in [
            ("TEST-200-OKA-0000", "in1"), ("TEST-200-OKA-0000", "in1"), ("TEST-400-BAD-0000", "in1"), ("TEST-401-BAD-0000", "in1"),
            ("TEST-403-WLS-0000", "in1"), ("TEST-429-BSY-0000", "in1"), ("TEST-500-ERR-0000", "sg1"), ("TEST-503-ERR-0000", "us1"),
            ("TEST-504-ERR-0000", "mec1"), ("TEST-HTM-ERR-0000", "in1"), ("TEST-FLP-OKA-0000", "in1"), ("TEST-RST-ERR-0000", "eu1"),
            ("W9R-486-4W5Z", "in1"), ("TEST-EU1-OKA-0000", "auto"),
            *((f"TEST-{region.upper()}-OKA-0000", region) for region in self.regions),
        ]:
            self.notes[account_id, region] = self.verify(account_id, region)
        self.notes["another region"] = self.verify("TEST-IN1-OKA-0000", "eu1", suggest_region=True)
        self.notes["a wrong passcode"] = self.verify("TEST-200-OKA-0000", "eu1", "something-else")
        self.notes["no member"] = self.send({})
        self.notes["no JSON"] = self.send("{")

    def crowds(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.notes["slow, twice"] = list(pool.map(lambda _: self.verify("TEST-SLO-OKA-0000", "in1"), range(2)))
            self.notes["hung, in six regions"] = sorted(pool.map(lambda region: self.verify("TEST-HNG-ERR-0000", region), self.regions))
        self.notes["guesses"] = [self.verify("TEST-ABC-BAD-0000", "in1", f"guess-{number}") for number in range(12)]
        hurry = {self.verify("TEST-200-OKA-0000", "in1", partner="second-partner") for _ in range(12)}
        self.notes["over the rate"] = sorted(hurry)

    def open_breaker(self):
        # Different accounts, because a single failing account must not open a region's breaker.
        for account_id in ["TEST-503-ERR-0000", "TEST-500-ERR-0000", "TEST-504-ERR-0000"] * 3:
            self.verify(account_id, "us1")
        self.notes["breaker of us1"] = self.service.metric("breaker_state", region="us1")

    def silent_connection(self):
        host, port = self.service.public.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=10) as silent:
            silent.recv(1)
        wait_until("a silent connection is shed", lambda: self.service.metric("shed_total", reason="slow"), 1)

    def clients_file(self):
        """Installs a valid new file, then an invalid one. `repair_clients` restores the valid one."""
        service = self.service
        self.good_clients = service.clients.read_text()
        state = lambda: service.metric("config_last_reload_successful", what="clients")
        service.clients.write_text(self.good_clients + "# changed\n")
        wait_until("the changed clients file is in force", state, 1)
        service.clients.write_text("[[clients]\n")
        wait_until("the broken clients file is rejected", lambda: service.metric("config_reloads_total", result="error"), 1)
        self.notes["state after a broken clients file"] = state()

    def repair_clients(self):
        self.service.clients.write_text(self.good_clients)

    def left(self):
        """The counters that a disconnecting caller increments."""
        metric = self.service.metric
        return {
            "the verification": metric("verifications_abandoned_total", partner="first-partner", region="aps3"),
            "the attempt": metric("upstream_requests_abandoned_total", region="aps3"),
            "the request, as 499": metric("http_requests_total", route="/v1/verify", status="499"),
        }

    def leave(self):
        """A caller that disconnects while its attempt waits for a region that never answers."""
        service, before = self.service, self.left()
        timed = lambda: service.metric("upstream_request_duration_seconds_count", region="aps3")
        attempts = timed()
        in_flight = lambda: service.metric("upstream_in_flight", region="aps3")
        body = json.dumps({"account_id": "TEST-HNG-ERR-0000", "passcode": GOOD, "region": "aps3"})
        host, port = service.public.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=10) as leaving:
            head = "".join(f"{name}: {value}\r\n" for name, value in self.headers("first-partner").items())
            leaving.sendall(f"POST /v1/verify HTTP/1.1\r\nHost: {service.public}\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            wait_until("its attempt is running", in_flight, 1, seconds=3)
        wait_until("each counter moved by one", lambda: {what: value - before[what] for what, value in self.left().items()}, dict.fromkeys(before, 1))
        wait_until("no attempt is running", in_flight, 0)
        self.notes["durations of the abandoned attempt"] = timed() - attempts

    def spans(self, result):
        return self.service.metric("trace_spans_total", result=result)

    def lose_traces(self):
        """A collector that rejects for a while."""
        wait_until("spans are exported", lambda: self.spans("exported") > 0)
        self.notes["spans lost before"] = (self.spans("failed"), self.spans("dropped"))
        self.collector.refuses = True
        self.verify("TEST-200-OKA-0000", "in1")
        wait_until("spans are rejected", lambda: self.spans("failed") > 0)
        self.collector.refuses = False
        exported = self.spans("exported")
        self.verify("TEST-200-OKA-0000", "in1")
        wait_until("spans are exported again", lambda: self.spans("exported") > exported)
