"""Runs the examples against the service's sandbox and against a service that misbehaves. Called by scripts/check-examples.

    check.py BINARY EXAMPLES SCRATCH

EXAMPLES is a copy of the folder examples/ in which everything is installed and compiled.
"""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.parse

import documents
from fake_service import ANSWERS, FakeService

binary, root, scratch = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
JACKSON = ":".join(f"/usr/share/java/jackson-{part}.jar" for part in ("databind", "core", "annotations"))
ORIGIN = "https://dash.example.com"
EXAMPLES = {  # folder, file of the route, command; PORT is replaced
    "express": ("server.mjs", ["node", "server.mjs"]),
    "fastapi": ("app.py", [str(scratch / "venv/bin/uvicorn"), "app:app", "--port", "PORT", "--no-access-log"]),
    "php": ("connect.php", ["php", "-S", "127.0.0.1:PORT", "connect.php"]),
    "java": ("Connect.java", ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{JACKSON}:out", "Server"]),
    "go": ("connect.go", ["./example"]),
    "ruby": ("server.rb", ["ruby", "server.rb"]),
}
REGIONS = ("in1", "eu1", "sg1", "us1", "aps3", "mec1")
WITH_SESSION = ("express", "fastapi")
results = {"passed": 0, "failed": 0}
passcodes = {"GOOD-PASSCODE"}  # all that were sent, to be found in no output
outputs = []  # files that a program wrote to


def check(name, good, found=""):
    results["passed" if good else "failed"] += 1
    print(f"ok      {name}" if good else f"FAILED  {name}: {repr(found):.2000}", flush=True)


def passcode(shape="{}"):
    core = secrets.token_hex(12)
    passcodes.add(core)
    return shape.format(core)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def running(name, command, folder, environment):
    """A program, its output in a file; it is stopped at the end."""
    output = scratch / f"{name}.log"
    outputs.append(output)
    base = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    with output.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, env=base | {"NO_PROXY": "127.0.0.1"} | environment, stdout=file,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        yield process, output
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(what, question, process, output):
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        if found := question():
            return found
        time.sleep(0.05)
    sys.exit(f"FAILED: {what}\n{output.read_text(errors='replace')}")


@contextlib.contextmanager
def service():
    """The real service with its sandbox and its own client; yields its address and the client's key."""
    made = subprocess.run([binary, "key", "new", "--partner", "sandbox-partner", "--name", "examples"], check=True,
                          capture_output=True, text=True)
    key = re.search(r"cvk_[\w-]{43}", made.stdout + made.stderr)[0]
    entry = made.stdout[made.stdout.index("[[clients]]"):]
    entry = re.sub(r"^allowed_origins.*\n", "", entry, flags=re.M)
    (scratch / "clients.toml").write_text(f'{entry}\nallowed_origins = ["{ORIGIN}"]\n')
    settings = {"CLIENTS_FILE": str(scratch / "clients.toml"), "AUTH__MODE": "keys", "SERVER__LISTEN": "127.0.0.1:0",
                "SERVER__ADMIN_LISTEN": "127.0.0.1:0", "SERVER__DRAIN_DELAY": "0s", "TELEMETRY__LOG_LEVEL": "debug"}
    environment = {f"CONNECT_VERIFIER__{name}": value for name, value in settings.items()}
    with running("service", [str(binary), "serve", "--sandbox"], scratch, environment) as (process, output):
        pattern = re.compile(r'"listener":"public","address":"([^"]+)"')
        address = wait_for("the service does not start", lambda: pattern.search(output.read_text()), process, output)[1]
        yield f"http://{address}", key


@contextlib.contextmanager
def example(name, url, key, label):
    """An example that calls the service at `url`; yields its port."""
    port = free_port()
    command = [part.replace("PORT", str(port)) for part in EXAMPLES[name][1]]
    environment = {"CONNECT_VERIFIER_URL": url, "CONNECT_VERIFIER_KEY": key, "PORT": str(port), "PAGE_ORIGIN": ORIGIN}

    def is_open():
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True

    with running(f"{name}-{label}", command, root / name, environment) as (process, output):
        wait_for(f"{name} does not start", is_open, process, output)
        yield port


class Reply:
    """An answer; a missing or broken one has the status 0."""

    def __init__(self, connection):
        try:
            answer = connection.getresponse()
            self.status, self.text, self.headers = answer.status, answer.read().decode(), answer.headers
        except (OSError, http.client.HTTPException) as error:
            self.status, self.text, self.headers = 0, repr(error), http.client.HTTPMessage()
        try:
            self.json = json.loads(self.text)
        except ValueError:
            self.json = {}

    def __getitem__(self, name):
        return self.json.get(name)

    def __repr__(self):
        return f"{self.status} {self.text}"


def send(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        return Reply(connection)
    finally:
        connection.close()


def post(port, account_id, passcode, region, headers=None, **more):
    form = urllib.parse.urlencode({"account_id": account_id, "passcode": passcode, "region": region, **more})
    return send(port, "POST", "/connect", form, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})


def with_a_dashboard_address(name, port):
    """The form's empty region means the region of an address in the account id field."""
    found = post(port, "https://in1.dashboard.clevertap.com/TEST-IN1-OKA-0000/main", "GOOD-PASSCODE", "")
    check(f"{name}: a dashboard address as the account id", found["verified"] is True, found)


def is_try_again(reply):
    return reply.status == 503 and reply["try_again"] is True and reply["verified"] is False and not reply["fields"]


def against_the_sandbox(name, port):
    page = send(port, "GET", "/")
    check(f"{name}: the form", page.status == 200 and 'action="/connect"' in page.text, page)

    request_id = f"{name}-{secrets.token_hex(4)}"
    found = post(port, "TEST-200-OKA-0000", "GOOD-PASSCODE", "in1", {"X-Request-Id": request_id})
    check(f"{name}: verified", found.status == 200 and found["verified"] is True and not found["try_again"], found)
    check(f"{name}: the request id is passed on", found.headers["X-Request-Id"] == request_id, found.headers.items())
    check(f"{name}: the answer is not stored", found.headers["Cache-Control"] == "no-store", found.headers.items())
    check(f"{name}: without a request id there is one", bool(post(port, "", "", "").headers["X-Request-Id"]))

    # A different pair of regions for each example, because a wrong region is cached once it was found.
    home, other = (REGIONS[(list(EXAMPLES).index(name) + step) % len(REGIONS)] for step in (0, 1))
    found = post(port, f"TEST-{home.upper()}-OKA-0000", "GOOD-PASSCODE", other)
    check(f"{name}: the wrong region is a refusal", found.status == 200 and found["status"] == "invalid_credentials" and found["verified"] is False, found)
    found = post(port, f"TEST-{home.upper()}-OKA-0000", "GOOD-PASSCODE", other, suggest_region="true")
    check(f"{name}: the right region", found["status"] == "wrong_region" and set(found["fields"]) == {"region"} and found["suggested_region"]["id"] == home, found)

    found = post(port, "TEST-200-OKA-0000", passcode('"\\&=+%<{}>'), "in1")
    check(f"{name}: a wrong passcode", found.status == 200 and found["status"] == "invalid_credentials" and found["verified"] is False, found)
    check(f"{name}: is shown at its fields", set(found["fields"]) == {"account_id", "passcode"} and not found["try_again"], found)

    found = post(port, "TEST-200-OKA-0000", "", "atlantis")
    check(f"{name}: unusable entries", found.status == 422 and set(found["fields"]) == {"passcode", "region"} and not found["try_again"], found)
    check(f"{name}: each with its own text", len(set(found["fields"].values())) == 2, found)

    found = post(port, "TEST-503-ERR-0000", "GOOD-PASSCODE", "sg1")
    check(f"{name}: an outage is 'try again'", is_try_again(found) and found["status"] == "upstream_unavailable", found)
    check(f"{name}: with Retry-After", int(found.headers["Retry-After"] or 0) > 0, found.headers.items())
    check(f"{name}: and the service's text", bool(found["title"] and found["message"] and found["action"]), found)

    found = post(port, "TEST-403-WLS-0000", "GOOD-PASSCODE", "in1")
    check(f"{name}: a partner that is not whitelisted", found.status == 200 and found["status"] == "partner_not_whitelisted" and found["verified"] is False and found["fields"] == {}, found)
    check(f"{name}: the support draft stays in the backend", "integrations@" not in found.text, found)
    log = scratch / f"{name}-sandbox.log"
    check(f"{name}: and is logged", "partner_not_whitelisted" in log.read_text() and found.headers["X-Request-Id"] in log.read_text(), log.read_text())

    found = post(port, "TEST-400-BAD-0000", passcode(), "in1", {"Accept-Language": "ar"})
    check(f"{name}: in Arabic", found.headers["Content-Language"] == "ar" and any("\u0600" <= letter <= "\u06ff" for letter in found["title"]), found)

    for case, body in {"a body that is no form": "passcode=%ZZ" + passcode(), "bytes that are no UTF-8": "account_id=%FF%FE&passcode=" + passcode(),
                       "a long body": "passcode=" + passcode() + "x" * 100_000}.items():
        found = send(port, "POST", "/connect", body, {"Content-Type": "application/x-www-form-urlencoded"})
        check(f"{name}: {case}", found["verified"] is not True and found.status != 200, found)


def against_the_fake(name, port, fake):
    sent = passcode('Aä€ "\\/&=+%41<>{}\t:')
    post(port, "  W9R-486-4W5Z", sent, "in1", {"Accept-Language": "pt-BR, en;q=0.5", "X-Request-Id": f"fake-{name}"})
    headers, body = fake.last()
    headers = {key.lower(): value for key, value in headers.items()}
    check(f"{name}: the passcode goes on as it is", body == {"account_id": "  W9R-486-4W5Z", "passcode": sent, "region": "in1", "suggest_region": False}, body)
    check(f"{name}: the key is a bearer token", headers.get("authorization") == "Bearer " + KEY, headers)
    check(f"{name}: the language is passed on", headers.get("accept-language") == "pt-BR, en;q=0.5", headers)
    check(f"{name}: the request id too", headers.get("x-request-id") == f"fake-{name}", headers)
    check(f"{name}: as JSON", headers.get("content-type", "").startswith("application/json"), headers)
    for case in ANSWERS:
        found = post(port, case, passcode(), "in1", {"X-Request-Id": "odd \x80\xff id"})
        check(f"{name}: {case} is 'try again'", is_try_again(found), found)
        if case == "DOWN":
            check(f"{name}: {case} passes Retry-After on", found.headers["Retry-After"] == "7", found.headers.items())
    check(f"{name}: no redirect is followed", all(where != "/elsewhere" for where, _, _ in fake.seen), fake.seen[-1][0])
    began = time.monotonic()
    found = post(port, "HANG", passcode(), "in1")
    took = time.monotonic() - began
    check(f"{name}: a service that hangs is 'try again'", is_try_again(found), found)
    check(f"{name}: after 10 to 15 s", 10 < took < 15, took)


def sessions_with_the_fake(name, port, fake):
    fake.session = (201, "application/json", '{"token": "t0k3n", "expires_at": "2026-11-24T02:15:00Z"}')
    found = send(port, "POST", "/session")
    check(f"{name}: a token", found.status == 200 and found.json == {"token": "t0k3n", "expires_at": "2026-11-24T02:15:00Z"}, found)
    headers, body = fake.last("/v1/sessions")
    check(f"{name}: for the page's origin", body == {"origin": ORIGIN, "ttl_seconds": 900}, body)
    for case in ("REFUSED", "PAGE", "NULL", "LIST", "EMPTY", "REDIRECT"):
        fake.session = ANSWERS[case]
        found = send(port, "POST", "/session")
        check(f"{name}: no token: {case}", found.status == 503 and found.json == {"try_again": True}, found)


def sessions_with_the_service(name, port, url):
    found = send(port, "POST", "/session")
    check(f"{name}: a real token", found.status == 200 and set(found.json) == {"token", "expires_at"}, found)
    credential = json.dumps({"account_id": "TEST-200-OKA-0000", "passcode": "GOOD-PASSCODE", "region": "in1"})
    address = urllib.parse.urlsplit(url).port
    headers = {"Authorization": f"Bearer {found['token']}", "Content-Type": "application/json", "Origin": ORIGIN}
    answer = send(address, "POST", "/v1/verify", credential, headers)
    check(f"{name}: which verifies from the page", answer.status == 200 and answer["verified"] is True, answer)
    answer = send(address, "POST", "/v1/verify", credential, headers | {"Origin": "https://evil.example"})
    check(f"{name}: and from no other", answer.status == 403 and answer["code"] == "forbidden", answer)


def browser(ports):
    run = subprocess.run(["node", "form.mjs", json.dumps(ports)], cwd=root / "check", capture_output=True, text=True, timeout=300)
    for name, good, found in map(json.loads, run.stdout.splitlines()):
        check(name, good, found)
    check("the form in a browser: to the end", run.returncode == 0, run.stderr)


for name, (file, _) in EXAMPLES.items():
    lines = (root / name / file).read_text().splitlines()
    check(f"{name}: {len(lines)} lines, at most 80", len(lines) <= 80)

with service() as (url, KEY), contextlib.ExitStack() as stack:
    real = {name: stack.enter_context(example(name, url, KEY, "sandbox")) for name in EXAMPLES}
    fakes = {name: FakeService() for name in EXAMPLES}
    faked = {name: stack.enter_context(example(name, fakes[name].url, KEY, "fake")) for name in EXAMPLES}
    for name, port in real.items():
        against_the_sandbox(name, port)
    with_a_dashboard_address("express", real["express"])
    for name in WITH_SESSION:
        sessions_with_the_service(name, real[name], url)
        sessions_with_the_fake(name, faked[name], fakes[name])
    with concurrent.futures.ThreadPoolExecutor(len(faked)) as pool:  # at once, for each waits for its timeout
        list(pool.map(lambda name: against_the_fake(name, faked[name], fakes[name]), EXAMPLES))
    for name, port in faked.items():
        fakes[name].stop()
        check(f"{name}: a service that is not there is 'try again'", is_try_again(post(port, "TEST-200-OKA-0000", passcode(), "in1")))
    browser(real)
    documents.check_all(check, url, KEY, scratch)

secrets_sent = {secret.encode() for secret in passcodes | {KEY}}
for output in outputs:
    written = output.read_bytes()
    check(f"no passcode and no key in {output.name}", not any(secret in written for secret in secrets_sent), output.read_text(errors="replace")[-2000:])

print(f"\n{results['passed']} passed, {results['failed']} failed")
sys.exit(results["failed"] > 0)
