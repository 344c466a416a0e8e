"""Fixtures of scripts/check-workflows."""

import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from steps import ROOT  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--helm", help="a real helm, to package the chart with")


@pytest.fixture
def checkout(tmp_path):
    """A copy of this tree with one commit, to run a step in."""
    folder = tmp_path / "checkout"
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in files.splitlines():
        if (ROOT / name).is_file() and not name.startswith(("src/", "locales/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git = lambda *arguments: subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments], cwd=folder, check=True, capture_output=True)
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "One")
    return folder
