"""Counts instructions per hit and per miss. Called by scripts/check-instructions, which documents the usage."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
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
COMPARED = ("files", "functions", "parts")
KEPT = 120
# A change of 3 % must fail, and a count differs by up to half a percent from the median of several.
TOLERANCE_PERCENT = 2
# Another release of the compiler generates other code.
TOLERANCE_PERCENT_OF_OTHER_RUSTC = 10
CI = HERE.parent / ".github/workflows/ci.yml"
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
        return {"hit": callgrind.read(hits).each(HITS), "miss": callgrind.read(misses).each(MISSES)}


def build(target, has_symbols):
    """Builds the service; returns its binary."""
    environment = dict(os.environ)
    if has_symbols:
        print("building with symbols", flush=True)
        target = target / "profile"
        environment |= {"CARGO_PROFILE_RELEASE_STRIP": "none", "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only"}
    command = ["cargo", "build", "--locked", "--release", "--quiet", "--target-dir", target]
    subprocess.run(command, cwd=HERE.parent, env=environment, check=True)
    return target / "release/connect-verifier"


def median_profiles(binary, runs=3):
    """Counts several times, so that the bounds are in the middle of what a run may give."""
    counts = [profiles(binary) for _ in range(runs)]
    total = lambda profile: profile.total
    return {name: sorted((count[name] for count in counts), key=total)[runs // 2] for name in counts[0]}


def taken_with():
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    return {"rustc": rustc, "libc": " ".join(platform.libc_ver()), "machine": platform.machine()}


def release_of(rustc):
    """Returns the release of a compiler, without its patch level: `1.95`."""
    found = re.search(r"\d+\.\d+", rustc)
    return found[0] if found else rustc


def check_toolchain_of_ci(bounds):
    """Fails if CI uses another compiler than the bounds, where it would not decide."""
    image = re.search(r"rust:(\d+\.\d+)", CI.read_text()) if CI.exists() else None
    if image and image[1] != release_of(bounds["taken_with"]["rustc"]):
        raise Failed(
            f"{CI.name} uses rustc {image[1]}, and the bounds were taken with {bounds['taken_with']['rustc']}: "
            "update them with scripts/check-instructions --update"
        )


def tolerance_here(bounds):
    """Returns the tolerance in percent on this machine, or `None` if nothing can be compared."""
    taken, here = bounds["taken_with"], taken_with()
    if taken["machine"] != here["machine"]:
        print(f"NOTE: not compared: the bounds were taken on {taken['machine']}, and this is {here['machine']}")
        return None
    if release_of(taken["rustc"]) != release_of(here["rustc"]):
        print(
            f"NOTE: the bounds were taken with {taken['rustc']}, and this is {here['rustc']}: "
            f"the tolerance is {TOLERANCE_PERCENT_OF_OTHER_RUSTC} % instead of {TOLERANCE_PERCENT} %"
        )
        return TOLERANCE_PERCENT_OF_OTHER_RUSTC
    return TOLERANCE_PERCENT


def write_bounds(found):
    lines = [
        "# Instructions in user space per request, counted by callgrind: scripts/check-instructions fails above them.",
        "# `scripts/check-instructions --update` writes this file and profile.json.",
    ]
    for name, profile in found.items():
        lines += ["", f"[{name}]", f"instructions = {round(profile.total)}"]
    lines += ["", "[taken_with]", *(f'{key} = "{value}"' for key, value in taken_with().items())]
    BOUNDS.write_text("\n".join(lines) + "\n")
    kept = {
        name: {
            kind: {key: round(cost, 1) for key, cost in getattr(profile, kind).most_common(KEPT)}
            for kind in COMPARED
        }
        for name, profile in found.items()
    }
    PROFILE.write_text(json.dumps(kept, indent=1) + "\n")


def show(name, profile, count):
    print(f"\na {name}: {profile.total:,.0f} instructions")
    for kind in callgrind.KINDS:
        for key, cost in getattr(profile, kind).most_common(count):
            print(f"  {cost:9,.0f} {cost / profile.total:6.1%}  {key}")
        print()


def show_growth(name, profile, before):
    print(f"\na {name}: {profile.total:,.0f} instructions")
    if not profile.has_symbols():
        print("  the binary has no symbols, so nothing shows where it grew")
        return
    for kind in COMPARED:
        print(f"  {kind} that grew:")
        # Only the most expensive entries are stored in a file.
        floor = min(before[kind].values()) if len(before[kind]) == KEPT else 0
        for change, key in callgrind.growth(getattr(profile, kind), before[kind], profile.total * 0.001, floor)[:10]:
            print(f"  {change:+9,.0f}  {key}")


def judge(found, limits, tolerance, limit_name):
    """Prints the comparison; returns the names of what is too expensive."""
    failed = []
    for name, profile in found.items():
        limit = limits[name]
        percent = (profile.total / limit - 1) * 100
        print(f"a {name}: {profile.total:,.0f} instructions, {percent:+.1f} % of {limit_name}'s {limit:,}")
        if percent > tolerance:
            failed.append(name)
            print(f"  TOO MANY: the tolerance is {tolerance} %")
        elif percent < -tolerance:
            print("  cheaper than before: keep it so with scripts/check-instructions --update")
    return failed


def against_baseline(arguments, service):
    before = {name: vars(profile) for name, profile in profiles(arguments.baseline).items()}
    found = profiles(service)
    limits = {name: round(profile["total"]) for name, profile in before.items()}
    failed = judge(found, limits, TOLERANCE_PERCENT, "the baseline")
    for name in failed:
        show_growth(name, found[name], before[name])
    return failed


def against_bounds(arguments, service):
    bounds = tomllib.loads(BOUNDS.read_text())
    check_toolchain_of_ci(bounds)
    tolerance = tolerance_here(bounds)
    found = profiles(service)
    if tolerance is None:
        return []
    limits = {name: bounds[name]["instructions"] for name in found}
    failed = judge(found, limits, tolerance, "the bound")
    if failed:
        if arguments.target:
            found = profiles(build(arguments.target, has_symbols=True))
        before = json.loads(PROFILE.read_text())
        for name in failed:
            show_growth(name, found[name], before[name])
        print("\nif the change is intended: scripts/check-instructions --update, and say why in the commit")
    return failed


def run(arguments):
    """Returns the names of what is too expensive."""
    needs_symbols = bool(arguments.show or arguments.update or arguments.baseline)
    service = arguments.service or build(arguments.target, needs_symbols)
    if not arguments.show and not arguments.update:
        return against_baseline(arguments, service) if arguments.baseline else against_bounds(arguments, service)
    found = median_profiles(service) if arguments.update else profiles(service)
    for name, profile in found.items():
        show(name, profile, arguments.show or 0)
    if arguments.update:
        if not all(profile.has_symbols() for profile in found.values()):
            raise Failed("the binary has no symbols")
        write_bounds(found)
    return []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", type=pathlib.Path, help="the binary; otherwise it is built")
    parser.add_argument("--target", type=pathlib.Path, help="the directory to build in")
    parser.add_argument("--baseline")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--show", type=int, metavar="N", help="list the N most expensive files and functions")
    arguments = parser.parse_args()
    # If terminated, it still stops the processes that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("FAILED: ended by a signal"))
    try:
        failed = run(arguments)
    except Failed as failure:
        sys.exit(f"FAILED: {failure}")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
    if failed:
        sys.exit(f"FAILED: too many instructions: {', '.join(failed)}")


if __name__ == "__main__":
    main()
