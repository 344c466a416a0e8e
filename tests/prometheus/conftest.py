"""Fixtures of scripts/check-prometheus: everything runs once for the whole session."""

import contextlib
import pathlib
import sys

import pytest
import yaml
from prometheus_client import parser

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import Collector, Prometheus, Service, wait_until  # noqa: E402
from scenario import Scenario  # noqa: E402
from surface import CHART, Surface  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--binary", required=True, help="the connect-verifier to run")


@pytest.fixture(scope="session")
def rules():
    """The groups of files/alerts.yaml."""
    return yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())["groups"]


@pytest.fixture(scope="session")
def alerts(rules):
    return {rule["alert"]: rule for group in rules for rule in group["rules"] if "alert" in rule}


@pytest.fixture(scope="session")
def recorded(rules):
    return {rule["record"] for group in rules for rule in group["rules"] if "record" in rule}


@pytest.fixture(scope="session")
def world(request, tmp_path_factory):
    """(service, Prometheus, collector), running."""
    scratch = tmp_path_factory.mktemp("world")
    with contextlib.ExitStack() as stack:
        collector = Collector()
        service = Service(request.config.getoption("--binary"), scratch, collector)
        stack.callback(service.stop)
        prometheus = Prometheus(scratch, service.admin)
        stack.callback(prometheus.stop)
        wait_until("Prometheus has scraped twice", lambda: bool(prometheus.ask("count_over_time(connect_verifier_build_info[1m]) >= 2")))
        yield service, prometheus, collector


@pytest.fixture(scope="session")
def service(world):
    return world[0]


@pytest.fixture(scope="session")
def prometheus(world):
    return world[1]


@pytest.fixture(scope="session")
def driven(world):
    """The scenario, after it has run."""
    service, _, collector = world
    return Scenario(service, collector).run()


@pytest.fixture(scope="session")
def surface(driven):
    """The names and values that the driven service exposes."""
    _, text = driven.service.scrape()
    return Surface(parser.text_string_to_metric_families(text))
