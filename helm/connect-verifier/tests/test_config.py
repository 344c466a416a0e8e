"""The service itself reads the rendered configuration: the cases of ci/, and every value that the schema accepts."""

import json
import tempfile
import tomllib

import pytest
import yaml
from chart import CHART, config_text, schema

DURATIONS = ("0s", "1ms", "750ms", "86400s", "1440m", "24h", "25h", "90000s", "1h30m", "10", "9999999ms")
INTEGERS = (0, 1, 2, 256, 1_000_000, 4_294_967_295, 4_294_967_296, 9_007_199_254_740_992)
TEXTS = {
    "telemetry.log_level": ("info", "INFO", "inof", "", "a=debug", "info,a=debug,b::c=off", "a=loud", "=debug", "info,debug", "a=debug,"),
    "telemetry.otlp_endpoint": (
        "http://collector:4318", "https://otlp.example.com/a/b", "http://10.0.0.1:65535", "http://10.0.0.1:65536", "http://[::1]:4318",
        "http://300.1.1.1", "http://", "http://a b", "http://a:0", "ftp://a", "http://a?x"),
    "upstream.proxy": ("http://proxy:3128", "https://10.0.0.1", "proxy:3128", "http://:3128", "http://proxy:99999", "socks5://proxy"),
    "upstream.partner": ("adjust", "Zwölf & Söhne", " adjust", "a\nb", "a\tb", "a" * 128, "a" * 129),
    "guidance.operator_contact": ("", "platform@example.com"),
    "guidance.whitelisting_contact": ("", "integrations@clevertap.com"),
}
CIDRS = ("10.0.0.0/8", "10.1.2.3/8", "1.2.3.4/33", "1.2.3/8", "256.0.0.0/8", "::/0", "fd00::1/64", "fd00::/129", "10.0.0.1", ":/0", ":::/0", "fe80::/10", "2001:db8:0:1:2:3:4:5/128", "::ffff/96", "1::2::3/64")


def config_leaves():
    definitions, found = schema()["$defs"], []

    def walk(node, path):
        if "$ref" in node:
            node = {**definitions[node["$ref"].rsplit("/", 1)[1]], "name": node["$ref"].rsplit("/", 1)[1]}
        if "properties" in node:
            for key, inner in node["properties"].items():
                walk(inner, [*path, key])
        elif path != ["regions"]:
            found.append((".".join(path), node))

    walk(schema()["properties"]["config"], [])
    return found


def candidates(key, node):
    if node.get("name") in ("duration", "durationOrZero", "seconds"):
        # The pattern is shared, so testing one key of each is enough.
        thorough = key in ("server.body_timeout", "upstream.backoff_base", "server.drain_timeout")
        return DURATIONS if thorough else ("0s", "86400s")
    if node.get("type") == "integer":
        return {*(value for value in (node.get("minimum"), node.get("maximum")) if value is not None), *INTEGERS[-2:], 0}
    if node.get("type") == "boolean":
        return (True, False)
    if node.get("type") == "array":
        return [[cidr] for cidr in CIDRS]
    return node.get("enum") or TEXTS[key]


def accepts(tools, values):
    """Whether the chart renders these values in addition to the minimal ones. If so, the service must accept them."""
    code, text, errors = tools.template("minimal.yaml", "--set-json", values)
    if code:
        return False, errors
    with tempfile.TemporaryDirectory() as folder:
        done = tools.config_check([document for document in yaml.safe_load_all(text) if document], folder)
    assert done.returncode == 0, f"{values}: rendered, and refused: {done.stderr}"
    return True, ""


@pytest.mark.parametrize(("key", "node"), config_leaves(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_rendered_is_accepted(tools, key, node):
    tried = [accepts(tools, f"config.{key}={json.dumps(value)}")[0] for value in candidates(key, node)]
    assert any(tried), "no candidate is rendered, so nothing was tried"


@pytest.mark.parametrize("values", [
    {"kr1": {"name": "Korea", "base_url": "https://kr1.api.example.com", "dashboard_url": "https://kr1.dashboard.example.com", "aliases": ["korea"]}},
    {"eu1": {"base_url": "https://proxy.example.com:8443/clevertap"}},
    {"eu1": {"base_url": "http://eu1.api.clevertap.com"}},
    {"eu1": {"base_url": "https://user@eu1.api.clevertap.com"}},
    {"eu1": {"base_url": "https://eu1.api.clevertap.com?x"}},
    {"eu1": {"name": " "}},
    {"eu1": {"dashboard_url": "https://"}},
    {"auto": {"name": "x", "base_url": "https://a.b", "dashboard_url": "https://a.b"}},
], ids=json.dumps)
def test_regions(tools, values):
    accepts(tools, f"config.regions={json.dumps(values)}")


@pytest.mark.parametrize("more", [
    {}, {"allowed_origins": ["https://dash.example.com", "http://localhost:3000"]}, {"allowed_origins": ["https://dash.example.com:443"]},
    {"allowed_origins": ["https://Dash.example.com"]}, {"allowed_origins": ["https://dash.example.com/"]}, {"rate_per_second": 1_000_000, "burst": 1},
    {"rate_per_second": 4_294_967_295}, {"name": "a b"}, {"name": "ü"}, {"partner": " a"}, {"partner": "a\u0085b"}, {"partner": "Zwölf"},
], ids=json.dumps)
def test_clients(tools, more):
    entry = {"name": "a", "partner": "b", "key_sha256": ["0" * 64], **more}
    code, text, _ = tools.template("minimal.yaml", "--set-json", f"clients.inline={json.dumps([entry])}")
    if code == 0:
        documents = [document for document in yaml.safe_load_all(text) if document]
        with tempfile.TemporaryDirectory() as folder:
            done = tools.config_check(documents, folder)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("value", ["ab" * 32, "ab" * 32 + "\n" + "cd" * 40 + "\n", "ab" * 32 + " " + "cd" * 32, "\n", "ab" * 31, "zz" * 32], ids=repr)
def test_signing_secret(tools, value):
    accepts(tools, f"signingSecret.value={json.dumps(value)}")


def test_cases(tools, case, tmp_path):
    rendered = tools.documents(case)
    done = tools.config_check(rendered, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    missing = []

    def compare(wanted, found, path):
        for key, value in wanted.items():
            if isinstance(value, dict):
                compare(value, found.get(key, {}), f"{path}{key}.")
            elif isinstance(value, str) and value[:1].isdigit():
                if key not in found:  # Durations are printed in a different notation.
                    missing.append(f"{path}{key}")
            elif found.get(key) != value and key not in ("base_url", "url_file"):
                missing.append(f"{path}{key}: {value} is {found.get(key)}")

    compare(tomllib.loads((tmp_path / "config.toml").read_text()), tomllib.loads(done.stdout), "")
    assert missing == []


def test_every_case_has_its_values_in_the_configuration(tools):
    """The case with everything sets every key that the schema offers."""
    text = (CHART / "ci" / "everything.yaml").read_text()
    assert [key for key, _ in config_leaves() if not key.startswith("page.") and f"{key.rsplit('.', 1)[1]}:" not in text] == []
    assert "[redis]" in config_text(tools.documents("redis.yaml"))
