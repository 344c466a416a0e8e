"""The user-visible parts of a release: `helm test`, the notes, the package, and snapshots for reviewers."""

import contextlib
import difflib
import json
import os
import re
import subprocess
import tarfile
import urllib.request

import pytest
import yaml
from chart import CASES, CHART, deployment, only, version

SNAPSHOTS = CHART / "tests" / "snapshots"


@contextlib.contextmanager
def running(tools, rendered, folder):
    """Starts the service as the pod would, on free ports of this machine, and yields the public address."""
    path = tools.write_files(rendered, folder)
    process = subprocess.Popen(
        [tools.binary, *deployment(rendered)["containers"][0]["args"]], stdout=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "CONNECT_VERIFIER_CONFIG": str(path), "CONNECT_VERIFIER__SERVER__LISTEN": "127.0.0.1:0",
             "CONNECT_VERIFIER__SERVER__ADMIN_LISTEN": "127.0.0.1:0", "CONNECT_VERIFIER__SERVER__DRAIN_DELAY": "0s"})
    try:
        addresses = {}
        while not {"public", "admin"} <= set(addresses):
            line = process.stdout.readline()
            assert line, "the service ended before it listened"
            event = json.loads(line) if line.startswith("{") else {}
            if "listener" in event:
                addresses[event["listener"]] = event["address"]
        for probe in ("/livez", "/readyz"):
            with urllib.request.urlopen(f"http://{addresses['admin']}{probe}", timeout=5) as answer:
                assert answer.status == 200
        yield addresses["public"]
    finally:
        process.terminate()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()


def run_test_pod(rendered, address, **more):
    """Runs the script of the test pod here, with this shell and this curl."""
    container = only(rendered, "Pod")["spec"]["containers"][0]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    scheme = environment["URL"].split(":")[0]
    environment |= {"PATH": os.environ["PATH"], "URL": f"{scheme}://{address}", **more}
    done = subprocess.run([*container["command"], *container["args"]], capture_output=True, text=True, check=False, env=environment, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_helm_test_on_the_sandbox(tools, tmp_path):
    rendered = tools.documents("sandbox.yaml")
    with running(tools, rendered, tmp_path) as address:
        code, output = run_test_pod(rendered, address)
        assert code == 0 and '"status":"verified"' in output, output
        code, output = run_test_pod(rendered, address, DEMO_KEY="cvk_an-unknown-key-that-is-long-enough-0000000000")
        assert code != 0 and "the key is refused" in output, output
    code, output = run_test_pod(rendered, address)
    assert code != 0, "it must fail without a service"


@pytest.mark.parametrize(("case", "more"), [("minimal.yaml", ()), ("tls.yaml", ("--set", "tls.clientCa.existingSecret="))])
def test_helm_test_without_a_key(tools, tmp_path, case, more):
    rendered = tools.documents(case, *more)
    with running(tools, rendered, tmp_path) as address:
        code, output = run_test_pod(rendered, address)
        assert code == 0 and "is refused" in output, output


def notes(tools, case, *more):
    code, text, errors = tools.helm("install", "verify", str(CHART), "--namespace", "onboarding", "--dry-run=client",
                                    "--values", str(CHART / "ci" / case), *more)
    assert code == 0, errors
    return text.partition("NOTES:")[2]


@pytest.mark.parametrize(("case", "expected"), [
    ("sandbox.yaml", ["helm test verify --namespace onboarding", "cvk_chart-demo-key", "port-forward service/verify-connect-verifier", "GOOD-PASSCODE"]),
    ("everything.yaml", ["curl https://verify.example.com/v1/verify", "YOUR-API-KEY", "upstream_per_second=2", "create job --from=cronjob/verify-connect-verifier-batch"]),
    ("tls.yaml", ["--insecure https://127.0.0.1:8080", "rollout status"]),
    ("minimal.yaml", ["With up to 2 pods CleverTap can get 100 requests per second", "upstream_per_second=25"]),
])
def test_notes(tools, case, expected):
    text = notes(tools, case)
    assert [part for part in expected if part not in text] == [], text


def test_notes_warn_about_the_namespace_of_prometheus(tools):
    warning = 'allows only the namespace "monitoring" to scrape'
    assert warning in notes(tools, "minimal.yaml")
    other = ("--set-json", 'networkPolicy.prometheusFrom=[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"observability"}}}]')
    assert warning not in notes(tools, "minimal.yaml", *other)


def test_notes_do_not_warn_about_limits_that_are_shared(tools):
    assert "without Redis" not in notes(tools, "redis.yaml")
    assert "without Redis" not in notes(tools, "minimal.yaml", "--set", "replicaCount=1")


def test_package(tools, tmp_path):
    code, _, errors = tools.helm("package", str(CHART), "--destination", str(tmp_path))
    assert code == 0, errors
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as package:
        names = {name.removeprefix("connect-verifier/") for name in package.getnames()}
    wanted = {"README.md", "values.schema.json", "files/alerts.yaml", "files/dashboard.json", "templates/tests/verify.yaml"}
    assert wanted - names == set()
    assert {name for name in names if name.startswith(("ci/", "tests/"))} == set()


def snapshot(rendered):
    """Renders for reviewers: sorted, without objects that have their own file, and without the version."""
    rendered = json.loads(json.dumps(rendered))
    for document in rendered:
        if document["kind"] == "PrometheusRule":
            document["spec"] = "files/alerts.yaml"
        elif document["metadata"]["name"].endswith("-dashboard"):
            document["data"] = "files/dashboard.json"
    order = sorted(rendered, key=lambda document: (document["kind"], document["metadata"]["name"]))

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))
    text = "---\n".join(yaml.dump(document, Dumper=Dumper, sort_keys=True, width=1000, allow_unicode=True) for document in order)
    own = re.escape(version())
    return re.sub(rf"(?<=[-:]){own}\b|(?<=version: ){own}\b", "VERSION", text)


def test_snapshot(request, tools, case):
    path, wanted = SNAPSHOTS / case, snapshot(tools.documents(case))
    if request.config.getoption("--update"):
        SNAPSHOTS.mkdir(exist_ok=True)
        path.write_text(wanted)
    found = path.read_text() if path.exists() else ""
    difference = "".join(difflib.unified_diff(found.splitlines(True), wanted.splitlines(True), f"snapshots/{case}", "rendered"))
    assert not difference, difference + "\nIf that is meant: scripts/check-helm --update"


def test_no_snapshot_without_its_values():
    assert {path.name for path in SNAPSHOTS.glob("*.yaml")} - set(CASES) == set()
