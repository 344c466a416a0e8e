"""Compares the service with other servers that do the same job. Called by scripts/bench, which documents the usage."""

import argparse
import json
import os
import pathlib
import signal
import statistics
import sys
import tempfile

import memory
import scenarios
import servers
from servers import Bench, Failed

# The targets; see docs/PERFORMANCE.md. (scenario, above, below, at most or at least, bound)
TARGETS = [
    ("hits", "service", "bare", "at most", 1.45),
    ("hits", "nginx", "service", "at least", 1.8),
    ("hits", "go", "service", "at least", 2.2),
    ("many", "service", "few", "at most", 1.35),
    ("misses", "nginx", "service", "at least", 1.25),
    ("misses", "go", "service", "at least", 1.9),
]
EXTRA = ["herd", "traces", "memory", "start"]


class Report:
    """Prints results and keeps them for --json."""

    def __init__(self):
        self.found = {}
        self.targets = []

    def say(self, text=""):
        print(text, flush=True)

    def table(self, scenario, figures):
        self.say(f"\n{scenario.title}; open loop at {scenario.rate:,}/s")
        self.say(
            f"  {'':9} {'CPU s/100k':>10} {'(min to max)':>14} {'/ bare':>6} {'(min to max)':>14} "
            f"{'max req/s':>9} {'p50 us':>7} {'p99 us':>7} {'p99.9 us':>8} {'bytes':>6}"
        )
        for name, figure in figures.items():
            cpu = [value / 10 for value in figure.cpu_us]
            ratio = scenarios.ratios(figures, name, "bare")
            ratio = f"{ratio[1]:6.2f} {f'({ratio[0]:.2f} to {ratio[2]:.2f})':>14}" if ratio else " " * 21
            spread = f"({min(cpu):.2f} to {max(cpu):.2f})"
            self.say(
                f"  {name:9} {statistics.median(cpu):10.2f} {spread:>14} {ratio} "
                f"{statistics.median(figure.per_second):9,.0f} {statistics.median(figure.p50_us):7.0f} "
                f"{statistics.median(figure.p99_us):7.0f} {statistics.median(figure.p999_us):8.0f} "
                f"{statistics.median(figure.bytes):6.0f}"
            )
        self.found[scenario.name] = {name: vars(figure) for name, figure in figures.items()}

    def target(self, text, value, kind, bound, unit="", spread=None):
        is_met = value <= bound if kind == "at most" else value >= bound
        spread = f" ({spread[0]:.2f} to {spread[1]:.2f})" if spread else ""
        self.targets.append(f"  {'ok  ' if is_met else 'MISS'} {text}: {value:.2f}{unit}{spread}, {kind} {bound:g}{unit}")
        self.found.setdefault("targets", {})[text] = {"value": value, kind: bound, "is_met": is_met}


def measure(bench, arguments, report):
    wanted = arguments.only.split(",") if arguments.only else None
    is_wanted = lambda name: wanted is None or name in wanted
    rounds, seconds = arguments.rounds, arguments.seconds
    all_figures = {}
    for scenario in scenarios.scenarios(arguments.many):
        if is_wanted(scenario.name):
            figures = scenarios.run(bench, scenario, rounds, seconds, report.say)
            all_figures[scenario.name] = figures
            report.table(scenario, figures)
    if is_wanted("herd"):
        result = scenarios.herd(bench, arguments.herd)
        report.found["herd"] = result
        report.say(f"\na herd of {arguments.herd:,} on one credential, upstream answers after 300 ms")
        for name, figure in result.items():
            report.say(f"  {name:9} {figure['calls']} call(s) to the upstream, {figure['cpu_us']:.1f} us of CPU each")
        report.target("herd: calls to the upstream", result["service"]["calls"], "at most", 1)
    if is_wanted("traces"):
        figures = scenarios.traces(bench, rounds, seconds)
        report.say("\nwhat traces cost a hit")
        for name, figure in figures.items():
            least, middle, most = scenarios.ratios(figures, name, "traces off")
            cpu = statistics.median(figure.cpu_us)
            report.say(f"  {name:19} {cpu:6.1f} us   x {middle:.2f} ({least:.2f} to {most:.2f})")
        report.found["traces"] = {name: figure.cpu_us for name, figure in figures.items()}
    if is_wanted("memory"):
        measure_memory(bench, arguments, report)
    if is_wanted("start"):
        took = memory.starts(bench, arguments.starts)
        report.say(f"\nstart to first answer, {len(took)} runs: {took[0] * 1e3:.1f} to {took[-1] * 1e3:.1f} ms")
        report.target("start to ready, median", memory.median(took) * 1e3, "at most", 50, " ms")
    judge(all_figures, report)


def measure_memory(bench, arguments, report):
    report.say(f"\nmemory ({arguments.verdicts:,} verdicts, {memory.CONNECTIONS:,} connections)")
    idle = memory.idle(bench)
    verdicts = memory.verdicts(bench, arguments.verdicts)
    connections = memory.connections(bench)
    report.say(f"  {'idle, resident':40} {idle / 1e6:8.1f} MB")
    for name, value in verdicts.items():
        report.say(f"  {f'{name} verdict, guess budget included':40} {value:8.0f} bytes")
    for kind, value in connections.items():
        report.say(f"  {kind:40} {value:8.0f} bytes")
    report.found["memory"] = {"idle": idle, "verdicts": verdicts, "connections": connections}
    report.target("resident when idle", idle / 1e6, "at most", 12, " MB")
    report.target("a remembered verdict", max(verdicts.values()), "at most", 500, " bytes")
    for kind, value in connections.items():
        report.target(kind, value / 1e3, "at most", 10, " kB")


def judge(figures, report):
    for scenario, above, below, kind, bound in TARGETS:
        ratio = scenarios.ratios(figures.get(scenario, {}), above, below)
        if ratio:
            report.target(f"{scenario}: {above} / {below}", ratio[1], kind, bound, spread=(ratio[0], ratio[2]))
    if report.targets:
        report.say("\ntargets")
        for line in report.targets:
            report.say(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", required=True)
    parser.add_argument("--contestants", required=True)
    parser.add_argument("--go")
    parser.add_argument("--nginx")
    parser.add_argument("--baseline")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    quick = arguments.quick
    arguments.rounds = arguments.rounds or (2 if quick else 5)
    arguments.seconds = arguments.seconds or (0.4 if quick else 2.0)
    arguments.many = 20_000 if quick else 1_000_000
    arguments.verdicts = 20_000 if quick else 200_000
    arguments.starts = 5 if quick else 30
    arguments.herd = 2000

    # If terminated, it still stops the processes that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("FAILED: ended by a signal"))
    servers.raise_descriptor_limit()
    busy = os.getloadavg()[0]
    if busy > 1:
        print(f"NOTE: the machine is busy (load {busy:.1f}): rely on ratios and their spread, not on absolute figures")
    report = Report()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = None
        try:
            programs = (arguments.go, arguments.nginx, arguments.baseline)
            bench = Bench(folder, arguments.service, arguments.contestants, *programs)
            measure(bench, arguments, report)
        except Failed as failed:
            sys.exit(f"FAILED: {failed}")
        finally:
            if bench:
                bench.stop_all()
    if arguments.json:
        arguments.json.write_text(json.dumps(report.found, indent=1))


if __name__ == "__main__":
    main()
