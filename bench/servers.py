"""Starts and stops the contestants, each in a separate process."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
KEY = "cvk_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
REGIONS = ["in1", "sg1", "us1", "aps3", "mec1", "eu1"]
SERVER_CORE, DRIVER_CORE = "0", "1"
PATIENCE = 60


class Failed(Exception):
    """A server or a run that failed."""


def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


def pinned(core, command):
    """Pins a command to one core, if there are several."""
    if core is None or len(os.sched_getaffinity(0)) < 2 or not shutil.which("taskset"):
        return [str(part) for part in command]
    return ["taskset", "--cpu-list", core, *(str(part) for part in command)]


class Process:
    """A process that prints the address it listens on."""

    def __init__(self, name, folder, command, core=SERVER_CORE, environment=None):
        self.name = name
        self.log = folder / f"{name}.log"
        self.address = None
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                pinned(core, command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], **(environment or {})},
            )

    @property
    def pid(self):
        return self.process.pid

    def wait_for(self, read):
        """Waits until `read` finds a value in a line of the output."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in self.log.read_text(errors="replace").splitlines():
                if (found := read(line)) is not None:
                    return found
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        raise Failed(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def wait_for_address(self):
        prefix = "listening on "
        self.address = self.wait_for(lambda line: line[len(prefix) :] if line.startswith(prefix) else None)
        return self

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise Failed(f"{self.name} has ended")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def listener_of(name):
    """Reads the address of a listener from a log line of the service."""

    def read(line):
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if entry.get("listener") == name:
                return entry["address"]
        return None

    return read


def service_config(upstream, more="", server="", telemetry="", clients=None):
    """The service with every feature enabled and all limits raised."""
    regions = "".join(f'[regions.{region}]\nbase_url = "http://{upstream}/{region}"\n' for region in REGIONS)
    key_hash = hashlib.sha256(KEY.encode()).hexdigest()
    clients = clients or (
        f'[[clients]]\nname = "bench"\npartner = "bench"\nkey_sha256 = ["{key_hash}"]\n'
        "rate_per_second = 10000000\nburst = 100000000\n"
    )
    return f"""{more}
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
drain_delay = "0s"
drain_timeout = "2s"
max_connections = 16000
max_in_flight = 100000
{server}
[upstream]
max_concurrency_per_region = 4096
max_concurrency_per_account = 4096
queue_timeout = "8s"
[cache]
capacity = 2000000
verified_ttl = "24h"
invalid_credentials_ttl = "24h"
jitter_percent = 0
[limits]
attempts_per_account = 1000000
attempts_window = "10m"
upstream_per_second = 100000000
upstream_burst = 100000000
[telemetry]
{telemetry}
{regions}
{clients}
"""


class Bench:
    """The folder of a run, its programs, and its processes."""

    def __init__(self, folder, service, contestants, go=None, nginx=None, baseline=None):
        self.folder = pathlib.Path(folder)
        self.programs = {"service": service, "contestants": contestants, "go": go, "nginx": nginx, "baseline": baseline}
        self.running = []
        self.answer = self.folder / "answer.json"
        self.cert, self.key_file = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(
            [contestants, "certificate", "--cert", self.cert, "--key", self.key_file], check=True, capture_output=True
        )
        self.upstream = self.started(
            Process("upstream", self.folder, [contestants, "upstream"], core=DRIVER_CORE).wait_for_address()
        )
        self.record_answer()

    def started(self, process):
        self.running.append(process)
        return process

    def stop_all(self, keep_upstream=False):
        for process in reversed(self.running):
            if not (keep_upstream and process is self.upstream):
                process.stop()
        self.running = [process for process in self.running if process.process.poll() is None]

    def record_answer(self):
        """Records an answer of the service, so that every contestant sends the same bytes."""
        service = self.start_service("recorded")
        self.answer.write_text(json.dumps(self.record(service)))
        service.stop()

    def record(self, server):
        command = [self.programs["contestants"], "record", "--to", server.address, "--key", KEY]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{server.name} does not answer from its cache: {done.stderr}")
        return json.loads(done.stdout)

    def check_answer(self, server):
        """Fails if a contestant's hit differs from the service's in more than ids, times and counts."""
        found, expected = (comparable(answer) for answer in (self.record(server), json.loads(self.answer.read_text())))
        # nginx cannot omit it.
        found["headers"].pop("server", None)
        for part in ("headers", "body"):
            if found[part] != expected[part]:
                raise Failed(f"{server.name} sends other {part}:\n{found[part]}\nexpected:\n{expected[part]}")

    def start_service(self, name="service", program="service", tls=False, environment=None, wait=True, **config):
        if tls:
            more = config.get("server", "")
            config["server"] = f'tls_cert = "{self.cert}"\ntls_key = "{self.key_file}"\n{more}'
        file = self.folder / f"{name}.toml"
        file.write_text(service_config(self.upstream.address, **config))
        command = [self.programs[program], "serve", "--config", file]
        environment = {"TOKIO_WORKER_THREADS": "1", **(environment or {})}
        process = self.started(Process(name, self.folder, command, environment=environment))
        if wait:
            process.address = process.wait_for(listener_of("public"))
        return process

    def start_rust(self, kind, tls=False):
        command = [self.programs["contestants"], kind, "--answer", self.answer]
        if kind == "sketch":
            command += ["--key", KEY, "--upstream", f"http://{self.upstream.address}"]
        command += self.tls_arguments(tls)
        process = Process(kind, self.folder, command, environment={"TOKIO_WORKER_THREADS": "1"})
        return self.started(process).wait_for_address()

    def start_go(self, tls=False):
        command = [self.programs["go"], "-answer", self.answer, "-key", KEY]
        command += ["-upstream", f"http://{self.upstream.address}"]
        command += [argument.replace("--", "-", 1) for argument in map(str, self.tls_arguments(tls))]
        process = Process("go", self.folder, command, environment={"GOMAXPROCS": "1"})
        return self.started(process).wait_for_address()

    def tls_arguments(self, tls):
        return ["--tls-cert", self.cert, "--tls-key", self.key_file] if tls else []

    def start_nginx(self, tls=False):
        folder = self.folder / "nginx"
        folder.mkdir(exist_ok=True)
        listen = f"127.0.0.1:{free_port()}"
        certificate = f"ssl_certificate {self.cert}; ssl_certificate_key {self.key_file};" if tls else ""
        values = {
            "modules": "/usr/lib/nginx/modules",
            "folder": folder,
            "here": HERE / "nginx",
            "upstream": self.upstream.address,
            "answer": self.answer,
            "key": KEY,
            "listen": listen,
            "tls": "ssl http2" if tls else "",
            "certificate": certificate,
        }
        text = (HERE / "nginx" / "nginx.conf.in").read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        (folder / "nginx.conf").write_text(text)
        process = self.started(NginxWorker(folder, [self.programs["nginx"], "-c", folder / "nginx.conf"]))
        process.address = listen
        return process

    def calls(self):
        """Returns the number of verifications that the upstream has received so far."""
        with urllib.request.urlopen(f"http://{self.upstream.address}/calls", timeout=10) as answer:
            return int(answer.read())

    def drive(self, server, **options):
        """Sends load to a server and returns the driver's report."""
        command = [self.programs["contestants"], "drive", "--to", server.address, "--key", KEY, "--pid", server.pid]
        for name, value in options.items():
            if value is True:
                command.append(f"--{name}")
            elif value is not None and value is not False:
                command += [f"--{name}", value]
        done = subprocess.run(pinned(DRIVER_CORE, command), capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"the driver failed on {server.name}: {done.stderr}")
        report = json.loads(done.stdout)
        if report["errors"] or not report["answers"]:
            raise Failed(f"{server.name}: {report['errors']} errors, the first: {report['first_error']}")
        return report


class NginxWorker(Process):
    """nginx; what is measured is its worker."""

    def __init__(self, folder, command):
        super().__init__("nginx", folder.parent, command)
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        deadline = time.monotonic() + PATIENCE
        self.worker = None
        while self.worker is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"nginx did not start:\n{self.log.read_text()[-2000:]}")
            found = children.read_text().split()
            self.worker = int(found[0]) if found else None
            time.sleep(0.005)

    @property
    def pid(self):
        return self.worker


def comparable(answer):
    """Replaces what differs between two answers by underscores of the same length."""
    hidden = lambda text: re.sub(r"[^;=\"]", "_", text)
    headers = {name.lower(): value for name, value in answer["headers"]}
    for name in ("x-request-id", "ratelimit", "cache-status"):
        if name in headers:
            headers[name] = hidden(headers[name])
    body = re.sub(r'(?<="checked_at":|"request_id":)"[^"]*"', lambda found: hidden(found[0]), answer["body"])
    return {"headers": headers, "body": body}


def free_port():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
