"""The processes that the tests use: the service, a Prometheus and a trace collector. All on loopback."""

import contextlib
import hashlib
import http.client
import http.server
import itertools
import json
import os
import secrets
import subprocess
import threading
import time
import urllib.parse

from prometheus_client import parser
from surface import ROOT

PARTNERS = {"first-partner": (1000, 1000), "second-partner": (1, 4)}
# Short, so that timeouts occur soon; the slow account still gets its two seconds.
SETTINGS = {
    "SERVER__LISTEN": "127.0.0.1:0",
    "SERVER__ADMIN_LISTEN": "127.0.0.1:0",
    "SERVER__MAX_IN_FLIGHT": "4",
    "SERVER__FIRST_REQUEST_TIMEOUT": "2s",
    "SERVER__DRAIN_DELAY": "0s",
    "UPSTREAM__ATTEMPT_TIMEOUT": "4s",
    "UPSTREAM__DEADLINE": "5s",
    # In the sandbox, no breaker opens unless it is configured.
    "UPSTREAM__BREAKER__FAILURE_THRESHOLD": "5",
}


def wait_until(what, question, wanted=True, seconds=30):
    """Polls until the answer is the expected one; otherwise fails with the last answer."""
    until = time.monotonic() + seconds
    while (got := question()) != wanted and time.monotonic() < until:
        time.sleep(0.2)
    assert got == wanted, f"{what}: {got}, expected {wanted}"


def call(address, method, path, body=None, headers=None):
    """Sends one request on its own connection; returns (status, headers, body)."""
    connection = http.client.HTTPConnection(address, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


class Process:
    """A child process with its output in a file; it ends with the test session."""

    def __init__(self, name, scratch, command, environment):
        self.log = scratch / f"{name}.log"
        with self.log.open("wb") as output:
            self.child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)

    def lines(self):
        return self.log.read_text().rpartition("\n")[0].splitlines()

    def await_line(self, find, seconds=15):
        """Waits until `find` returns something for a line of the log."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in self.lines():
                if (found := find(line)) is not None:
                    return found
            assert self.child.poll() is None, f"ended with {self.child.returncode}:\n{self.log.read_text()[-3000:]}"
            time.sleep(0.05)
        raise AssertionError(f"the expected line did not appear:\n{self.log.read_text()[-3000:]}")

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.child.kill()


class Collector:
    """Accepts OTLP over HTTP, keeps every body, and rejects them while `refuses` is set."""

    def __init__(self):
        self.bodies, self.refuses = [], False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_good = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
                if is_good and not outer.refuses:
                    outer.bodies.append(body)
                self.send_response(200 if is_good and not outer.refuses else 400)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"


class Service(Process):
    """The service with its sandbox and two partners: one without a practical limit, and one with a low rate limit."""

    def __init__(self, binary, scratch, collector):
        self.keys, entries = {}, []
        for partner, (rate, burst) in PARTNERS.items():
            key = self.keys[partner] = secrets.token_hex(24)
            digest = hashlib.sha256(key.encode()).hexdigest()
            entries.append(f'[[clients]]\nname = "{partner}"\npartner = "{partner}"\nrate_per_second = {rate}\n'
                           f'burst = {burst}\nkey_sha256 = ["{digest}"]\n')
        self.clients = scratch / "clients.toml"
        self.clients.write_text("\n".join(entries))
        settings = SETTINGS | {"CLIENTS_FILE": str(self.clients), "TELEMETRY__OTLP_ENDPOINT": f"http://{collector.address}"}
        environment = {"PATH": os.environ["PATH"]} | {f"CONNECT_VERIFIER__{key}": value for key, value in settings.items()}
        super().__init__("service", scratch, [binary, "serve", "--sandbox"], environment)
        self.public, self.admin = (self.await_line(lambda line, name=name: listening(line, name)) for name in ("public", "admin"))

    def scrape(self, accept="text/plain"):
        status, headers, body = call(self.admin, "GET", "/metrics", headers={"Accept": accept})
        assert status == 200
        return headers["Content-Type"], body

    def metric(self, name, **labels):
        """Returns the sum of the series with these labels, regardless of their other labels."""
        found = 0.0
        for family in parser.text_string_to_metric_families(self.scrape()[1]):
            for sample in family.samples:
                if sample.name == f"connect_verifier_{name}" and labels.items() <= sample.labels.items():
                    found += sample.value
        return found

    def logged(self):
        """Returns the complete lines of the log."""
        return [json.loads(line) for line in self.lines() if line.startswith("{")]


def listening(line, name):
    with contextlib.suppress(ValueError):
        event = json.loads(line)
        return event["address"] if event.get("listener") == name else None
    return None


class Prometheus(Process):
    """A separate Prometheus that scrapes the service every second and evaluates the rules."""

    def __init__(self, scratch, target):
        config = scratch / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
            f"rule_files: ['{ROOT}/helm/connect-verifier/files/alerts.yaml']\n"
            "scrape_configs:\n"
            "  - job_name: connect-verifier\n"
            f"    static_configs: [{{targets: ['{target}']}}]\n")
        subprocess.run(["promtool", "check", "config", config], check=True, capture_output=True)
        super().__init__("prometheus", scratch, [
            "prometheus", f"--config.file={config}", f"--storage.tsdb.path={scratch / 'data'}",
            "--web.listen-address=127.0.0.1:0", "--enable-feature=exemplar-storage"], {"PATH": os.environ["PATH"]})
        self.address = self.await_line(address_of)
        wait_until("Prometheus is ready", lambda: call(self.address, "GET", "/-/ready")[0], 200)

    def api(self, path, **parameters):
        _, _, body = call(self.address, "GET", f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        return json.loads(body)

    def ask(self, query, **parameters):
        """Evaluates a query now, and returns its samples as (labels, value)."""
        answer = self.api("query", query=query, **parameters)
        assert answer["status"] == "success", f"{query}: {answer.get('error')}"
        result = answer["data"]["result"]
        if answer["data"]["resultType"] == "scalar":
            return [({}, float(result[1]))]
        return [(sample["metric"], float(sample["value"][1])) for sample in result]

    def by(self, query, label):
        return {labels.get(label, ""): value for labels, value in self.ask(query)}

    def exemplars(self, name):
        now = time.time()
        found = self.api("query_exemplars", query=f"connect_verifier_{name}_bucket", start=now - 600, end=now + 60)["data"]
        return {exemplar["labels"]["trace_id"] for series in found for exemplar in series["exemplars"]}


def address_of(line):
    """The address in Prometheus's own log line, whose format differs between its versions."""
    if "Listening on" not in line:
        return None
    return line.partition("address=")[2].split()[0]


traces = itertools.count()


def traceparent():
    """A new trace of a caller that records it: (trace id, header)."""
    trace_id = f"{next(traces) + 1:08x}{secrets.token_hex(12)}"
    return trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-01"
