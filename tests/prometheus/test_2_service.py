"""The answers to the callers, and whether metrics, log and traces agree with them."""

import re

import pytest
from harness import wait_until

DURATIONS = ("verification_duration_seconds", "http_request_duration_seconds", "upstream_request_duration_seconds")


@pytest.mark.parametrize(("step", "wanted"), [
    ("log level", 200),
    (("TEST-200-OKA-0000", "in1"), "verified"),
    (("TEST-400-BAD-0000", "in1"), "invalid_credentials"),
    (("TEST-401-BAD-0000", "in1"), "invalid_credentials"),
    (("TEST-403-WLS-0000", "in1"), "partner_not_whitelisted"),
    (("TEST-429-BSY-0000", "in1"), "upstream_busy"),
    (("TEST-500-ERR-0000", "sg1"), "upstream_unavailable"),
    (("TEST-503-ERR-0000", "us1"), "upstream_unavailable"),
    (("TEST-504-ERR-0000", "mec1"), "upstream_unavailable"),
    (("TEST-HTM-ERR-0000", "in1"), "upstream_unexpected"),
    (("TEST-FLP-OKA-0000", "in1"), "verified"),
    (("TEST-RST-ERR-0000", "eu1"), "upstream_unavailable"),
    (("W9R-486-4W5Z", "in1"), "invalid_credentials"),
    (("TEST-EU1-OKA-0000", "auto"), "verified"),
    (("TEST-APS3-OKA-0000", "aps3"), "verified"),
    ("another region", "wrong_region"),
    ("a wrong passcode", "invalid_credentials"),
    ("no member", "invalid_request"),
    ("no JSON", "malformed_json"),
    ("slow, twice", ["verified"] * 2),
    ("hung, in six regions", ["overloaded"] * 2 + ["upstream_timeout"] * 4),
    ("guesses", ["invalid_credentials"] * 10 + ["too_many_attempts"] * 2),
    ("over the rate", ["rate_limited", "verified"]),
    ("breaker of us1", 2),
    ("clients state before a reload", False),
    ("state after a broken clients file", 0),
    ("durations of the abandoned attempt", 0),
    ("spans lost before", (0, 0)),
])
def test_answers(driven, step, wanted):
    assert driven.notes[step] == wanted


@pytest.mark.parametrize(("what", "query", "label", "wanted"), [
    ("verifications by outcome", "sum by (outcome) (connect_verifier_verifications_total)", "outcome", lambda seen: dict(seen.outcomes)),
    ("a duration for each", "sum by (outcome) (connect_verifier_verification_duration_seconds_count)", "outcome", lambda seen: dict(seen.outcomes)),
    ("an answer on the wire", 'sum(connect_verifier_http_requests_total{route="/v1/verify", status!="499"})', "", lambda seen: {"": seen.outcomes.total()}),
    ("the caller that left", "sum by (region) (connect_verifier_verifications_abandoned_total)", "region", lambda seen: {"aps3": 1}),
    ("one instance", "up", "job", lambda seen: {"connect-verifier": 1}),
    ("an open breaker", "connect_verifier_breaker_state > 0", "region", lambda seen: {"us1": 2}),
    ("what was reloaded", "connect_verifier_config_last_reload_successful", "what", lambda seen: {"clients": 0, "log_level": 1}),
])
def test_prometheus_agrees(driven, prometheus, what, query, label, wanted):
    wait_until(what, lambda: prometheus.by(query, label), wanted(driven))


def test_a_rejected_clients_file_is_noticed_until_it_is_repaired(driven, prometheus):
    noticed = 'ALERTS{alertname="ConnectVerifierReloadFailed", what="clients"}'
    wait_until("the alert", lambda: bool(prometheus.ask(noticed)))
    firing = prometheus.by('ALERTS{alertstate="firing"}', "alertname")
    assert set(firing) <= {"ConnectVerifierReloadFailed"}
    driven.repair_clients()
    wait_until("the repaired state", lambda: prometheus.by('connect_verifier_config_last_reload_successful{what="clients"}', "what"), {"clients": 1})
    wait_until("the alert is gone", lambda: prometheus.ask(noticed), [])


@pytest.mark.parametrize("name", DURATIONS)
def test_exemplars_are_traces_of_callers(driven, prometheus, name):
    wait_until("Prometheus got exemplars, so it got OpenMetrics", lambda: bool(prometheus.exemplars(name)))
    found = prometheus.exemplars(name)
    assert [text for text in found if not re.fullmatch("[0-9a-f]{32}", text)] == []
    assert sorted(found - driven.traces) == []


def test_the_collector_has_the_traces_of_the_exemplars(driven, prometheus):
    known = prometheus.exemplars("verification_duration_seconds")
    bodies = driven.collector.bodies
    wait_until("one of them", lambda: any(bytes.fromhex(trace) in body for trace in known for body in bodies))
    names = [b"POST /v1/verify", b"GET /v1/regions", b"admission", b"cache", b"flight", b"attempt"]
    wait_until("spans of every kind", lambda: [name for name in names if not any(name in body for body in bodies)], [])


def test_the_log_names_traces_of_callers_only(driven):
    finished = ("verification done", "request answered", "verification abandoned")
    traced = {line["trace_id"] for line in driven.service.logged() if line["message"] in finished}
    assert traced and sorted(traced - driven.traces) == []


def test_the_log_says_once_that_traces_are_lost(driven):
    said = lambda: [line["message"] for line in driven.service.logged() if line["message"].startswith("traces ")]
    wait_until("both lines", said, ["traces not exported", "traces exported again"])
