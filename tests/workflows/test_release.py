"""The steps of a release, run with stubs for docker, helm, cargo and gh."""

import hashlib
import pathlib
import shutil
import subprocess
import tarfile

import pytest
import yaml
from steps import ROOT, calls, named, stand_in

DIGEST = "sha256:" + "ab" * 32
IMAGE = "ghcr.io/example-org/connect-verifier"


def version():
    import tomllib

    return tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]


def test_the_tag_must_be_the_version(checkout):
    step = named("release.yml", "version", "version")
    code, output, found = step.run(checkout, GITHUB_REF_NAME=f"v{version()}")
    assert code == 0, output
    assert found["version"] == version() and found["epoch"].isdigit()
    assert (found["image"], found["charts"]) == (IMAGE, "ghcr.io/example-org/charts"), "an image's name is in lower case"
    code, output, _ = step.run(checkout, GITHUB_REF_NAME="v99.0.0")
    assert code == 1 and "the tag is v99.0.0" in output


def test_digest_and_binary_of_the_image_are_kept(tmp_path):
    stand_in(tmp_path, "docker", 'case "$1" in create) echo container-id ;; cp) echo binary >"$3" ;; esac')
    step = named("release.yml", "image", "keep the digest, and the binary that is in the image")
    values = {"needs.version.outputs.image": IMAGE, "steps.build.outputs.digest": DIGEST, "matrix.arch": "arm64"}
    code, output, _ = step.run(tmp_path, values)
    assert code == 0, output
    assert (tmp_path / "digests" / ("ab" * 32)).exists()
    assert (tmp_path / "binaries" / "connect-verifier-linux-arm64").read_text() == "binary\n"
    assert f"docker create {IMAGE}@{DIGEST}" in calls(tmp_path)


def test_index_joins_what_was_built(tmp_path):
    stand_in(tmp_path, "docker", f'case "$*" in *inspect*) echo {DIGEST} ;; esac')
    (tmp_path / "digests").mkdir()
    for name in ("1" * 64, "2" * 64):
        (tmp_path / "digests" / name).touch()
    values = {"needs.version.outputs.image": IMAGE, "needs.version.outputs.version": "0.1.0"}
    code, output, found = named("release.yml", "index", "index").run(tmp_path, values)
    assert code == 0, output
    assert found == {"digest": DIGEST}
    assert calls(tmp_path)[0] == f"docker buildx imagetools create --tag {IMAGE}:0.1.0 {IMAGE}@sha256:{'1' * 64} {IMAGE}@sha256:{'2' * 64}"


CHART = {
    "needs.version.outputs.version": version(), "needs.version.outputs.image": IMAGE, "needs.version.outputs.charts": "ghcr.io/example-org/charts",
    "needs.index.outputs.digest": DIGEST, "secrets.GITHUB_TOKEN": "not-a-token",
}


@pytest.fixture
def helm(request):
    path = request.config.getoption("--helm")
    if not path:
        pytest.skip("no helm")
    return path


def test_chart_knows_its_image_and_its_runbooks(checkout, helm):
    stand_in(checkout, "helm", f'case "$1" in package) {helm} "$@" ;; registry) cat >/dev/null ;; push) echo "Digest: {DIGEST}" >&2 ;; esac')
    code, output, found = named("release.yml", "chart", "chart").run(checkout, CHART)
    assert code == 0, output
    assert found == {"digest": DIGEST}
    assert "not-a-token" not in "".join(calls(checkout))
    assert f"helm push connect-verifier-{version()}.tgz oci://ghcr.io/example-org/charts" in calls(checkout)
    package = checkout / f"connect-verifier-{version()}.tgz"
    with tarfile.open(package) as archive:
        read = lambda name: yaml.safe_load(archive.extractfile(f"connect-verifier/{name}").read())
        values, chart = read("values.yaml"), read("Chart.yaml")
    assert values["image"]["repository"] == IMAGE and values["image"]["digest"] == DIGEST
    assert values["metrics"]["prometheusRule"]["runbookBaseUrl"] == "https://github.com/Example-Org/Connect-Verifier/blob/v0.1.0"
    assert chart["home"] == "https://github.com/Example-Org/Connect-Verifier" and "OWNER" not in str(chart)
    assert chart["icon"].startswith("https://raw.githubusercontent.com/Example-Org/Connect-Verifier/v0.1.0/")
    done = subprocess.run([helm, "template", "x", package, "--set", "sandbox.enabled=true,metrics.prometheusRule.enabled=true,image.digest="], capture_output=True, text=True, check=True)
    assert f"image: {IMAGE}:{version()}" in done.stdout
    assert "runbook_url: https://github.com/Example-Org/Connect-Verifier/blob/v0.1.0/docs/runbooks/ConnectVerifierDown.md" in done.stdout


@pytest.mark.parametrize("push", ["echo refused >&2; exit 1", "echo pushed, without saying what"])
def test_chart_that_is_not_pushed_fails(checkout, push):
    stand_in(checkout, "helm", f'case "$1" in registry) cat >/dev/null ;; push) {push} ;; esac')
    code, _, found = named("release.yml", "chart", "chart").run(checkout, CHART)
    assert code != 0 and found == {}


def test_macos_builds_the_target(tmp_path):
    stand_in(tmp_path, "rustup", "")
    stand_in(tmp_path, "cargo", 'mkdir -p "target/$TARGET/release" && echo binary >"target/$TARGET/release/connect-verifier"')
    values = {"matrix.arch": "arm64", "matrix.target": "aarch64-apple-darwin", "github.sha": "abc"}
    code, output, _ = named("release.yml", "macos", "build").run(tmp_path, values)
    assert code == 0, output
    assert (tmp_path / "binaries" / "connect-verifier-macos-arm64").exists()
    assert "--target aarch64-apple-darwin" in calls(tmp_path)[0] and calls(tmp_path)[1].startswith("cargo +1.")


FAKE = f"""#!/bin/sh
case "$1" in
    --version) echo "connect-verifier {version()} (abc)" ;;
    completions) echo "completions for $2" ;;
    man) echo .TH >"$2/connect-verifier.1"; echo .TH >"$2/connect-verifier-serve.1" ;;
esac
"""


def binaries(folder):
    (folder / "binaries").mkdir()
    for system in ("linux-amd64", "linux-arm64", "macos-amd64", "macos-arm64"):
        (folder / "binaries" / f"connect-verifier-{system}").write_text(FAKE)


def test_archives(checkout):
    binaries(checkout)
    step = named("release.yml", "page", "archives with completions, man pages and checksums")
    values = {"needs.version.outputs.version": version(), "needs.version.outputs.epoch": "1700000000"}
    code, output, _ = step.run(checkout, values)
    assert code == 0, output
    dist = checkout / "dist"
    names = {f"connect-verifier-{version()}-{system}.tar.gz" for system in ("linux-amd64", "linux-arm64", "macos-amd64", "macos-arm64")}
    assert {path.name for path in dist.iterdir()} == names | {"SHA256SUMS"}
    sums = dict(reversed(line.split()) for line in (dist / "SHA256SUMS").read_text().splitlines())
    assert sums == {name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in names}
    with tarfile.open(dist / f"connect-verifier-{version()}-linux-arm64.tar.gz") as archive:
        members = {pathlib.PurePath(member.name).relative_to(f"connect-verifier-{version()}-linux-arm64").as_posix(): member for member in archive}
    assert {"connect-verifier", "LICENSE", "completions/_connect-verifier", "completions/connect-verifier.bash",
            "completions/connect-verifier.fish", "man/connect-verifier.1", "man/connect-verifier-serve.1"} <= set(members)
    assert members["connect-verifier"].mode == 0o755 and members["connect-verifier"].mtime == 1700000000
    shutil.move(dist, checkout / "first")
    assert step.run(checkout, values)[0] == 0
    assert (dist / "SHA256SUMS").read_text() == (checkout / "first" / "SHA256SUMS").read_text(), "two runs differ"


def test_archives_of_another_version_are_refused(checkout):
    binaries(checkout)
    step = named("release.yml", "page", "archives with completions, man pages and checksums")
    code, output, _ = step.run(checkout, {"needs.version.outputs.version": "99.0.0", "needs.version.outputs.epoch": "0"})
    assert code == 1 and "the release 99.0.0" in output


def test_page_has_the_notes_of_the_version(checkout):
    stand_in(checkout, "gh", 'cat notes.md >>"$(dirname "$0")/../published"')
    (checkout / "dist").mkdir()
    (checkout / "dist" / "SHA256SUMS").touch()
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n- later\n\n## [0.1.0] - 2026-12-01\n\n- first\n\n## [0.0.1]\n\n- old\n")
    step = named("release.yml", "page", "publish")
    values = {"needs.version.outputs.version": "0.1.0", "secrets.GITHUB_TOKEN": "x"}
    code, output, _ = step.run(checkout, values)
    assert code == 0, output
    assert (checkout / "published").read_text().split() == ["-", "first"]
    assert "--verify-tag" in calls(checkout)[0] and "dist/SHA256SUMS" in calls(checkout)[0]
    code, output, _ = step.run(checkout, values | {"needs.version.outputs.version": "0.2.0"})
    assert code == 1 and "no section for 0.2.0" in output


@pytest.mark.parametrize(("number", "wanted"), [("7", "gh issue comment 7"), ("", "gh issue create")])
def test_an_advisory_becomes_one_issue(tmp_path, number, wanted):
    stand_in(tmp_path, "gh", f'case "$*" in *"issue list"*) echo "{number}" ;; esac')
    (tmp_path / "report").write_text("error[vulnerability]: something\n")
    values = {"secrets.GITHUB_TOKEN": "x", "github.server_url": "https://github.com", "github.repository": "a/b", "github.run_id": "1"}
    code, output, _ = named("advisories.yml", "check", "open an issue, or comment on the open one").run(tmp_path, values)
    assert code == 0, output
    assert calls(tmp_path)[1].startswith(wanted)
    assert "error[vulnerability]" in (tmp_path / "body.md").read_text()


def test_a_failing_check_is_not_hidden_by_tee(tmp_path):
    stand_in(tmp_path, "docker", "echo error; exit 1")
    code, _, _ = named("advisories.yml", "check", "check").run(tmp_path)
    assert code != 0 and (tmp_path / "report").read_text() == "error\n"
