"""Measures the memory of the service and its start-up time."""

import http.client
import statistics
import subprocess
import time

from servers import DRIVER_CORE, KEY, Failed, free_port, pinned

CONNECTIONS = 2000
# A waiting connection releases its buffers after a second, and the allocator returns them after another.
SETTLED_AFTER = 4
# The name, and the options of `contestants hold`.
KINDS = {
    "open connection, nothing sent": ["silent"],
    "idle connection, one request answered": ["silent", "--after-request"],
    "half of a head": ["slow-head"],
    "half of a head, after a request": ["slow-head", "--after-request"],
    "half of a body": ["slow-body"],
    "half of a body, after a request": ["slow-body", "--after-request"],
    "idle TLS connection, one request answered": ["silent", "--after-request", "--tls"],
    "half of a body over TLS, after a request": ["slow-body", "--after-request", "--tls"],
}


def verdicts(bench, count):
    """Returns the bytes per cached verdict, including its guess budget: verified, and refused."""
    result = {}
    for name, refused in (("verified", False), ("refused", True)):
        service = bench.start_service(f"verdicts-{name}")
        # The one-time allocations of the first requests do not belong to any verdict.
        bench.drive(service, count=1000, first=10**12, refused=refused)
        before = service.resident_bytes()
        bench.drive(service, count=count, connections=64, refused=refused)
        result[name] = (service.resident_bytes() - before) / count
        service.stop()
    return result


def connections(bench):
    """Returns the bytes per open connection, by what was sent on it."""
    result = {}
    patience = 'first_request_timeout = "5m"\nheader_timeout = "5m"\nbody_timeout = "5m"\nrequest_timeout = "5m"'
    for number, (kind, options) in enumerate(KINDS.items()):
        tls = "--tls" in options
        service = bench.start_service(f"connections-{number}", tls=tls, server=patience)
        bench.drive(service, count=200, connections=4, **({"tls": bench.cert} if tls else {}))
        before = service.resident_bytes()
        command = [bench.programs["contestants"], "hold", "--to", service.address, "--key", KEY]
        command += ["--count", CONNECTIONS, "--kind", *options]
        if tls:
            command.append(bench.cert)
        holder = subprocess.Popen(
            pinned(DRIVER_CORE, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        if not holder.stdout.readline().startswith(b"holding"):
            raise Failed(f"cannot hold connections open: {holder.stderr.read().decode()}")
        time.sleep(SETTLED_AFTER)
        result[kind] = (service.resident_bytes() - before) / CONNECTIONS
        holder.communicate()
        service.stop()
    return result


def idle(bench):
    """Returns the resident bytes of a service before its first answer."""
    service = bench.start_service("idle")
    time.sleep(0.5)
    resident = service.resident_bytes()
    service.stop()
    return resident


def starts(bench, runs):
    """Returns the seconds from the start of the process to the first answer of the public listener."""
    took = []
    for _ in range(runs + 1):
        port = free_port()
        began = time.perf_counter()
        environment = {"CONNECT_VERIFIER__SERVER__LISTEN": f"127.0.0.1:{port}"}
        service = bench.start_service("start", environment=environment, wait=False)
        while True:
            if service.process.poll() is not None or time.perf_counter() - began > 10:
                raise Failed(f"the service did not start:\n{service.log.read_text()}")
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/v1/regions")
                status = connection.getresponse().status
                took.append(time.perf_counter() - began)
                break
            except ConnectionRefusedError:
                time.sleep(0.0002)
            finally:
                connection.close()
        if status != 200:
            raise Failed(f"the first answer was a {status}")
        service.stop()
    # The first start also waits for the disk.
    return sorted(took[1:])


def median(values):
    return statistics.median(values)
