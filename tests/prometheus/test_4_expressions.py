"""Every expression of the rules, the runbooks and the dashboard runs on the real Prometheus and names real series."""

import json
import pathlib
import re

import pytest
from harness import wait_until
from promql import usage
from surface import CHART, ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = {page.stem: page.read_text() for page in sorted(RUNBOOKS.glob("*.md"))}
INDEX = PAGES.pop("README")
DASHBOARD = json.loads((CHART / "files" / "dashboard.json").read_text())
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
# The variables with the values that Grafana fills in.
FILLED = {"__rate_interval": "1m", "__interval": "15s", "__range_s": "300", "__range": "5m"} | {
    name: variable["allValue"] for name, variable in VARIABLES.items() if variable["type"] == "query"}
# The same for a window in which nothing happens.
QUIET = FILLED | {"__rate_interval": "4s", "__range_s": "4", "__range": "4s"}


def fill(text, variables=FILLED):
    return re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda found: variables[found[1] or found[2]], text)


def panels():
    for panel in DASHBOARD["panels"]:
        yield panel
        yield from panel.get("panels", [])


PANELS = {panel["title"]: panel for panel in panels() if panel["type"] != "row"}
ROWS = [panel for panel in DASHBOARD["panels"] if panel["type"] == "row"]


def expressions(page):
    for block in re.findall(r"^```promql\n(.*?)^```", page, re.M | re.S):
        yield from block.strip().split("\n\n")


def test_prometheus_evaluates_the_rules(driven, prometheus, surface, recorded):
    rules = [rule for group in prometheus.api("rules")["data"]["groups"] for rule in group["rules"]]
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []
    assert {rule["name"]: found for rule in rules if (found := surface.problems(usage(rule["query"]), recorded))} == {}


@pytest.mark.parametrize("name", [*PAGES, "README"])
def test_expressions_of_the_runbooks(driven, prometheus, surface, recorded, name):
    for expression in expressions(PAGES.get(name, INDEX)):
        assert surface.problems(usage(expression), recorded) == [], expression
        prometheus.ask(expression)


def test_every_alert_has_a_runbook_and_a_place_in_the_index(alerts):
    assert set(PAGES) == set(alerts)
    for name, page in PAGES.items():
        severity = alerts[name]["labels"]["severity"]
        assert page.startswith(f"# {name}\n\nSeverity: {severity}."), name
        assert f"| [{name}]({name}.md) | {severity} |" in INDEX, name


def test_links_of_the_runbooks_lead_somewhere():
    broken = [
        (name, link) for name, page in {**PAGES, "README": INDEX}.items() for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page)
        if not link.startswith("https://") and not (RUNBOOKS / link).exists()
    ]
    assert broken == []


def test_the_table_of_log_lines_is_that_of_the_log(driven):
    source = "".join(path.read_text() for path in pathlib.Path(ROOT, "src").rglob("*.rs"))
    logged = {}
    for line in driven.service.logged():
        logged.setdefault(line.pop("message"), set()).update(set(line) - {"timestamp", "level"})
    table = re.findall(r"^\| `([^`]+)` \| (?:ERROR|WARN|INFO|DEBUG)[^|]* \| (.*) \|$", INDEX, re.M)
    assert len(table) > 10
    for message, cell in table:
        fields = set(re.findall(r"`([^`]+)`", re.sub(r"\([^)]*\)", "", cell)))
        assert f'"{message}"' in source, message
        assert logged.get(message, fields) == fields, message


@pytest.mark.parametrize("title", PANELS)
def test_panel(driven, prometheus, surface, recorded, title):
    panel = PANELS[title]
    assert title.endswith("?") and panel.get("description")
    assert panel["fieldConfig"]["defaults"].get("unit")
    assert panel["datasource"]["uid"] == "${datasource}"
    for target in panel["targets"]:
        expression = fill(target["expr"])
        used = usage(expression)
        assert surface.problems(used, recorded) == [], expression
        if not surface.may_be_empty(used):
            assert prometheus.ask(expression), f"no data: {expression}"
        has_exemplars = "histogram_quantile" in used.functions
        assert target.get("exemplar", False) == has_exemplars and (target["range"] or not has_exemplars)


def test_no_panel_shows_nan_while_nothing_happens(driven, prometheus):
    """At night, the counters exist but do not change."""
    still = 'sum(rate(connect_verifier_http_requests_total[4s])) + sum(rate(connect_verifier_upstream_requests_total[4s]))'
    wait_until("nothing has happened for four seconds", lambda: [value for _, value in prometheus.ask(still)], [0.0])
    wrong = [
        (title, fill(target["expr"], QUIET)) for title, panel in PANELS.items() for target in panel["targets"]
        if any(value != value for _, value in prometheus.ask(fill(target["expr"], QUIET)))
    ]
    assert wrong == []


def test_layout():
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))
    assert [row["collapsed"] for row in ROWS] == [False] + [True] * (len(ROWS) - 1), "only the first row is expanded"
    assert all(row["title"].endswith("?") for row in ROWS)
    for group in [[panel for panel in DASHBOARD["panels"]], *[row["panels"] for row in ROWS]]:
        taken = {}
        for panel in group:
            at = panel["gridPos"]
            for place in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
                assert place[0] < 24 and place not in taken, f"{panel['title']} overlaps {taken.get(place)}"
                taken[place] = panel["title"]


def test_thresholds_come_from_the_configuration():
    """A number in a threshold is a share or a state; a limit of the configuration is a series."""
    limits = {10_000, 1_000_000, 1024, 64, 50}
    found = [
        (title, step["value"]) for title, panel in PANELS.items()
        for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", []) if step["value"] in limits
    ]
    assert found == []


def test_panels_link_to_runbooks_that_exist(alerts):
    links = [link for panel in PANELS.values() for link in panel.get("links", [])] + DASHBOARD["links"]
    assert len(links) > 10
    for link in links:
        page = re.fullmatch(r"docs/runbooks/(\w+)\.md", link["url"])
        assert page and (page[1] == "README" or page[1] in alerts), link["url"]


@pytest.mark.parametrize("name", [name for name, variable in VARIABLES.items() if variable["type"] == "query"])
def test_variable(driven, prometheus, surface, recorded, name):
    selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", fill(VARIABLES[name]["query"]["query"])).groups()
    assert surface.problems(usage(selector), recorded) == []
    found = prometheus.api("series", **{"match[]": selector})["data"]
    assert label == "namespace" or any(label in series for series in found)


def test_annotations(driven, prometheus, surface, recorded):
    for annotation in DASHBOARD["annotations"]["list"]:
        if "expr" in annotation:
            assert surface.problems(usage(fill(annotation["expr"])), recorded) == []
            prometheus.ask(fill(annotation["expr"]))
