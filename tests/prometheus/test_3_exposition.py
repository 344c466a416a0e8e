"""The metrics in both formats, and their definitions."""

import subprocess

from prometheus_client import parser
from prometheus_client.openmetrics import parser as strict
from surface import CONDITIONAL, PENDING, PREFIX, series_of

# The Accept header of a Prometheus.
ACCEPT = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


def series(families):
    """Returns the series without their changing values. The two formats write bounds differently."""
    bound = lambda labels: {**labels, "le": float(labels["le"])} if "le" in labels else labels
    return {(sample.name, *sorted(bound(sample.labels).items())) for family in families for sample in family.samples}


def test_both_formats_have_the_same_series(driven):
    kind, text = driven.service.scrape()
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    assert " # {" not in text, "the text format has no exemplars"
    kind, modern = driven.service.scrape(ACCEPT)
    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    families = list(strict.text_string_to_metric_families(modern))
    exemplars = [sample.exemplar for family in families for sample in family.samples if sample.exemplar]
    assert exemplars and all(len(exemplar.labels["trace_id"]) == 32 and exemplar.timestamp for exemplar in exemplars)
    assert series(families) ^ series(parser.text_string_to_metric_families(text)) == set()


def test_promtool_has_no_objection(driven):
    done = subprocess.run(["promtool", "check", "metrics"], input=driven.service.scrape()[1], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_defined_metric_is_exposed_with_its_labels(surface):
    assert len(surface.defined) > 20, "docs/METRICS.md has no table"
    wrong = []
    for name, (kind, labels) in surface.defined.items():
        for suffix, expected in series_of(kind, labels).items():
            found = surface.exposed.get(f"{PREFIX}{name}{suffix}")
            if found != expected and not (found is None and name in CONDITIONAL):
                wrong.append((name, found, expected))
    assert wrong == []


def test_a_metric_that_has_arrived_is_as_it_was_expected(surface):
    arrived = {name: surface.defined[name] for name in PENDING if name in surface.defined}
    assert arrived == {name: PENDING[name] for name in arrived}
