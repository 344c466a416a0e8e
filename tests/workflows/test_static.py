"""The workflow files: pinned actions, no expressions in scripts, and clean shell scripts."""

import re
import subprocess
import tomllib

import pytest
import yaml
from steps import EXPRESSION, FILES, ROOT, SCRIPTS, STEPS


@pytest.mark.parametrize("step", SCRIPTS, ids=str)
def test_script_is_clean(step):
    script = step.content["run"]
    assert not EXPRESSION.search(script), "an expression in a script allows code injection; use env"
    assert step.shell == "bash", "only a named bash gets pipefail"
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # Like the runner starts it. SC2153: a variable of the step's env next to one with the same name in lower case.
    text = f"set -eo pipefail\n{script}"
    done = subprocess.run(["shellcheck", "--shell=bash", "--exclude=SC2153", "-"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path):
    for line in re.findall(r"uses: (.*)", path.read_text()):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_commit():
    used = {}
    for path in FILES:
        for action, commit in re.findall(r"uses: ([\w/-]+)@(\S+ # \S+)", path.read_text()):
            used.setdefault(action, set()).add(commit)
    assert {action: commits for action, commits in used.items() if len(commits) > 1} == {}


def test_the_compiler_is_the_same_everywhere():
    wanted = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["rust-version"]
    images = {match for path in FILES for match in re.findall(r"RUST_IMAGE: docker.io/library/rust:(\S+)-trixie", path.read_text())}
    assert images == {wanted}
    versions = {match for path in FILES for match in re.findall(r'RUST_VERSION: "(\S+)"', path.read_text())}
    assert {version.rpartition(".")[0] for version in versions} == {wanted}
    assert f"FROM docker.io/library/rust:{wanted}-slim-trixie" in (ROOT / "Dockerfile").read_text()


def test_no_image_is_named_inside_a_script():
    """Renovate finds images only in env."""
    assert [str(step) for step in SCRIPTS if "docker.io/" in step.content["run"]] == []


def test_renovate_finds_what_it_manages():
    config = yaml.safe_load((ROOT / "renovate.json").read_text())
    for manager in config["customManagers"]:
        patterns = [re.compile(pattern.strip("/")) for pattern in manager["managerFilePatterns"]]
        texts = [path.read_text() for path in [ROOT / "Dockerfile", *FILES, *(ROOT / "scripts").glob("*")] if path.is_file()
                 and any(pattern.search(str(path.relative_to(ROOT))) for pattern in patterns)]
        expressions = [re.sub(r"\(\?<(?![=!])", "(?P<", expression) for expression in manager["matchStrings"]]
        assert any(re.search(expression, text) for expression in expressions for text in texts), manager["description"]


def test_permissions_are_given_by_job():
    for path in FILES:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {}, path.name
        assert all("permissions" in job and "timeout-minutes" in job for job in workflow["jobs"].values()), path.name


def test_checkouts_keep_no_credentials():
    assert all(step.content["with"]["persist-credentials"] is False for step in STEPS if step.content.get("uses", "").startswith("actions/checkout@"))
