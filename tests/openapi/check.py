"""Compares the OpenAPI document with the service: check.py BINARY TOOLS.

BINARY is the service, TOOLS the folder with node_modules and with the tools of requirements.txt in venv.
"""

import copy
import json
import os
import pathlib
import secrets
import hashlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
METHODS = ("get", "post", "put", "delete", "patch", "head", "options")
PROBLEM = "application/problem+json"
# Limits of schemathesis: cases per operation, and total seconds.
CASES, SECONDS = os.environ.get("OPENAPI_CASES", "50"), os.environ.get("OPENAPI_SECONDS", "45")


class Service:
    """The service with its sandbox on free ports of the loopback address."""

    def __init__(self, binary, scratch, name, environment):
        self.log = scratch / f"{name}.log"
        ports = {"SERVER__LISTEN": "127.0.0.1:0", "SERVER__ADMIN_LISTEN": "127.0.0.1:0"}
        settings = {f"CONNECT_VERIFIER__{key}": value for key, value in {**ports, **environment}.items()}
        with self.log.open("wb") as output:
            self.child = subprocess.Popen(
                [binary, "serve", "--sandbox"], env=settings, stdout=output, stderr=subprocess.STDOUT
            )

    def __enter__(self):
        until = time.monotonic() + 30
        while time.monotonic() < until and self.child.poll() is None:
            for line in self.log.read_text().splitlines():
                if line.startswith("{") and (entry := json.loads(line)).get("listener") == "public":
                    self.base = f"http://{entry['address']}"
                    return self
            time.sleep(0.05)
        self.__exit__()
        sys.exit(f"the service did not start: {self.log.read_text()}")

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=20) as response:
            return json.load(response)


def say(text):
    print(f"\n== {text}", flush=True)


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolve(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def examples_of(node):
    """The examples of a media type, a parameter or a header."""
    yield from [node["example"]] if "example" in node else []
    yield from (example["value"] for example in node.get("examples", {}).values())


def check_examples(document):
    """Every example matches its schema, including those within schemas. Returns their number."""
    count = 0

    def validate(schema, example, where):
        nonlocal count
        count += 1
        whole = {**schema, "components": document["components"]}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        errors = [error.message for error in validator.iter_errors(example)]
        assert not errors, f"{where}: {example}: {errors}"

    def walk_schema(schema, where):
        if isinstance(schema, dict):
            for example in [*schema.get("examples", []), *([schema["example"]] if "example" in schema else [])]:
                validate(schema, example, where)
            for name, part in schema.items():
                if name not in ("examples", "example", "enum", "default"):
                    walk_schema(part, f"{where}/{name}")
        elif isinstance(schema, list):
            for part in schema:
                walk_schema(part, where)

    for name, schema in document["components"]["schemas"].items():
        walk_schema(schema, name)
    for name, header in document["components"]["headers"].items():
        for example in examples_of(header):
            validate(header["schema"], example, name)
    for path, method, operation in operations(document):
        bodies = [*operation["responses"].values(), *([operation["requestBody"]] if "requestBody" in operation else [])]
        for kind, media in ((kind, media) for body in bodies for kind, media in body.get("content", {}).items()):
            found = list(examples_of(media))
            is_for_machines = kind in ("application/json", PROBLEM) and path.startswith("/v1/") and (method == "post" or kind == PROBLEM)
            assert found or not is_for_machines, f"{path}: {kind} has no example"
            for example in found:
                validate(media["schema"], example, f"{path} {kind}")
        for parameter in operation.get("parameters", []):
            for example in examples_of(parameter):
                validate(parameter["schema"], example, f"{path} {parameter['name']}")
    return count


def check_completeness(document, service):
    """The document contains every problem code, header, guidance and security scheme that callers may encounter."""
    schemas = document["components"]["schemas"]
    codes, headers, schemes = set(), set(), set()
    for _, _, operation in operations(document):
        schemes |= {name for one in operation["security"] for name in one}
        for status, response in operation["responses"].items():
            headers |= set(response.get("headers", {}))
            for name, example in response.get("content", {}).get(PROBLEM, {}).get("examples", {}).items():
                codes.add(name)
                body = example["value"]
                assert (body["code"], str(body["status"])) == (name, status), f"{name} is an example of {status}"
    assert codes == set(schemas["ProblemCode"]["enum"]), codes ^ set(schemas["ProblemCode"]["enum"])
    assert schemes == {"apiKey", "sessionToken"} == set(document["components"]["securitySchemes"]), schemes
    assert headers == set(document["components"]["headers"]), headers ^ set(document["components"]["headers"])
    contract = "X-Request-Id Retry-After RateLimit-Policy RateLimit Cache-Status WWW-Authenticate Allow ETag Cache-Control"
    assert set(contract.split()) <= headers, set(contract.split()) - headers
    entries = service.get("/v1/guidance")["guidance"]
    for name, member in (("GuidanceCode", "code"), ("GuidanceReason", "reason"), ("GuidanceOwner", "owner")):
        found = {entry[member] for entry in entries} - {None}
        listed = set(schemas[name]["enum"])
        # An owner without an entry in the catalogue occurs only in problems.
        assert found == listed or (member == "owner" and found < listed), f"{name}: {found ^ listed}"


def check_served(document, service):
    """The served document equals the printed one, and each path is served with the documented type."""
    assert service.get("/openapi.json") == document, "GET /openapi.json differs from the output of `openapi`"
    for path, method, operation in operations(document):
        if method != "get" or "{" in path:
            continue
        with urllib.request.urlopen(service.base + path, timeout=20) as response:
            kind = response.headers.get_content_type()
            assert kind in operation["responses"]["200"]["content"], f"{path}: {kind}"


def check_batch(document, service):
    """NDJSON, which schemathesis does not support, is accepted and answered as documented."""
    operation = document["paths"]["/v1/verify/batch"]["post"]
    kind = "application/x-ndjson"
    assert kind in operation["requestBody"]["content"]
    line = {**operation["responses"]["200"]["content"][kind]["schema"], "components": document["components"]}
    validator = Draft202012Validator(line, format_checker=FormatChecker())
    lines = [json.dumps({"account_id": f"TEST-{account}-0000", "passcode": "GOOD-PASSCODE", "region": "in1"})
             for account in ("200-OKA", "400-BAD", "503-ERR")]
    body = "\n".join([*lines, "{}", "no JSON"]).encode()
    request = urllib.request.Request(service.base + "/v1/verify/batch", body, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=20) as response:
        assert response.headers.get_content_type() == kind, response.headers
        answers = [json.loads(text) for text in response.read().splitlines()]
    assert len(answers) == 5, answers
    for answer in answers:
        errors = [error.message for error in validator.iter_errors(answer)]
        assert not errors, f"{answer}: {errors}"


def schemathesis(tools, scratch, service, document, *arguments):
    file = scratch / "schemathesis.json"
    file.write_text(json.dumps(document))
    command = [tools / "venv/bin/schemathesis", "--config-file", HERE / "schemathesis.toml", "run", file,
               "--url", service.base, "--checks", "all", "--no-color", "--continue-on-failure", "--max-examples", CASES,
               "--max-time", SECONDS, "--request-timeout", "20", *arguments]
    # It stores failing cases in its working folder; a run must not depend on the previous one.
    subprocess.run([str(part) for part in command], check=True, cwd=scratch)


def with_keys(document):
    """The document of a service that requires keys."""
    document = copy.deepcopy(document)
    for _, _, operation in operations(document):
        operation["security"] = [one for one in operation["security"] if one] if operation["security"] else []
        operation["security"] = [one for one in operation["security"] if "sessionToken" not in one]
    return document


def main():
    binary, tools = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    scratch = tools / "run"
    scratch.mkdir(exist_ok=True)
    committed = (ROOT / "docs/openapi.json").read_text()
    document = json.loads(committed)

    say("the committed document is the printed one")
    printed = subprocess.run([binary, "openapi"], check=True, capture_output=True, text=True, env={}).stdout
    assert printed == committed, "run `UPDATE_DOCUMENTS=1 cargo test --test documents`"
    size = f"{len(document['paths'])} paths, {len(document['components']['schemas'])} schemas"
    print(f"{size}, {len(document['components']['headers'])} headers")

    say("openapi-spec-validator")
    OpenAPIV31SpecValidator(document).validate()
    print("valid")

    say("spectral")
    node = tools / "node_modules/.bin"
    run(node / "spectral", "lint", "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint",
        ROOT / "docs/openapi.json")

    say("examples")
    print(f"{check_examples(document)} examples are valid")

    say("TypeScript: types and a client")
    run(node / "openapi-typescript", ROOT / "docs/openapi.json", "--output", tools / "openapi.d.ts")
    for name in ("client.ts", "tsconfig.json"):
        (tools / name).write_text((HERE / name).read_text())
    run(node / "tsc", "--project", tools / "tsconfig.json")

    with Service(binary, scratch, "sandbox", {}) as service:
        run("node", tools / "out/client.js", service.base)
        say("document and service")
        check_completeness(document, service)
        check_served(document, service)
        check_batch(document, service)
        print("every problem code, header, guidance and security scheme is present")
        say("schemathesis, all checks, against the sandbox")
        schemathesis(tools, scratch, service, document)

    say("schemathesis, all checks, against a service that demands keys")
    key = f"cvk_{secrets.token_urlsafe(32)}"
    clients = scratch / "clients.toml"
    clients.write_text(
        f'[[clients]]\nname = "openapi"\npartner = "openapi"\nrate_per_second = 100000\nburst = 100000\n'
        f'key_sha256 = ["{hashlib.sha256(key.encode()).hexdigest()}"]\nallowed_origins = ["https://dash.example.com"]\n'
    )
    settings = {"AUTH__MODE": "keys", "CLIENTS_FILE": str(clients.resolve()),
                "AUTH__ADDRESS_RATE_PER_SECOND": "100000", "AUTH__ADDRESS_BURST": "100000"}
    with Service(binary, scratch, "keys", settings) as service:
        header = ("--header", f"Authorization: Bearer {key}")
        schemathesis(tools, scratch, service, with_keys(document), *header)


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, subprocess.CalledProcessError, urllib.error.URLError) as error:
        sys.exit(f"FAILED: {error}")
    print("\nthe OpenAPI document is correct")
