"""What the service exposes to Prometheus: the names, labels and values that an expression may use."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "connect-verifier"
PREFIX = "connect_verifier_"
SUFFIXES = {"histogram": {"_bucket": {"le"}, "_sum": set(), "_count": set()}}

# Metrics that exist only with a certificate, with Redis, or after an event that these tests do not cause. Those of a
# batch are pushed by the command.
CONDITIONAL = {
    "batch_rows", "batch_changed_rows", "batch_last_completion_timestamp_seconds", "tls_certificate_expiry_timestamp_seconds", "redis_up", "redis_request_duration_seconds",
    "resource_exhausted_total",
}
# Metrics and labels that rules and dashboard already use but a build may not have yet. If the build has an entry, it is
# compared with its definition.
PENDING = {
    "tls_certificate_expiry_timestamp_seconds": ("gauge", set()),
    "redis_up": ("gauge", set()),
    "redis_request_duration_seconds": ("histogram", {"operation"}),
    "resource_exhausted_total": ("counter", {"resource"}),
}
# Labels of a scrape.
TARGET = {"job", "instance", "namespace"}
# Labels that the recording rules keep.
OF_RECORDED = TARGET | {"partner", "region"}
OF_PROMETHEUS = {
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "severity"},
    "process_cpu_seconds_total": set(),
    "process_resident_memory_bytes": set(),
    "process_open_fds": set(),
    "process_max_fds": set(),
    "process_start_time_seconds": set(),
}

VERDICTS = {"verified", "invalid_credentials", "wrong_region", "partner_not_whitelisted"}
FAULTS = {"upstream_unavailable", "upstream_timeout", "upstream_unexpected", "upstream_busy", "overloaded", "internal"}
PROBLEMS = FAULTS | {
    "malformed_json", "bad_request", "invalid_request", "unauthenticated", "forbidden", "not_found", "method_not_allowed",
    "unsupported_media_type", "payload_too_large", "request_timeout", "uri_too_long", "headers_too_large", "rate_limited",
    "too_many_attempts",
}
# The values of labels, from the contract's closed sets; further values of a scrape are equally valid.
VALUES = {
    "outcome": VERDICTS | PROBLEMS,
    "source": {"cache", "upstream", "collapsed", "none"},
    "region": {"none"},
    "waited": {"short", "long"},
    "tier": {"memory", "redis"},
    "limit": {
        "client", "account", "upstream", "session", "max_connections", "max_in_flight", "cache_capacity",
        "max_concurrency_per_region",
    },
    "reason": {"in_flight", "connections", "slow"},
    "what": {"clients", "tls", "log_level"},
    "result": {
        "2xx", "3xx", "4xx", "429", "5xx", "timeout", "connect", "dns", "tls", "reset", "protocol", "hit", "miss", "collapsed",
        "error", "exported", "failed", "dropped",
    },
    "resource": {"descriptors", "memory"},
    "change": {"newly_failing", "recovered"},
    "timeout": {"attempt", "deadline", "request"},
    "route": {"/v1/verify/batch", "/v1/sessions"},
    "status": VERDICTS | {"no_verdict", "401", "499"},
}


def series_of(kind, labels):
    """Returns the suffixes of a metric's series, with the labels of each."""
    return {suffix: labels | more for suffix, more in SUFFIXES.get(kind, {"": set()}).items()}


def definitions():
    """Reads docs/METRICS.md, which a test of the crate keeps current: name to (kind, labels)."""
    found = {}
    for line in (ROOT / "docs" / "METRICS.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `connect_verifier_"):
            found[cells[0].strip("`").removeprefix(PREFIX)] = (cells[1], {label.strip() for label in cells[2].split(",") if label.strip()})
    return found


class Surface:
    """Names, labels and values: those of a scrape, of the definitions, and of planned metrics."""

    def __init__(self, families):
        self.defined = definitions()
        self.exposed, self.values = {}, {label: set(values) for label, values in VALUES.items()}
        for family in families:
            for sample in family.samples:
                self.exposed.setdefault(sample.name, set()).update(sample.labels)
                for label, value in sample.labels.items():
                    self.values.setdefault(label, set()).add(value)
        self.labels = {name: set(labels) for name, labels in OF_PROMETHEUS.items()}
        for table in (self.defined, PENDING):
            for name, (kind, labels) in table.items():
                for suffix, all_labels in series_of(kind, labels).items():
                    self.labels.setdefault(f"{PREFIX}{name}{suffix}", set()).update(all_labels)
        for name, labels in self.exposed.items():
            self.labels.setdefault(name, set()).update(labels)

    def may_be_empty(self, usage):
        """Whether an expression may have no result on this build, or without TLS and Redis."""
        return any(
            ("tier", "=", "redis") in selector.matchers or any(self.may_be_absent(name) for name in selector.names)
            for selector in usage.selectors
        )

    def may_be_absent(self, name):
        """Whether a series of this name may be missing from a scrape of this build."""
        short = re.sub("_(bucket|sum|count)$", "", name.removeprefix(PREFIX))
        return short in CONDITIONAL or (short in PENDING and self.defined.get(short) != PENDING[short])

    def problems(self, usage, recorded):
        """Returns what an expression uses that does not exist."""
        found, known = [], set(TARGET)
        for selector in usage.selectors:
            if not selector.names:
                found.append("a selector without a name")
            has = set(TARGET)
            for name in selector.names:
                if name in recorded:
                    has |= OF_RECORDED
                elif name in self.labels:
                    has |= self.labels[name]
                else:
                    found.append(f"there is no metric {name}")
            known |= has
            for label, operator, value in selector.matchers:
                if label not in has:
                    found.append(f"{'|'.join(selector.names)} has no label {label}")
                elif label not in TARGET | {"alertname", "alertstate", "partner", "operation", "le"}:
                    found += [f"{label} is never {word}" for word in value.split("|") if not self.is_value(label, operator, word)]
        found += [f"no metric in it has the label {label}" for label in sorted(usage.labels - known)]
        return found

    def is_value(self, label, operator, word):
        values = self.values.get(label, set())
        if word in values or word in ("", ".*"):
            return True
        return operator in ("=~", "!~") and any(re.fullmatch(word, value) for value in values)
