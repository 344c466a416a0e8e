"""Options and fixtures of scripts/check-helm."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from chart import CASES, Tools  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--helm", required=True)
    parser.addoption("--binary", required=True)
    parser.addoption("--node-modules", required=True, help="where tests/crds/package.json is installed")
    parser.addoption("--update", action="store_true", help="write the snapshots")


@pytest.fixture(scope="session")
def tools(request):
    option = request.config.getoption
    return Tools(option("--helm"), option("--binary"), option("--node-modules"))


@pytest.fixture(params=CASES)
def case(request):
    """Each values file in ci/ is one way to install the chart."""
    return request.param
