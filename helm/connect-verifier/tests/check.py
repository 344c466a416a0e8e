"""Checks the chart: what it refuses, what it renders, and what the service and Kubernetes say to that.

Started by scripts/check-helm. Each values file in ci/ is one way of installing; all of them pass every check here.
"""

import argparse
import contextlib
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import urllib.parse
import urllib.request

import kubernetes_validate
import yaml

CHART = pathlib.Path(__file__).resolve().parent.parent
ROOT = CHART.parent.parent
SNAPSHOTS = CHART / "tests" / "snapshots"
OLDEST = (1, 29)
# Kinds whose schemas are not Kubernetes' own.
FOREIGN = {"ExternalSecret", "HTTPRoute", "PrometheusRule", "ServiceMonitor"}
# What this version of the service refuses to start with. When one of them is taken, the feature has arrived: take it
# out of here, and its "needs a version" out of values.yaml.
UNAVAILABLE = {
    "the shared tier": ("redis.yaml", []),
    "the onboarding page": ("minimal.yaml", ["--set", "config.page.enabled=true"]),
}
# Keys of the configuration that the chart sets itself.
CHARTS_OWN = {
    "secret_file", "clients_file", "server.listen", "server.admin_listen", "server.tls_cert", "server.tls_key",
    "server.client_ca", "auth.mode", "upstream.extra_ca",
}

failures = []


def check(what, is_good, detail=""):
    print(f"{'ok    ' if is_good else 'FAILED'}  {what}")
    if not is_good:
        if detail:
            print(detail)
        failures.append(what)


def helm(*arguments):
    """Runs helm and returns (exit code, output, errors)."""
    done = subprocess.run([options.helm, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def template(case, *more):
    return helm("template", "verify", str(CHART), "--namespace", "onboarding", "--values", str(CHART / "ci" / case), *more)


def documents(text):
    return [document for document in yaml.safe_load_all(text) if document]


def only(rendered, kind, ending=""):
    found = [d for d in rendered if d["kind"] == kind and d["metadata"]["name"].endswith(ending)]
    return found[0] if found else None


def pod_specs(rendered):
    for document in rendered:
        if document["kind"] == "Pod":
            yield document["metadata"]["name"], document["spec"]
        elif document["kind"] == "Deployment":
            yield document["metadata"]["name"], document["spec"]["template"]["spec"]


def check_schema():
    """Holds the schema closed, and complete against the reference configuration."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    open_objects = []

    def walk(node, path):
        if isinstance(node, dict):
            if node.get("type") == "object" and node.get("additionalProperties") in (None, True):
                open_objects.append(path)
            for key, inner in node.items():
                walk(inner, f"{path}/{key}")
        elif isinstance(node, list):
            for index, inner in enumerate(node):
                walk(inner, f"{path}/{index}")

    walk(schema, "")
    allowed = {"/$defs/kubernetes", "/properties/global"}
    check(f"the schema refuses unknown keys but in Kubernetes' own types ({len(allowed)} open places)",
          set(open_objects) == allowed, str(open_objects))

    known, section = set(), ""
    for line in (ROOT / "config" / "default.toml").read_text().splitlines():
        if match := re.match(r"^(?:# )?\[+([a-z0-9_.]+)\]+$", line):
            section = match.group(1)
        elif match := re.match(r"^(?:# )?([a-z0-9_]+) = ", line):
            section_now = "" if match.group(1) in ("secret_file", "clients_file") else section
            known.add(f"{section_now}.{match.group(1)}".strip("."))
    known = {key for key in known if not key.startswith(("clients.", "regions."))} - CHARTS_OWN
    offered = set()
    for section, table in schema["properties"]["config"]["properties"].items():
        for key, inner in table.get("properties", {}).items():
            if "properties" in inner:
                offered |= {f"{section}.{key}.{name}" for name in inner["properties"]}
            else:
                offered.add(f"{section}.{key}")
    known = {key for key in known if not key.startswith("redis.")}
    check(f"the {len(offered)} keys under `config` are those of config/default.toml", known == offered,
          f"only in default.toml: {sorted(known - offered)}; only in the schema: {sorted(offered - known)}")


def check_refusals():
    """Each wrong set of values is refused, by a message that says what to do."""
    code, _, errors = helm("template", "verify", str(CHART))
    check("without clients: says how to make a key", code != 0 and "key new --partner NAME" in errors, errors)
    for values, expected in [
        (["--set", "nonsense=1"], "additional properties 'nonsense' not allowed"),
        (["--set", "image.tga=1"], "'tga' not allowed"),
        (["--set", "config.server.max_conections=1"], "'max_conections' not allowed"),
        (["--set", "config.colour.x=1"], "'colour' not allowed"),
        (["--set", "config.cache.verified_ttl=soon"], "/config/cache/verified_ttl"),
        (["--set", "config.server.drain_delay=1m"], "/config/server/drain_delay"),
        (["--set", "config.upstream.proxy=http://user:pass@proxy:3128"], "/config/upstream/proxy"),
        (["--set", "config.telemetry.otlp_endpoint=https://user:pass@otlp.example.com"], "/config/telemetry/otlp_endpoint"),
        (["--set", "config.telemetry.otlp_endpoint=collector:4318"], "/config/telemetry/otlp_endpoint"),
        (["--set", "clients.inline[0].name=a,clients.inline[0].partner=b,clients.inline[0].key_sha256[0]=cvk_x"], "key_sha256"),
        (["--set", "clients.existingSecret=a"], "set one of inline, existingSecret"),
        (["--set", "signingSecret.value=abc"], "/signingSecret/value"),
        (["--set", "tls.enabled=true"], "tls.existingSecret: needed"),
        (["--set", "tls.clientCa.existingSecret=x"], "tls.clientCa: needs tls.enabled"),
        (["--set", "redis.enabled=true"], "redis.existingSecret: needed"),
        (["--set", "redis.enabled=true,redis.existingSecret=x"], "signingSecret: needed with redis.enabled"),
        (["--set", "ingress.enabled=true"], "ingress.hosts: name at least one"),
        (["--set", "httpRoute.enabled=true"], "httpRoute.parentRefs: name at least one"),
        (["--set", "autoscaling.enabled=true,autoscaling.minReplicas=9"], "greater than maxReplicas"),
        (["--set", "preStopSleepSeconds=5", "--kube-version", "1.29.0"], "needs Kubernetes 1.30"),
        (["--kube-version", "1.28.0"], "incompatible with Kubernetes"),
    ]:
        code, _, errors = template("minimal.yaml", *values)
        check(f"refuses {' '.join(values).replace('--set ', '')}", code != 0 and expected in errors, f"expected: {expected}\n{errors}")


def check_kubernetes(case, versions):
    """The manifests are those of every supported Kubernetes."""
    wrong, foreign = [], set()
    for version in versions:
        code, text, errors = template(case, "--kube-version", f"{version}.0")
        if code != 0:
            wrong.append(f"{version}: {errors}")
            continue
        for document in documents(text):
            name = f"{version} {document['kind']} {document['metadata']['name']}"
            if document["kind"] in FOREIGN:
                foreign.add(document["kind"])
                continue
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except Exception as error:  # Whatever it is: a document that cannot be judged is not good.
                wrong.append(f"{name}: {type(error).__name__}: {str(error)[:500]}")
    note = f", but for {', '.join(sorted(foreign))}" if foreign else ""
    check(f"{case}: valid from {versions[0]} to {versions[-1]}{note}", not wrong, "\n".join(wrong))


def restricted(spec):
    """Returns what offends the restricted Pod Security Standard."""
    wrong = [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    volumes = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
    for volume in spec.get("volumes", []):
        wrong += [f"volume {kind}" for kind in set(volume) - {"name"} - volumes]
    pod = spec.get("securityContext", {})
    if pod.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        wrong.append("seccompProfile")
    if pod.get("sysctls"):
        wrong.append("sysctls")
    for container in spec["containers"] + spec.get("initContainers", []):
        context = container.get("securityContext", {})
        if context.get("allowPrivilegeEscalation") is not False:
            wrong.append("allowPrivilegeEscalation")
        if context.get("privileged"):
            wrong.append("privileged")
        if context.get("capabilities", {}).get("drop") != ["ALL"] or context["capabilities"].get("add"):
            wrong.append("capabilities")
        if context.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
            wrong.append("runAsNonRoot")
        if context.get("runAsUser", pod.get("runAsUser")) in (None, 0):
            wrong.append("runAsUser")
        if any(port.get("hostPort") for port in container.get("ports", [])):
            wrong.append("hostPort")
        # Beyond the standard, the house's own.
        if context.get("readOnlyRootFilesystem") is not True:
            wrong.append("readOnlyRootFilesystem")
        if "memory" not in container.get("resources", {}).get("limits", {}):
            wrong.append("no memory limit")
    if spec.get("automountServiceAccountToken") is not False:
        wrong.append("automountServiceAccountToken")
    if spec.get("enableServiceLinks") is not False:
        wrong.append("enableServiceLinks")
    return wrong


def check_pods(case, rendered):
    wrong = [f"{name}: {offence}" for name, spec in pod_specs(rendered) for offence in restricted(spec)]
    check(f"{case}: restricted pods", not wrong, "\n".join(wrong))
    spec = only(rendered, "Deployment")["spec"]["template"]["spec"]
    config = tomllib.loads(only(rendered, "ConfigMap")["data"]["config.toml"])
    server = config["server"]
    drain = int(server.get("drain_delay", "5s")[:-1]) + int(server.get("drain_timeout", "30s")[:-1])
    check(f"{case}: grace period {spec['terminationGracePeriodSeconds']} s > drain {drain} s",
          spec["terminationGracePeriodSeconds"] > drain)
    container = spec["containers"][0]
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    named = re.findall(r'"(/run/connect-verifier/[a-z-]+)/', only(rendered, "ConfigMap")["data"]["config.toml"])
    check(f"{case}: every file of the configuration is mounted, and whole folders are",
          set(named) <= mounted and not any("subPath" in mount for mount in container["volumeMounts"]),
          f"{named} / {mounted}")
    if case != "everything.yaml":
        check(f"{case}: no secret in the environment", not any("valueFrom" in entry for entry in container["env"]))
    probes = {container[name]["httpGet"]["port"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    check(f"{case}: probes ask the admin port", probes == {"admin"})


def check_collector(case, rendered):
    """The pods reach the collector that the configuration names, and none where it names none."""
    config = tomllib.loads(only(rendered, "ConfigMap")["data"]["config.toml"])
    endpoint = urllib.parse.urlsplit(config.get("telemetry", {}).get("otlp_endpoint", ""))
    port = endpoint.port or {"https": 443, "http": 80}.get(endpoint.scheme)
    rules = only(rendered, "NetworkPolicy")["spec"]["egress"]
    # A collector may be a pod; DNS is one too, and a region never is.
    ports = [rule["ports"][0]["port"] for rule in rules if any("namespaceSelector" in peer for peer in rule["to"])]
    wanted = [53, port] if port else [53]
    check(f"{case}: the way to {endpoint.netloc or 'no collector'} is open", ports == wanted, f"ports {ports}, wanted {wanted}")


def write_files(rendered, folder):
    """Lays out what the pods would find mounted, under another root, and returns the configuration file."""
    def put(name, text):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    secrets = {d["metadata"]["name"]: d["stringData"] for d in rendered if d["kind"] == "Secret"}
    stand_in = '[[clients]]\nname = "a"\npartner = "b"\nkey_sha256 = ["' + "0" * 64 + '"]\n'
    files = {"clients.toml": stand_in, "secret": "ab" * 32, "url": "redis://127.0.0.1:6379", "tls.crt": CERT, "tls.key": KEY, "ca.crt": CERT}
    for volume in only(rendered, "Deployment")["spec"]["template"]["spec"]["volumes"]:
        if volume["name"] == "config":
            continue
        source = volume.get("secret") or volume.get("configMap")
        for item in source["items"]:
            text = secrets.get(source.get("secretName"), {}).get(item["key"], files[item["path"]])
            put(f"run/{volume['name']}/{item['path']}", text)
    config = only(rendered, "ConfigMap")["data"]["config.toml"]
    put("config.toml", config.replace('"/run/connect-verifier/', f'"{folder}/run/'))
    return folder / "config.toml"


def service(*arguments, **environment):
    clean = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run([options.binary, *arguments], capture_output=True, text=True, check=False, env=clean)


def check_config(case, rendered):
    """The service itself takes the rendered configuration."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_files(rendered, pathlib.Path(folder))
        container = only(rendered, "Deployment")["spec"]["template"]["spec"]["containers"][0]
        sandbox = ["--sandbox"] if "--sandbox" in container["args"] else []
        done = service("config", "check", "--config", str(path), *sandbox)
        check(f"{case}: `config check` takes the TOML", done.returncode == 0 and not done.stderr, done.stderr)
        if done.returncode:
            return
        effective = tomllib.loads(done.stdout)
        missing = []

        def compare(wanted, found, path):
            for key, value in wanted.items():
                if isinstance(value, dict):
                    compare(value, found.get(key, {}), f"{path}{key}.")
                elif key.endswith(("ttl", "timeout", "delay", "deadline", "window", "time", "base", "max")) and isinstance(value, str):
                    if key not in found:  # Durations are printed in another notation.
                        missing.append(f"{path}{key}")
                elif found.get(key) != value and key != "base_url":
                    missing.append(f"{path}{key}: {value} is {found.get(key)}")

        compare(tomllib.loads(path.read_text()), effective, "")
        check(f"{case}: and each key is in force", not missing, "\n".join(missing))


def check_unavailable():
    for what, (case, more) in UNAVAILABLE.items():
        code, text, errors = template(case, *more)
        if code:
            check(f"{what}: renders", False, errors)
            continue
        with tempfile.TemporaryDirectory() as folder:
            done = service("config", "check", "--config", str(write_files(documents(text), pathlib.Path(folder))))
        refused = done.returncode == 2 and "not available in this version" in done.stderr
        check(f"{what}: refused by the service of this version", refused,
              f"the service says: {done.stderr or 'nothing: it takes it'}\nIf the feature has arrived, take it out of "
              "UNAVAILABLE in this file and its `needs a version` out of values.yaml.")


@contextlib.contextmanager
def running(rendered):
    """Starts the service as the pod would, on free ports of this machine, and yields the public address."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_files(rendered, pathlib.Path(folder))
        container = only(rendered, "Deployment")["spec"]["template"]["spec"]["containers"][0]
        process = subprocess.Popen(
            [options.binary, *container["args"]], stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "CONNECT_VERIFIER_CONFIG": str(path), "CONNECT_VERIFIER__SERVER__LISTEN": "127.0.0.1:0",
                 "CONNECT_VERIFIER__SERVER__ADMIN_LISTEN": "127.0.0.1:0", "CONNECT_VERIFIER__SERVER__DRAIN_DELAY": "0s"})
        try:
            addresses = {}
            while not {"public", "admin"} <= set(addresses):
                line = process.stdout.readline()
                if not line:
                    raise RuntimeError("the service ended before it listened")
                event = json.loads(line)
                if event.get("message") == "listening":
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
    """Runs the script of the test pod here."""
    container = only(rendered, "Pod")["spec"]["containers"][0]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    scheme = environment["URL"].split(":")[0]
    environment |= {"PATH": os.environ["PATH"], "URL": f"{scheme}://{address}", **more}
    command = [*container["command"], *container["args"]]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


def check_test_pod():
    """What `helm test` would do, with this shell and this curl against the real service."""
    rendered = documents(template("sandbox.yaml")[1])
    with running(rendered) as address:
        done = run_test_pod(rendered, address)
        check("helm test on the sandbox: a credential is verified", done.returncode == 0 and '"status":"verified"' in done.stdout,
              done.stdout + done.stderr)
        done = run_test_pod(rendered, address, DEMO_KEY="cvk_an-unknown-key-that-is-long-enough-0000000000")
        check("helm test with a wrong key: fails and says so", done.returncode != 0 and "the key is refused" in done.stdout,
              done.stdout + done.stderr)
    done = run_test_pod(rendered, address)
    check("helm test without a service: fails", done.returncode != 0, done.stdout)
    rendered = documents(template("minimal.yaml")[1])
    with running(rendered) as address:
        done = run_test_pod(rendered, address)
        check("helm test without a key: a caller without one is refused", done.returncode == 0 and "is refused" in done.stdout,
              done.stdout + done.stderr)
    code, text, _ = template("tls.yaml", "--set", "tls.clientCa.existingSecret=")
    rendered = documents(text)
    with running(rendered) as address:
        done = run_test_pod(rendered, address)
        check("helm test over TLS", done.returncode == 0 and "is refused" in done.stdout, done.stdout + done.stderr)


def check_notes():
    for case, expected in [
        ("sandbox.yaml", ["helm test verify --namespace onboarding", "cvk_chart-demo-key", "port-forward service/verify-connect-verifier", "GOOD-PASSCODE"]),
        ("everything.yaml", ["curl https://verify.example.com/v1/verify", "YOUR-API-KEY"]),
        ("tls.yaml", ["--insecure https://127.0.0.1:8080", "rollout status"]),
    ]:
        code, text, errors = helm("install", "verify", str(CHART), "--namespace", "onboarding", "--dry-run=client", "--values", str(CHART / "ci" / case))
        notes = text.partition("NOTES:")[2]
        lacking = [part for part in expected if part not in notes]
        check(f"{case}: NOTES.txt tells the next command", code == 0 and not lacking, f"lacks {lacking}\n{notes}\n{errors}")


def check_package():
    with tempfile.TemporaryDirectory() as folder:
        code, text, errors = helm("package", str(CHART), "--destination", folder)
        if code:
            check("the chart is packaged", False, errors)
            return
        with tarfile.open(next(pathlib.Path(folder).glob("*.tgz"))) as package:
            names = {name.removeprefix("connect-verifier/") for name in package.getnames()}
    wanted = {"README.md", "values.schema.json", "files/alerts.yaml", "files/dashboard.json", "templates/tests/verify.yaml"}
    extra = {name for name in names if name.startswith(("ci/", "tests/")) or name == "files/alerts_test.yaml"}
    check(f"the package holds {len(names)} files: all that is needed, and nothing that only checks", wanted <= names and not extra,
          f"lacks {wanted - names}, has {extra}")


def check_observability(rendered):
    rules = only(rendered, "PrometheusRule")
    files = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())
    urls = re.findall(r"runbook_url: (\S+)", yaml.safe_dump(rules["spec"], width=1000))
    check(f"PrometheusRule: the {len(files['groups'])} groups of files/alerts.yaml, {len(urls)} runbooks with their address",
          [group["name"] for group in rules["spec"]["groups"]] == [group["name"] for group in files["groups"]]
          and urls and all(url.startswith("https://docs.example.com/connect-verifier/docs/runbooks/") for url in urls))
    dashboard = only(rendered, "ConfigMap", "-dashboard")["data"]["connect-verifier.json"]
    check("dashboard ConfigMap: files/dashboard.json as it is",
          json.loads(dashboard) == json.loads((CHART / "files" / "dashboard.json").read_text()))
    monitor = only(rendered, "ServiceMonitor")["spec"]["selector"]["matchLabels"]
    admin = only(rendered, "Service", "-admin")
    public = next(d for d in rendered if d["kind"] == "Service" and not d["metadata"]["name"].endswith("-admin"))
    check("ServiceMonitor selects the admin Service and not the public one",
          monitor.items() <= admin["metadata"]["labels"].items() and not monitor.items() <= public["metadata"]["labels"].items())


def snapshot(rendered):
    """Renders for people who review a change: sorted, without what has a file of its own, and without the version."""
    for document in rendered:
        if document["kind"] == "PrometheusRule":
            document["spec"] = "files/alerts.yaml"
        elif document["metadata"]["name"].endswith("-dashboard"):
            document["data"] = "files/dashboard.json"
    version = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M).group(1)
    order = sorted(rendered, key=lambda document: (document["kind"], document["metadata"]["name"]))

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))
    text = "---\n".join(yaml.dump(document, Dumper=Dumper, sort_keys=True, width=1000, allow_unicode=True) for document in order)
    return re.sub(rf"(?<=[-:]){re.escape(version)}\b|(?<=version: ){re.escape(version)}\b", "VERSION", text)


def check_snapshot(case, rendered):
    path = SNAPSHOTS / case
    wanted = snapshot(rendered)
    if options.update:
        SNAPSHOTS.mkdir(exist_ok=True)
        path.write_text(wanted)
    found = path.read_text() if path.exists() else ""
    difference = "".join(difflib.unified_diff(found.splitlines(True), wanted.splitlines(True), f"snapshots/{case}", "rendered"))
    check(f"{case}: as in tests/snapshots", not difference, difference + "\nIf that is meant: scripts/check-helm --update")


def make_certificate():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-keyout", f"{folder}/key", "-out", f"{folder}/cert"],
            check=True, capture_output=True)
        return pathlib.Path(f"{folder}/cert").read_text(), pathlib.Path(f"{folder}/key").read_text()


def main():
    started = time.monotonic()
    cases = sorted(path.name for path in (CHART / "ci").glob("*.yaml"))
    versions = sorted({tuple(map(int, version.split(".")[:2])) for version in kubernetes_validate.utils.all_versions()})
    versions = [".".join(map(str, version)) for version in versions if version >= OLDEST]
    print("\n== schema and refusals")
    check_schema()
    check_refusals()
    for case in cases:
        print(f"\n== {case}: {(CHART / 'ci' / case).read_text().splitlines()[0].lstrip('# ')}")
        code, text, errors = helm("lint", "--strict", str(CHART), "--values", str(CHART / "ci" / case))
        check(f"{case}: helm lint --strict", code == 0, text + errors)
        code, text, errors = template(case)
        check(f"{case}: helm template", code == 0, errors)
        if code:
            continue
        check_kubernetes(case, versions)
        check_pods(case, documents(text))
        check_collector(case, documents(text))
        if case != "redis.yaml":
            check_config(case, documents(text))
        if case == "everything.yaml":
            check_observability(documents(text))
        check_snapshot(case, documents(text))
    print("\n== what this version of the service does not take")
    check_unavailable()
    print("\n== the whole")
    check_test_pod()
    check_notes()
    check_package()
    stale = {path.name for path in SNAPSHOTS.glob("*.yaml")} - set(cases)
    check("no snapshot without its values", not stale, str(stale))
    print(f"\n{len(failures)} failed, in {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


parser = argparse.ArgumentParser()
parser.add_argument("--helm", required=True)
parser.add_argument("--binary", required=True)
parser.add_argument("--update", action="store_true")
options = parser.parse_args()
options.binary = str(pathlib.Path(options.binary).resolve())
CERT, KEY = make_certificate()
sys.exit(main())
