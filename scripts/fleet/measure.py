"""Real replicas, a real Redis and the sandbox, for scripts/simulate-fleet."""

import asyncio
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "src" / "redis" / "scripts"
REGIONS = ["in1", "sg1", "us1", "aps3", "mec1", "eu1"]
CLIENTS = 200
KINDS = {"v:": "verdict", "r:": "refused guesses", "p:": "reservations", "l:": "lease"}
CONNECTIONS = 16


def binary():
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    named = os.environ.get("CONNECT_VERIFIER_BIN")
    found = [pathlib.Path(named)] if named else [target / kind / "connect-verifier" for kind in ("release", "debug")]
    for candidate in found:
        if candidate.exists():
            return str(candidate)
    sys.exit("build the binary first (cargo build), or name one in CONNECT_VERIFIER_BIN")


class Process:
    """A process that logs to a file and ends with the block."""

    def __init__(self, folder, name, *command):
        self.log = folder / f"{name}.log"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def address(self, listener):
        for _ in range(2000):
            for line in self.log.read_text().splitlines():
                if line.startswith("{") and (found := json.loads(line)).get("listener") == listener:
                    return found["address"]
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        sys.exit(f"it does not start: {self.log.read_text()}")


class Redis(Process):
    def __init__(self, folder):
        if not shutil.which("redis-server"):
            sys.exit("this needs redis-server (apt-get install redis-server)")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        super().__init__(folder, "redis", "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        while self.ask("PING", check=False) != "PONG":
            time.sleep(0.01)

    def ask(self, *words, check=True, text=None):
        command = ["redis-cli", "-p", str(self.port), *words]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=check)
        return done.stdout.strip()

    def sizes(self):
        """Returns the mean size of the keys of each kind."""
        keys, sizes = self.ask("--scan").splitlines()[:1000], {}
        for key, size in zip(keys, self.ask(text="\n".join(f"MEMORY USAGE {key}" for key in keys)).splitlines()):
            if size.isdigit():
                sizes.setdefault(KINDS.get(key.partition("}")[2][:2], "other"), []).append(int(size))
        return {kind: sum(found) / len(found) for kind, found in sizes.items()}


# --- Comparison with the model


def key_of(client):
    return f"cvk_simulated-{client:033d}"


def write_config(folder, sandbox, redis, options):
    text = f'secret_file = "{folder}/secret"\n[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:0"\n'
    text += f'[cache]\njitter_percent = 0\nverified_ttl = "{options.verified_ttl * 1000:.0f}ms"\n'
    text += f'invalid_credentials_ttl = "{options.refused_ttl * 1000:.0f}ms"\n'
    text += "[limits]\nupstream_per_second = 100000\nupstream_burst = 100000\n"
    text += "[upstream]\nmax_concurrency_per_account = 1000\nmax_concurrency_per_region = 1000\n"
    if redis:
        # Allow for a busy machine, which this run does not measure.
        text += f'[redis]\nurl = "redis://127.0.0.1:{redis.port}"\ntimeout = "2s"\n'
    for region in REGIONS:
        text += f'[regions.{region}]\nbase_url = "http://{sandbox}/{region}"\n'
    for client in range(CLIENTS):
        hashed = hashlib.sha256(key_of(client).encode()).hexdigest()
        text += f'[[clients]]\nname = "c{client}"\npartner = "p{client}"\nkey_sha256 = ["{hashed}"]\nrate_per_second = 10000\nburst = 10000\n'
    (folder / "secret").write_text("ab" * 32)
    (folder / "service.toml").write_text(text)


def message(request):
    """Gives a refused credential its own account, and any other its own partner and region."""
    number = request.credential
    client, region = number // len(REGIONS) % CLIENTS, REGIONS[number % len(REGIONS)]
    account, passcode = ("TEST-200-OKA-0000", "GOOD-PASSCODE")
    if request.is_refused:
        account, passcode = f"AAA-{number // 10_000:03d}-{number % 10_000:04d}", "wrong"
    body = json.dumps({"account_id": account, "passcode": passcode, "region": region})
    return (f"POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key_of(client)}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


async def send_all(requests, addresses):
    """Sends each request at its time, over connections that are shared per replica."""
    queues = [asyncio.Queue() for _ in addresses]

    async def work(queue, address):
        host, port = address.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        while (request := await queue.get()) is not None:
            writer.write(message(request))
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                sys.exit(f"not a verdict: {head.decode()}")
            await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))
        writer.close()

    workers = [asyncio.create_task(work(queue, address))
               for queue, address in zip(queues, addresses) for _ in range(CONNECTIONS)]
    start = time.monotonic()
    for request in requests:
        await asyncio.sleep(start + request.at - time.monotonic())
        queues[request.replica].put_nowait(request)
    for queue in queues:
        for _ in range(CONNECTIONS):
            queue.put_nowait(None)
    await asyncio.gather(*workers)


def metric(texts, start):
    pattern = re.compile(re.escape(start) + r"[^ ]* ([0-9.e+]+)$", re.M)
    return sum(float(value) for text in texts for value in pattern.findall(text))


def cache_metric(texts, tier, result):
    lines = [line for text in texts for line in text.splitlines() if line.startswith("connect_verifier_cache_requests_total{")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if f'tier="{tier}"' in line and f'result="{result}"' in line)


def measured(options, requests, replicas, is_shared):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with Redis(folder) as redis, Process(folder, "sandbox", binary(), "sandbox", "--listen", "127.0.0.1:0") as sandbox:
            write_config(folder, sandbox.address("sandbox"), redis if is_shared else None, options)
            running = []
            try:
                for index in range(replicas):
                    running.append(Process(folder, f"replica{index}", binary(), "serve", "--config", "service.toml"))
                public = [process.address("public") for process in running]
                admin = [process.address("admin") for process in running]
                read = lambda address: urllib.request.urlopen(f"http://{address}/metrics").read().decode()  # noqa: E731
                while is_shared and metric(map(read, admin), "connect_verifier_redis_up") < replicas:
                    time.sleep(0.05)
                asyncio.run(send_all(requests, public))
                sizes = redis.sizes()
                texts = [read(address) for address in admin]
            finally:
                for process in running:
                    process.__exit__()
    count = "connect_verifier_redis_request_duration_seconds_count"
    return {
        # Callers that share a running call count as hits in memory, where the verdict is a moment later.
        "memory": cache_metric(texts, "memory", "hit") + cache_metric(texts, "memory", "collapsed"),
        "redis": cache_metric(texts, "redis", "hit"),
        "upstream": metric(texts, "connect_verifier_upstream_requests_total"),
        "operations": sum(metric(texts, f'{count}{{operation="{name}"') for name in
                          ("begin", "wait", "renew", "rate", "settle", "client_rate", "session")),
        "resident": metric(texts, "process_resident_memory_bytes") / replicas,
        "sizes": sizes,
    }


def operations(requests, model, exchange_seconds):
    """Returns the model's operations of Redis, without the probes, whose number depends on the length of the run."""
    exchanges = len({(request.replica, int(request.at / exchange_seconds)) for request in requests})
    return model["redis"] + 2 * model["upstream"] + exchanges


def against_model(options, draw, replay, exchange_seconds):
    options.verified_ttl, options.refused_ttl, options.gap = 4, 2, 1.5
    off = []

    def compare(what, model, found, whole):
        if abs(model - found) > options.tolerance * whole:
            off.append(f"{what}: {model:.0f} by the model, {found:.0f} measured")
        return f"{model:.0f}, {found:.0f}"

    print(f"{binary()}; {options.verified_ttl} and {options.refused_ttl} s to live, {options.gap} s between requests; "
          "the model's number, then the measured one\n")
    print("| replicas | Redis | requests | memory | Redis | upstream | operations | resident memory |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for replicas in options.replicas:
        for is_shared in (False, True):
            requests = draw(options, replicas, options.seed, CLIENTS * len(REGIONS), 12)
            model, found = vars(replay(options, requests, is_shared)), measured(options, requests, replicas, is_shared)
            row = f"{replicas} replicas {'with' if is_shared else 'without'} Redis"
            cells = [compare(f"{row}, answers from {name}", model[name], found[name], len(requests))
                     for name in ("memory", "redis", "upstream")]
            expected = operations(requests, model, exchange_seconds) if is_shared else 0
            cells.append(compare(f"{row}, operations", expected, found["operations"], expected))
            cells.append(f"{found['resident'] / 1e6:.0f} MB")
            print(f"| {replicas} | {'yes' if is_shared else 'no'} | {len(requests)} | {' | '.join(cells)} |", flush=True)
    print()
    for kind, expected in (("verdict", options.verdict_bytes), ("refused guesses", options.guess_bytes)):
        size = found["sizes"][kind]
        print(f"bytes of a key in Redis, {kind}: {expected:.0f}, {size:.0f}")
        if abs(size - expected) > 0.1 * expected:
            off.append(f"bytes of a key, {kind}: {expected:.0f} by the model, {size:.0f} measured")
    print("\n".join(["FAILED: the model is off by more than " + f"{options.tolerance:.0%}", *off]) if off else "the model is right")
    return 1 if off else 0


# --- The capacity of one Redis


def capacity(options):
    common = (SCRIPTS / "common.lua").read_text()
    whole = {name: common + (SCRIPTS / f"{name}.lua").read_text() for name in ("ask", "settle", "renew", "rate")}
    whole |= {name: (SCRIPTS / f"{name}.lua").read_text() for name in ("client_rate", "session")}
    any_, place = "__rand_int__", "p{__rand_int__AAAAAAAAAA}"
    ask = ["", "", "owner123", "fence123", "900", "guess12345678901", "reserve1", "10000", "605000", "10", "600000", "20000",
           "100", "2000000", "1000000"]
    settle = ["owner123", "fence123", "v" * 42, "60000", "refuse", "600000", "10", "0", "guess12345678901", "reserve1"]
    rates = [["1", "20000000", "100000000", "20000000", "62000000000"] * count for count in (1, 20)]
    runs = [
        ("ask: a miss", "ask", [f"{place}{kind}" for kind in "vlrpw"] + ["p{rate:in1}"], ask),
        ("settle: a refusal", "settle", [f"{place}{kind}" for kind in "vlwrp"], settle),
        ("exchange of 1 client", "client_rate", [f"prate:{any_}"], rates[0]),
        ("exchange of 20 clients", "client_rate", [f"prate:{any_}{index}" for index in range(20)], rates[1]),
        ("a session's attempt", "session", [f"psession:{any_}"], ["10", "0", "0", "900000"]),
    ]
    print("| script | operations a second | time in Redis |\n| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder, Redis(pathlib.Path(folder)) as redis:
        for name, script, keys, arguments in runs:
            loaded = redis.ask("-x", "SCRIPT", "LOAD", text=whole[script])
            redis.ask("CONFIG", "RESETSTAT")
            command = ["redis-benchmark", "-p", str(redis.port), "-n", "60000", "-c", "50", "-r", "1000000", "-q", "EVALSHA", loaded,
                       str(len(keys)), *keys, *arguments]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            # Redis prints the progress and the result on one line.
            found = re.findall(r"([\d.]+) requests per second", done.stdout + done.stderr)
            stats = redis.ask("INFO", "commandstats")
            if not found or "failed_calls=0" not in (line := re.search(r"cmdstat_evalsha:.*", stats)[0]):
                sys.exit(f"{name}: {done.stdout}{done.stderr}{stats}")
            print(f"| {name} | {float(found[-1]):,.0f} | {re.search(r'usec_per_call=([0-9.]+)', line)[1]} µs |")
    print("\nwith 50 connections of redis-benchmark, which needs a core of its own")
    return 0
