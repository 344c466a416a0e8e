"""The PrometheusRule, ServiceMonitor and dashboard of a release."""

import json
import re
import subprocess
import sys

import pytest
import yaml
from chart import CHART, ROOT, only

sys.path.insert(0, str(ROOT / "tests" / "prometheus"))

from promql import usage  # noqa: E402

JOB = "verify-connect-verifier-admin"
RULES = ("--set", "metrics.prometheusRule.enabled=true")


def groups(tools, case="minimal.yaml", *more):
    return only(tools.documents(case, *RULES, *more), "PrometheusRule")["spec"]["groups"]


def rules(found):
    return [rule for group in found for rule in group["rules"]]


def alerts(found):
    return {rule["alert"]: rule for rule in rules(found) if "alert" in rule}


def plain():
    return yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())["groups"]


def test_every_selector_is_of_this_release(tools):
    own = {("namespace", "=", "onboarding"), ("job", "=", JOB)}
    found = groups(tools)
    assert [rule.get("alert", rule.get("record")) for rule in rules(found)] == [rule.get("alert", rule.get("record")) for rule in rules(plain())]
    loose = [selector for rule in rules(found) for selector in usage(rule["expr"]).selectors if not own <= set(selector.matchers)]
    assert loose == []
    assert only(tools.documents("minimal.yaml"), "Service", "-admin")["metadata"]["name"] == JOB


def test_selector_can_be_replaced(tools):
    found = groups(tools, "minimal.yaml", "--set", "metrics.prometheusRule.selector.job=verifier,metrics.prometheusRule.selector.cluster=eu")
    own = {("cluster", "=", "eu"), ("job", "=", "verifier")}
    for rule in rules(found):
        for selector in usage(rule["expr"]).selectors:
            assert own <= set(selector.matchers) and "namespace" not in {label for label, _, _ in selector.matchers}


def test_defaults(tools):
    for name, rule in alerts(groups(tools)).items():
        assert rule["labels"] == alerts(plain())[name]["labels"], name
        assert "runbook_url" not in rule["annotations"], "a relative link would be broken"


def test_severities_labels_and_links(tools):
    found = alerts(groups(tools, "everything.yaml"))
    assert set(alerts(plain())) - set(found) == {"ConnectVerifierTracesLost"}
    for name, rule in found.items():
        expected = {"critical": "page", "warning": "warning"}[alerts(plain())[name]["labels"]["severity"]]
        expected = "critical" if name == "ConnectVerifierPanics" else expected
        assert rule["labels"] == {"severity": expected, "team": "integrations"}, name
        assert rule["annotations"]["runbook_url"] == f"https://docs.example.com/connect-verifier/docs/runbooks/{name}.md"


def promtool(path, *arguments):
    done = subprocess.run(["promtool", *arguments, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_reads_what_is_rendered(tools, tmp_path):
    for case in ("minimal.yaml", "everything.yaml"):
        path = tmp_path / case
        path.write_text(yaml.safe_dump({"groups": groups(tools, case)}))
        promtool(path, "check", "rules")


@pytest.mark.parametrize("path", sorted((CHART / "tests" / "rules").glob("*.yaml")), ids=lambda path: path.stem)
def test_cases_hold_for_the_release(tools, tmp_path, path):
    """The cases of tests/rules, with the labels of the release, next to a healthy second installation."""
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups(tools)}))
    own = f'namespace="onboarding", job="{JOB}"'
    cases = yaml.safe_load(path.read_text().replace('job="connect-verifier"', own)) | {"rule_files": ["rules.yaml"]}
    other = 'version="0.1.0", revision="unknown", rustc="1.95.0", instance="z:9090", namespace="other", job="connect-verifier"'
    for case in cases["tests"]:
        case["input_series"].append({"series": f"connect_verifier_build_info{{{other}}}", "values": "1x400"})
        for check in case["alert_rule_test"]:
            for expected in check["exp_alerts"]:
                del expected["exp_annotations"]["runbook_url"]
                expected["exp_labels"] |= {"namespace": "onboarding", "job": JOB}
                for key, text in expected["exp_annotations"].items():
                    expected["exp_annotations"][key] = re.sub(r"^connect-verifier (?=loses)", f"{JOB} ", text)
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(cases))
    promtool(tmp_path / "cases.yaml", "test", "rules")


def links(dashboard):
    panels = [nested for panel in dashboard["panels"] for nested in (panel, *panel.get("panels", []))]
    return [link["url"] for holder in (dashboard, *panels) for link in holder.get("links", [])]


def test_dashboard(tools):
    source = json.loads((CHART / "files" / "dashboard.json").read_text())
    shown = lambda case, *more: json.loads(only(tools.documents(case, "--set", "metrics.dashboard.enabled=true", *more), "ConfigMap", "-dashboard")["data"]["connect-verifier.json"])
    linked = shown("everything.yaml")
    assert links(linked) == [f"https://docs.example.com/connect-verifier/{url}" for url in links(source)]
    plain_one = shown("minimal.yaml")
    assert links(plain_one) == []
    for dashboard in (source, linked, plain_one):
        for panel in [nested for panel in dashboard["panels"] for nested in (panel, *panel.get("panels", []))]:
            panel.pop("links", None)
        dashboard.pop("links")
    assert linked == source == plain_one


def test_service_monitor(tools):
    rendered = tools.documents("everything.yaml")
    monitor = only(rendered, "ServiceMonitor")["spec"]
    selector = monitor["selector"]["matchLabels"].items()
    admin = only(rendered, "Service", "-admin")
    public = next(d for d in rendered if d["kind"] == "Service" and not d["metadata"]["name"].endswith("-admin"))
    assert selector <= admin["metadata"]["labels"].items() and not selector <= public["metadata"]["labels"].items()
    assert monitor["endpoints"][0]["relabelings"][0]["targetLabel"] == "node"
    assert monitor["endpoints"][0]["metricRelabelings"][0]["action"] == "drop"
