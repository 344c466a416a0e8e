"""The schema of the values: closed, complete, and strict."""

import re
import tomllib

import pytest
import yaml
from chart import CHART, ROOT, schema, version

# Keys of the configuration that the chart sets itself.
CHARTS_OWN = {
    "secret_file", "clients_file", "server.listen", "server.admin_listen", "server.tls_cert", "server.tls_key",
    "server.client_ca", "auth.mode", "upstream.extra_ca",
}


def test_unknown_keys_are_refused_except_in_kubernetes_own_types():
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

    walk(schema(), "")
    assert set(open_objects) == {"/$defs/kubernetes", "/properties/global"}


def reference():
    """The keys of config/default.toml, with those that are commented out."""
    text = re.sub(r"^# (\[+[\w.]+\]+$|[a-z0-9_]+ = )", r"\1", (ROOT / "config" / "default.toml").read_text(), flags=re.M)
    tables = tomllib.loads(re.sub(r"^\[\[clients\]\]$.*?^(?=\[)", "", text, flags=re.M | re.S))
    return leaves({name: table for name, table in tables.items() if name not in ("clients", "regions", "redis")})


def leaves(table, path=""):
    found = set()
    for key, value in table.items():
        found |= leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}"}
    return found


def test_the_keys_under_config_are_those_of_the_reference():
    def offered(properties, path=""):
        found = set()
        for key, node in properties.items():
            found |= offered(node["properties"], f"{path}{key}.") if "properties" in node else {f"{path}{key}"}
        return found

    sections = {name: node for name, node in schema()["properties"]["config"]["properties"].items() if name != "regions"}
    assert offered(sections) == reference() - CHARTS_OWN


@pytest.mark.parametrize(("values", "expected"), [
    ("nonsense=1", "additional properties 'nonsense' not allowed"),
    ("image.tga=1", "'tga' not allowed"),
    ("config.server.max_conections=1", "'max_conections' not allowed"),
    ("config.colour.x=1", "'colour' not allowed"),
    ("config.cache.verified_ttl=soon", "/config/cache/verified_ttl"),
    ("config.server.drain_delay=1m", "/config/server/drain_delay"),
    ("config.upstream.proxy=http://user:pass@proxy:3128", "/config/upstream/proxy"),
    ("config.telemetry.otlp_endpoint=https://user:pass@otlp.example.com", "/config/telemetry/otlp_endpoint"),
    ("config.telemetry.otlp_endpoint=collector:4318", "/config/telemetry/otlp_endpoint"),
    ("config.regions.kr1.name=Korea", "config.regions.kr1.base_url: required"),
    ("clients.inline[0].name=a,clients.inline[0].partner=b,clients.inline[0].key_sha256[0]=cvk_x", "key_sha256"),
    ("clients.existingSecret=a", "set one of inline, existingSecret"),
    ("signingSecret.value=abc", "/signingSecret/value"),
    ("tls.enabled=true", "tls.existingSecret: required"),
    ("tls.clientCa.existingSecret=x", "tls.clientCa: requires tls.enabled"),
    ("redis.enabled=true", "redis.existingSecret: required"),
    ("redis.enabled=true,redis.existingSecret=x", "signingSecret: required with redis.enabled"),
    ("ingress.enabled=true", "ingress.hosts: name at least one"),
    ("httpRoute.enabled=true", "httpRoute.parentRefs: name at least one"),
    ("autoscaling.enabled=true,autoscaling.minReplicas=9", "greater than maxReplicas"),
    ("service.loadBalancerSourceRanges={10.0.0.0/8}", "requires service.type LoadBalancer"),
    ("service.externalTrafficPolicy=Local", "requires service.type NodePort or LoadBalancer"),
    ("extraEnv[0].name=CONNECT_VERIFIER__SERVER__LISTEN", "/extraEnv/0/name"),
    ("batch.enabled=true", "batch.existingSecret: required"),
    ("batch.enabled=true,batch.existingSecret=x", "config.upstream.partner: required with batch.enabled"),
    ("batch.enabled=true,batch.existingSecret=x,sandbox.enabled=true", "cannot be combined with sandbox.enabled"),
    ("metrics.prometheusRule.enabled=true,metrics.prometheusRule.disabled.ConnectVerifierNope=true", "unknown alert ConnectVerifierNope"),
    ("metrics.prometheusRule.enabled=true,metrics.prometheusRule.severities.ConnectVerifierNope=info", "unknown alert ConnectVerifierNope"),
    ("metrics.prometheusRule.runbookBaseUrl=docs", "/metrics/prometheusRule/runbookBaseUrl"),
    ("metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.interval=5s", "scrapeTimeout is longer than interval"),
    ("updateStrategy.rollingUpdate.maxSurge=0", "no pod could be replaced"),
    ("fullnameOverride=My_Release", "/fullnameOverride"),
    ("config.telemetry.log_level=info\\,a=debug\\,a=info", "a has two levels"),
    ("config.regions.in1.aliases={EU1}", "config.regions: eu1 names both eu1 and in1"),
    ("config.regions.kr1.name=India,config.regions.kr1.base_url=https://kr1.a.b,config.regions.kr1.dashboard_url=https://kr1.c.d", "india names both"),
    ("config.regions.eu1.base_url=https://IN1.api.clevertap.com:443/x", "in1.api.clevertap.com names both"),
])
def test_refuses(tools, values, expected):
    code, _, errors = tools.template("minimal.yaml", "--set", values)
    assert code != 0 and expected in errors, errors


def test_the_built_in_regions_are_those_of_the_reference():
    helpers = (CHART / "templates" / "_helpers.tpl").read_text()
    text = helpers.partition('define "connect-verifier.builtInRegions" -}}')[2].partition("{{-")[0]
    assert yaml.safe_load(text) == tomllib.loads((ROOT / "config" / "default.toml").read_text())["regions"]


def test_refuses_two_clients_with_one_name_or_hash(tools):
    entry = "clients.inline[{}].name={},clients.inline[{}].partner=p,clients.inline[{}].key_sha256[0]={}"
    for names, hashes, expected in [("aa", "01", "is the name of two clients"), ("ab", "00", "occurs twice")]:
        values = ",".join(entry.format(i, names[i], i, i, hashes[i] * 64) for i in range(2))
        code, _, errors = tools.template("minimal.yaml", "--set-string", values)
        assert code != 0 and expected in errors, errors


def test_refuses_old_versions_of_kubernetes(tools):
    for arguments, expected in [
        (("--set", "preStopSleepSeconds=5", "--kube-version", "1.29.0"), "requires Kubernetes 1.30"),
        (("--kube-version", "1.28.0"), "incompatible with Kubernetes"),
    ]:
        code, _, errors = tools.template("minimal.yaml", *arguments)
        assert code != 0 and expected in errors, errors


def test_says_how_to_make_a_key(tools):
    code, _, errors = tools.helm("template", "verify", str(CHART))
    assert code != 0 and "key new --partner NAME" in errors, errors


def test_chart_yaml_has_what_a_catalog_shows(tools):
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (version(), version())
    assert chart["home"].startswith("https://") and chart["sources"] and chart["icon"].endswith("/helm/connect-verifier/icon.svg")
    assert (CHART / "icon.svg").exists()
    assert {"artifacthub.io/license", "artifacthub.io/category", "artifacthub.io/links"} <= set(chart["annotations"])
