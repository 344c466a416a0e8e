"""The manifests: valid in every supported Kubernetes version, restricted pods, and consistent references."""

import json
import re
import subprocess
import urllib.parse

import kubernetes_validate
import pytest
import yaml
from chart import CHART, FOREIGN, config, config_text, deployment, only, pod_specs

OLDEST = (1, 29)
VERSIONS = [
    f"{major}.{minor}" for major, minor in sorted({tuple(map(int, text.split(".")[:2])) for text in kubernetes_validate.utils.all_versions()})
    if (major, minor) >= OLDEST
]


def test_helm_lint(tools, case):
    code, text, errors = tools.helm("lint", "--strict", str(CHART), "--values", str(CHART / "ci" / case))
    assert code == 0, text + errors


@pytest.mark.parametrize("version", VERSIONS)
def test_valid_in(tools, case, version):
    for document in tools.documents(case, "--kube-version", f"{version}.0"):
        if document["kind"] not in FOREIGN:
            kubernetes_validate.validate(document, version, strict=True)


def check_crds(tools, documents):
    script = CHART / "tests" / "crds" / "check.mjs"
    lines = "\n".join(json.dumps(document) for document in documents)
    done = subprocess.run(["node", script, tools.modules], input=lines, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_custom_resources_are_those_of_their_crds(tools):
    documents = [document for case in ("everything.yaml", "external-secrets.yaml") for document in tools.documents(case) if document["kind"] in FOREIGN]
    assert {document["kind"] for document in documents} == FOREIGN
    code, output = check_crds(tools, documents)
    assert code == 0, output


@pytest.mark.parametrize(("kind", "change", "expected"), [
    ("ServiceMonitor", lambda spec: spec["endpoints"][0].update(interval="30"), "must match pattern"),
    ("ServiceMonitor", lambda spec: spec["endpoints"][0].update(intervall="30s"), "intervall\"' does not exist"),
    ("HTTPRoute", lambda spec: spec["rules"][0]["matches"][0]["path"].update(type="Prefix"), "one of the allowed values"),
    ("PrometheusRule", lambda spec: spec["groups"][0]["rules"][0].update(exp="1"), "exp\"' does not exist"),
])
def test_a_wrong_custom_resource_is_noticed(tools, kind, change, expected):
    document = json.loads(json.dumps(only(tools.documents("everything.yaml"), kind)))
    change(document["spec"])
    code, output = check_crds(tools, [document])
    assert code == 1 and expected in output, output


def restricted(spec):
    """Returns violations of the restricted Pod Security Standard, and of the project's additional rules."""
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
        wrong += offences(container, pod)
    wrong += [key for key in ("automountServiceAccountToken", "enableServiceLinks") if spec.get(key) is not False]
    return wrong


def offences(container, pod):
    context = container.get("securityContext", {})
    rules = {
        "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation") is False,
        "privileged": not context.get("privileged"),
        "capabilities": context.get("capabilities") == {"drop": ["ALL"]},
        "runAsNonRoot": context.get("runAsNonRoot", pod.get("runAsNonRoot")) is True,
        "runAsUser": context.get("runAsUser", pod.get("runAsUser")) != 0,
        "hostPort": not any(port.get("hostPort") for port in container.get("ports", [])),
        "readOnlyRootFilesystem": context.get("readOnlyRootFilesystem") is True,
        "memory limit": "memory" in container.get("resources", {}).get("limits", {}),
    }
    return [name for name, is_good in rules.items() if not is_good]


def test_pods_are_restricted(tools, case):
    assert {name: found for name, spec in pod_specs(tools.documents(case)) if (found := restricted(spec))} == {}


def test_user_is_fixed_except_where_the_values_say_otherwise(tools, case):
    users = {spec["securityContext"].get("runAsUser") for _, spec in pod_specs(tools.documents(case))}
    assert users == ({None} if case == "openshift.yaml" else {10001})


def test_pod_fits_the_configuration(tools, case):
    rendered = tools.documents(case)
    spec, settings = deployment(rendered), config(rendered)["server"]
    drain = sum(int(settings.get(key, default)[:-1]) for key, default in (("drain_delay", "5s"), ("drain_timeout", "30s")))
    assert spec["terminationGracePeriodSeconds"] > drain
    container = spec["containers"][0]
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert set(re.findall(r'"(/run/connect-verifier/[a-z-]+)/', config_text(rendered))) <= mounted
    assert not any("subPath" in mount for mount in container["volumeMounts"])
    if case != "everything.yaml":
        assert not any("valueFrom" in entry for entry in container["env"]), "a secret in the environment"
    assert {container[name]["httpGet"]["port"] for name in ("startupProbe", "livenessProbe", "readinessProbe")} == {"admin"}


def test_pods_reach_the_collector_that_the_configuration_names(tools, case):
    rendered = tools.documents(case)
    endpoint = urllib.parse.urlsplit(config(rendered).get("telemetry", {}).get("otlp_endpoint", ""))
    port = endpoint.port or {"https": 443, "http": 80}.get(endpoint.scheme)
    rules = only(rendered, "NetworkPolicy")["spec"]["egress"]
    # A collector may be a pod; DNS is a pod as well, and a region never is.
    ports = [rule["ports"][0]["port"] for rule in rules if any("namespaceSelector" in peer for peer in rule["to"])]
    dns = 5353 if case == "openshift.yaml" else 53
    assert ports == ([dns, port] if port else [dns])


def test_images_and_their_secrets(tools):
    expected = {
        "minimal.yaml": ({"connect-verifier:", "docker.io/curlimages/curl:"}, []),
        "everything.yaml": ({"registry.example.com/connect-verifier@sha256:", "docker.io/curlimages/curl:"}, ["registry", "mirror"]),
        "openshift.yaml": ({"mirror.example.com:5000/proxy/example/connect-verifier:", "mirror.example.com:5000/proxy/curlimages/curl:"}, ["mirror"]),
    }
    for case, (images, secrets) in expected.items():
        for _, spec in pod_specs(tools.documents(case)):
            image = spec["containers"][0]["image"]
            assert any(image.startswith(prefix) for prefix in images), image
            assert [secret["name"] for secret in spec.get("imagePullSecrets", [])] == secrets
    rendered = tools.documents("minimal.yaml", "--set", "image.registry=registry.example.com")
    assert deployment(rendered)["containers"][0]["image"].startswith("registry.example.com/connect-verifier:")


def test_batch(tools):
    rendered = tools.documents("everything.yaml")
    spec = only(rendered, "CronJob")["spec"]
    pod = spec["jobTemplate"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    assert container["args"] == ["batch", "/data/in.csv", "--out", "/out/$(JOB_NAME).csv", "--resume", "--report", "/out/$(JOB_NAME).html",
                                 "--since", "/out",
                                 "--lang", "pt-BR", "--push-url",
                                 "http://pushgateway.monitoring.svc:9091/metrics/job/verify-connect-verifier-admin/namespace/onboarding",
                                 "--config", "/etc/connect-verifier/config.toml", "--concurrency", "8"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("30 2 1 * *", "Etc/UTC", "Forbid")
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert volumes["batch-in"]["secret"]["items"] == [{"key": "credentials.csv", "path": "in.csv"}]
    assert volumes["batch-out"]["persistentVolumeClaim"]["claimName"] == only(rendered, "PersistentVolumeClaim")["metadata"]["name"]
    policy = only(rendered, "NetworkPolicy")["spec"]["podSelector"]
    assert pod["metadata"]["labels"]["app.kubernetes.io/component"] in policy["matchExpressions"][0]["values"]
    # The Services do not route callers to it.
    services = [document["spec"]["selector"] for document in rendered if document["kind"] == "Service"]
    assert all(selector["app.kubernetes.io/component"] == "service" for selector in services)
    existing = tools.documents("existing-secrets.yaml")
    assert only(existing, "PersistentVolumeClaim") is None
    assert only(tools.documents("minimal.yaml"), "CronJob") is None


def test_update_strategy(tools):
    strategy = lambda case: only(tools.documents(case), "Deployment")["spec"]["strategy"]
    assert strategy("minimal.yaml") == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert strategy("everything.yaml")["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 1}
    assert strategy("openshift.yaml") == {"type": "Recreate"}


class UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice, as kustomize does."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"{max(keys, key=keys.count)} stands twice, in line {node.start_mark.line + 1}"
        return super().construct_mapping(node, deep)


def test_no_key_stands_twice(tools):
    own = {"team": "own"}
    values = {
        "commonLabels": {"team": "common", "tier": "common"}, "podLabels": own, "podAnnotations": {"checksum/config": "own"},
        **{f"metrics.{part}.labels": own for part in ("serviceMonitor", "prometheusRule", "dashboard")},
    }
    code, text, errors = tools.template("everything.yaml", *(f"--set-json={key}={json.dumps(value)}" for key, value in values.items()))
    assert code == 0, errors
    documents = [document for document in yaml.load_all(text, Loader=UniqueKeys) if document]
    labels = only(documents, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert (labels["team"], labels["tier"]) == ("own", "common")
    assert {only(documents, kind)["metadata"]["labels"]["team"] for kind in ("ServiceMonitor", "PrometheusRule")} == {"own"}
    assert only(documents, "ConfigMap", "-dashboard")["metadata"]["labels"]["team"] == "own"


def test_environment_from_the_pod(tools):
    entry = {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    rendered = tools.documents("minimal.yaml", "--set-json", f"extraEnv={json.dumps([entry])}")
    kubernetes_validate.validate(only(rendered, "Deployment"), VERSIONS[-1], strict=True)
    assert entry in deployment(rendered)["containers"][0]["env"]


def test_a_batch_has_the_volumes_that_its_environment_may_name(tools):
    spec = dict(pod_specs(tools.documents("everything.yaml")))["verify-connect-verifier-batch"]
    assert "/spool" in {mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    assert "spool" in {volume["name"] for volume in spec["volumes"]}


def test_global_registry_in_odd_forms(tools):
    image = lambda *more: deployment(tools.documents("minimal.yaml", *more))["containers"][0]["image"].rpartition(":")[0]
    assert image("--set-json", "global=null") == "connect-verifier"
    assert image("--set", "global.imageRegistry=mirror.example.com/") == "mirror.example.com/connect-verifier"


def test_extra_objects(tools):
    notes = [document for document in tools.documents("everything.yaml") if document["kind"] == "ConfigMap"]
    assert {"verify-connect-verifier-note", "verify-text"} <= {document["metadata"]["name"] for document in notes}
