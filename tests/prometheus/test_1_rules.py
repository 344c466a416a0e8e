"""The rule files, checked by promtool and by a PromQL parser."""

import subprocess

import pytest
import yaml
from promql import usage
from surface import CHART

CASES = sorted((CHART / "tests" / "rules").glob("*.yaml"))


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_reads_the_rules():
    promtool("check", "rules", str(CHART / "files" / "alerts.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases(path):
    promtool("test", "rules", str(path))


def test_every_alert_has_a_case_that_fires_and_one_that_does_not(alerts):
    fires, silent = set(), set()
    for path in CASES:
        for case in yaml.safe_load(path.read_text())["tests"]:
            for check in case["alert_rule_test"]:
                (fires if check["exp_alerts"] else silent).add(check["alertname"])
    assert set(alerts) - fires == set()
    assert set(alerts) - silent == set()
    assert (fires | silent) - set(alerts) == set()


def test_every_selector_names_the_job(rules):
    """So that the chart can scope it to a release, and `absent()` to one installation."""
    loose = [
        (rule.get("alert", rule.get("record")), selector.names)
        for group in rules for rule in group["rules"] for selector in usage(rule["expr"]).selectors
        if ("job", "=", "connect-verifier") not in selector.matchers
    ]
    assert loose == []


def test_alerts_have_what_a_person_needs(alerts):
    for name, rule in alerts.items():
        assert rule["labels"] == {"severity": rule["labels"]["severity"]}, name
        assert rule["labels"]["severity"] in ("critical", "warning"), name
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}, name
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"
