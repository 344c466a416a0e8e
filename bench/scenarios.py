"""The scenarios: what is sent, to which server, and how often."""

import statistics
from dataclasses import dataclass, field

from servers import Failed


@dataclass
class Scenario:
    """A load, and the contestants that receive it."""

    name: str
    title: str
    contestants: list
    closed: dict
    rate: int = 0
    tls: bool = False
    warm: int = 0


@dataclass
class Figures:
    """The results of one contestant's rounds."""

    cpu_us: list = field(default_factory=list)
    per_second: list = field(default_factory=list)
    bytes: list = field(default_factory=list)
    p50_us: list = field(default_factory=list)
    p99_us: list = field(default_factory=list)
    p999_us: list = field(default_factory=list)


FEW = 1000
ALL = ["bare", "sketch", "nginx", "go", "service"]
TLS = ["bare", "nginx", "go", "service"]


def scenarios(many):
    hits = {"among": FEW, "source": "cache", "connections": 32}
    return [
        Scenario("hits", f"hits, {FEW:,} credentials", ["baseline", *ALL], hits, rate=5000, warm=FEW),
        Scenario(
            "many",
            f"hits, {many:,} credentials (few: {FEW:,})",
            ["bare", "baseline", "few", "service"],
            {**hits, "among": many},
            rate=5000,
            warm=many,
        ),
        Scenario(
            "misses",
            "misses, upstream answers at once (bare: its constant)",
            ["baseline", *ALL],
            {"source": "upstream", "connections": 32},
            rate=2000,
        ),
        Scenario(
            "misses-20ms",
            "misses, upstream answers after 20 ms (bare: its constant)",
            ["baseline", *ALL],
            {"source": "upstream", "connections": 128, "region": "sg1"},
            rate=2000,
        ),
        Scenario("tls", "hits over TLS, HTTP/1.1", ["baseline", *TLS], hits, rate=5000, tls=True, warm=FEW),
        Scenario(
            "http2",
            "hits over TLS, HTTP/2, 4 connections with 8 streams",
            ["baseline", *TLS],
            {**hits, "connections": 4, "http2": True},
            rate=5000,
            tls=True,
            warm=FEW,
        ),
    ]


def start(bench, name, tls):
    """Starts a contestant; returns `None` if its program is not installed."""
    program = {"bare": "contestants", "sketch": "contestants", "few": "service"}.get(name, name)
    if not bench.programs.get(program):
        return None
    if name in ("bare", "sketch"):
        return bench.start_rust(name, tls)
    if name == "nginx":
        return bench.start_nginx(tls)
    if name == "go":
        return bench.start_go(tls)
    return bench.start_service(name, program=program, tls=tls)


def run(bench, scenario, rounds, seconds, say):
    """Runs the rounds of a scenario alternately, so that other load on the machine affects all contestants equally."""
    servers = {name: server for name in scenario.contestants if (server := start(bench, name, scenario.tls))}
    figures = {name: Figures() for name in servers}
    next_credential = dict.fromkeys(servers, 0)
    tls = {"tls": bench.cert} if scenario.tls else {}
    for name, server in servers.items():
        if not scenario.tls and name in ("bare", "sketch", "nginx", "go"):
            bench.check_answer(server)
        if scenario.warm and name != "bare":
            warm = FEW if name == "few" else scenario.warm
            say(f"  filling {name} with {warm:,} credentials")
            bench.drive(server, count=warm, connections=32, **tls)

    def drive(name, server, **more):
        options = {**scenario.closed, "seconds": seconds, "first": next_credential[name], **tls, **more}
        if name == "bare":
            options["source"] = "any"
        elif name == "few":
            options["among"] = FEW
        report = bench.drive(server, **options)
        if "among" not in options:
            next_credential[name] += report["used"]
        return report

    for _ in range(rounds):
        for name, server in servers.items():
            report = drive(name, server)
            figures[name].cpu_us.append(report["cpu_seconds"] / report["answers"] * 1e6)
            figures[name].per_second.append(report["answers"] / report["seconds"])
            figures[name].bytes.append(report["bytes"] / report["answers"])
        for name, server in servers.items():
            report = drive(name, server, rate=scenario.rate)
            for quantile in ("p50_us", "p99_us", "p999_us"):
                getattr(figures[name], quantile).append(report[quantile])
    bench.stop_all(keep_upstream=True)
    return figures


def herd(bench, size):
    """Sends one credential on many connections at once; the upstream must receive one call."""
    results = {}
    for name in ("baseline", "sketch", "service"):
        server = start(bench, name, False)
        if not server:
            continue
        before = bench.calls()
        report = bench.drive(server, count=size, connections=size, region="us1", among=1, first=10**9)
        results[name] = {"calls": bench.calls() - before, "cpu_us": report["cpu_seconds"] / size * 1e6}
        server.stop()
    if results["service"]["calls"] != 1:
        raise Failed(f"a herd of {size} made {results['service']['calls']} calls to the upstream")
    return results


TRACES = {
    "traces off": (False, {}),
    "traces of 1 in 100": (True, {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01"}),
    "traces of all": (True, {}),
}


def traces(bench, rounds, seconds):
    """Measures the cost of traces per hit."""
    servers = {}
    for name, (is_exported, environment) in TRACES.items():
        telemetry = f'otlp_endpoint = "http://{bench.upstream.address}"' if is_exported else ""
        file = name.replace(" ", "-")
        servers[name] = bench.start_service(file, environment=environment, telemetry=telemetry)
        bench.drive(servers[name], count=1000)
    figures = {name: Figures() for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            report = bench.drive(server, among=1000, source="cache", seconds=seconds)
            figures[name].cpu_us.append(report["cpu_seconds"] / report["answers"] * 1e6)
    bench.stop_all(keep_upstream=True)
    return figures


def ratios(figures, above, below):
    """Returns the minimum, median and maximum ratio of CPU per request, round by round."""
    if above not in figures or below not in figures:
        return None
    pairs = zip(figures[above].cpu_us, figures[below].cpu_us)
    values = [one / other for one, other in pairs if other]
    return (min(values), statistics.median(values), max(values)) if values else None
