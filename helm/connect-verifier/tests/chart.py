"""Runs helm and the service for the tests of the chart."""

import json
import os
import pathlib
import subprocess
import tomllib

import yaml

CHART = pathlib.Path(__file__).resolve().parent.parent
ROOT = CHART.parent.parent
CASES = sorted(path.name for path in (CHART / "ci").glob("*.yaml"))
# Kinds whose schemas are not Kubernetes' own.
FOREIGN = {"ExternalSecret", "HTTPRoute", "PrometheusRule", "ServiceMonitor"}


class Tools:
    """The programs, and the files that replace Secrets."""

    def __init__(self, helm, binary, modules):
        self.helm_path, self.binary, self.modules = helm, binary, modules
        self.rendered = {}
        self.certificate, self.key = make_certificate()

    def helm(self, *arguments):
        """Runs helm and returns (exit code, output, errors)."""
        done = subprocess.run([self.helm_path, *arguments], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def template(self, case, *more):
        """Renders a values file of ci/ as the release `verify` in the namespace `onboarding`."""
        arguments = ("template", "verify", str(CHART), "--namespace", "onboarding", "--values", str(CHART / "ci" / case), *more)
        if arguments not in self.rendered:
            self.rendered[arguments] = self.helm(*arguments)
        return self.rendered[arguments]

    def documents(self, case, *more):
        code, text, errors = self.template(case, *more)
        assert code == 0, errors
        return [document for document in yaml.safe_load_all(text) if document]

    def service(self, *arguments):
        clean = {"PATH": os.environ["PATH"]}
        return subprocess.run([self.binary, *arguments], capture_output=True, text=True, check=False, env=clean)

    def config_check(self, rendered, folder):
        sandbox = ["--sandbox"] if "--sandbox" in deployment(rendered)["containers"][0]["args"] else []
        return self.service("config", "check", "--config", str(self.write_files(rendered, folder)), *sandbox)

    def write_files(self, rendered, folder):
        """Writes the files that the pods would find mounted, under another root, and returns the configuration file."""
        folder = pathlib.Path(folder)

        def put(name, text):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

        secrets = {d["metadata"]["name"]: d["stringData"] for d in rendered if d["kind"] == "Secret"}
        stand_in = '[[clients]]\nname = "a"\npartner = "b"\nkey_sha256 = ["' + "0" * 64 + '"]\n'
        files = {"clients.toml": stand_in, "secret": "ab" * 32, "url": "redis://127.0.0.1:6379", "tls.crt": self.certificate,
                 "tls.key": self.key, "ca.crt": self.certificate}
        for volume in deployment(rendered)["volumes"]:
            source = volume.get("secret") or volume.get("configMap") or {}
            for item in source.get("items", []):
                text = secrets.get(source.get("secretName"), {}).get(item["key"], files[item["path"]])
                put(f"run/{volume['name']}/{item['path']}", text)
        config = config_text(rendered)
        put("config.toml", config.replace('"/run/connect-verifier/', f'"{folder}/run/'))
        return folder / "config.toml"


def only(rendered, kind, ending=""):
    found = [d for d in rendered if d["kind"] == kind and d["metadata"]["name"].endswith(ending)]
    return found[0] if found else None


def deployment(rendered):
    return only(rendered, "Deployment")["spec"]["template"]["spec"]


def config_text(rendered):
    return next(d for d in rendered if d["kind"] == "ConfigMap" and "config.toml" in d["data"])["data"]["config.toml"]


def config(rendered):
    return tomllib.loads(config_text(rendered))


def pod_specs(rendered):
    """Yields (name, spec) of every pod."""
    for document in rendered:
        spec, name = document.get("spec"), document["metadata"]["name"]
        match document["kind"]:
            case "Pod":
                yield name, spec
            case "Deployment":
                yield name, spec["template"]["spec"]
            case "CronJob":
                yield name, spec["jobTemplate"]["spec"]["template"]["spec"]


def version():
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]


def schema():
    return json.loads((CHART / "values.schema.json").read_text())


def make_certificate():
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-keyout", "/dev/stdout"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    key, _, rest = text.partition("-----BEGIN CERTIFICATE-----")
    return "-----BEGIN CERTIFICATE-----" + rest, key
