"""Counts instructions per hit and per miss. Called by scripts/measure-instructions, which documents the usage."""

import argparse
import contextlib
import json
import pathlib
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import tomllib
import urllib.request

import callgrind
from servers import HERE, KEY, Failed, Process, listener_of, service_config

BOUNDS, PROFILE = HERE / "bounds.toml", HERE / "profile.json"
HITS, MISSES = 3000, 1500
KEPT = 120
SUCCESS = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 57\r\n\r\n"
    b'{"message":"Authorised Successfully.","status":"success"}'
)


class Upstream:
    """A connect API that always accepts."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self.listener.getsockname())
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                stream, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(stream,), daemon=True).start()

    @staticmethod
    def serve(stream):
        with contextlib.suppress(OSError), stream:
            while head := stream.recv(65536):
                # The service sends the whole head at once and nothing after it.
                if head.endswith(b"\r\n\r\n"):
                    stream.sendall(SUCCESS)


class Caller:
    """One connection, one request at a time, so that the result does not depend on timing."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.stream = socket.create_connection((host, int(port)), timeout=60)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, number, source):
        body = b'{"account_id":"W9R-%03d-%04d","passcode":"GOOD.%08d","region":"in1"}' % (
            number // 10000,
            number % 10000,
            number,
        )
        self.stream.sendall(
            b"POST /v1/verify HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\naccept: */*\r\n"
            b"authorization: Bearer %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (KEY.encode(), len(body), body)
        )
        answer = self.stream.recv(65536)
        if not answer.startswith(b"HTTP/1.1 200 ") or b'"source":"%s"' % source not in answer:
            raise Failed(f"not a verdict from {source.decode()}: {answer.decode()}")


class Callgrind:
    """The service under callgrind."""

    def __init__(self, binary, folder, upstream, stack):
        (folder / "config.toml").write_text(service_config(upstream.address))
        self.output = folder / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.output}", "--", binary]
        command += ["serve", "--config", folder / "config.toml"]
        self.service = Process("service", folder, command, core=None, environment={"TOKIO_WORKER_THREADS": "1"})
        stack.callback(self.service.stop)
        self.parts = 0
        self.public = self.service.wait_for(listener_of("public"))
        self.admin = self.service.wait_for(listener_of("admin"))

    def part(self):
        """Ends a part of the run and returns the file with its cost."""
        self.parts += 1
        file = self.output.with_name(f"{self.output.name}.{self.parts}")
        control = subprocess.Popen(
            ["callgrind_control", "--dump", str(self.service.pid)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            for _ in range(20):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    control.wait(timeout=2)
                    break
                # If the system does not allow interrupting a process, only an active process responds.
                urllib.request.urlopen(f"http://{self.admin}/livez", timeout=10).close()
        finally:
            control.kill()
        if not file.exists():
            raise Failed(f"callgrind did not write its counts: {control.stdout.read().decode()}")
        return file


def profiles(binary):
    """Returns the cost of a hit and of a miss. The start-up, which calibrates clocks for example, is not counted."""
    with tempfile.TemporaryDirectory(prefix="instructions-") as folder, contextlib.ExitStack() as stack:
        upstream = Upstream()
        stack.callback(upstream.listener.close)
        running = Callgrind(binary, pathlib.Path(folder), upstream, stack)
        caller = Caller(running.public)
        # The first requests of each kind resolve and allocate what later ones reuse.
        for number in range(200):
            caller.ask(number, b"upstream")
            caller.ask(number, b"cache")
        running.part()
        for number in range(HITS):
            caller.ask(number % 200, b"cache")
        hits = running.part()
        for number in range(MISSES):
            caller.ask(1000 + number, b"upstream")
        misses = running.part()
        root = f"{HERE.parent}/"
        return {"hit": callgrind.read(hits, root).each(HITS), "miss": callgrind.read(misses, root).each(MISSES)}


def taken_with():
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    return {"rustc": rustc, "libc": " ".join(platform.libc_ver()), "machine": platform.machine()}


def write_bounds(found, tolerance):
    lines = [
        "# Instructions in user space per request, counted by callgrind: scripts/measure-instructions fails above them.",
        "# `scripts/measure-instructions --update` writes this file and profile.json.",
        f"tolerance_percent = {tolerance}",
    ]
    for name, profile in found.items():
        lines += ["", f"[{name}]", f"instructions = {round(profile.total)}"]
    lines += ["", "[taken_with]", *(f'{key} = "{value}"' for key, value in taken_with().items())]
    BOUNDS.write_text("\n".join(lines) + "\n")
    kept = {
        name: {
            kind: {key: round(cost, 1) for key, cost in getattr(profile, kind).most_common(KEPT)}
            for kind in ("files", "functions")
        }
        for name, profile in found.items()
    }
    PROFILE.write_text(json.dumps(kept, indent=1) + "\n")


def show(name, profile, count):
    print(f"\na {name}: {profile.total:,.0f} instructions, {profile.allocations:.1f} allocations")
    for kind in ("files", "functions"):
        for key, cost in getattr(profile, kind).most_common(count):
            print(f"  {cost:9,.0f} {cost / profile.total:6.1%}  {key}")
        print()


def show_growth(profile, before):
    for kind in ("files", "functions"):
        print(f"  grew, by {kind}:")
        # Only the most expensive entries are stored in a file.
        floor = min(before[kind].values()) if len(before[kind]) == KEPT else 0
        for change, key in callgrind.growth(getattr(profile, kind), before[kind], profile.total * 0.001, floor)[:15]:
            print(f"  {change:+9,.0f}  {key}")


def judge(found, bounds, before, limit_name):
    tolerance = bounds["tolerance_percent"]
    failed = False
    for name, profile in found.items():
        bound = bounds[name]["instructions"]
        percent = (profile.total / bound - 1) * 100
        print(f"a {name}: {profile.total:,.0f} instructions, {percent:+.1f} % of {limit_name}'s {bound:,}")
        if percent > tolerance:
            failed = True
            print(f"  more than {tolerance} % too many")
            show_growth(profile, before[name])
        elif percent < -tolerance:
            print("  cheaper than the bound: lower it with scripts/measure-instructions --update")
    if failed and bounds.get("taken_with", taken_with()) != taken_with():
        print(f"NOTE: the bounds were taken with {bounds['taken_with']}, and this is {taken_with()}")
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", required=True)
    parser.add_argument("--baseline")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--show", type=int, metavar="N", help="list the N dearest files and functions")
    arguments = parser.parse_args()
    # If terminated, it still stops the processes that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("FAILED: ended by a signal"))
    try:
        found = profiles(arguments.service)
        if arguments.show:
            for name, profile in found.items():
                show(name, profile, arguments.show)
        if arguments.update:
            write_bounds(found, 3)
            print("; ".join(f"a {name}: {profile.total:,.0f} instructions" for name, profile in found.items()))
            return
        if arguments.baseline:
            baseline = profiles(arguments.baseline)
            before = {name: vars(profile) for name, profile in baseline.items()}
            bounds = {name: {"instructions": round(profile.total)} for name, profile in baseline.items()}
            bounds["tolerance_percent"], limit_name = 3, "the baseline"
        else:
            bounds, limit_name = tomllib.loads(BOUNDS.read_text()), "the bound"
            before = json.loads(PROFILE.read_text())
    except Failed as failed:
        sys.exit(f"FAILED: {failed}")
    if judge(found, bounds, before, limit_name):
        sys.exit("FAILED: a request costs more instructions than it may")


if __name__ == "__main__":
    main()
