"""Holds what callers read (INTEGRATION.md, llms.txt, the .http file, the Postman collection) against the real service."""
import http.client
import json
import os
import pathlib
import re
import subprocess
import urllib.parse

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
INTEGRATION = "docs/INTEGRATION.md"
COLLECTION = "examples/connect-verifier.postman_collection.json"
VERDICT = {"account_id": "TEST-IN1-OKA-0000", "passcode": "GOOD-PASSCODE", "region": "eu1", "suggest_region": True}
PROBLEM = {"account_id": "TEST-503-ERR-0000", "passcode": "GOOD-PASSCODE", "region": "eu1"}
# What differs from run to run, and what the sandbox has instead of CleverTap's hosts.
FIXED = {"request_id": "01a20de74fe577b2828a8710e73efe4c", "checked_at": "2026-11-24T02:00:00Z", "source": "upstream"}


def call(url, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=20)
    try:
        connection.request(method, path, body and body.encode(), headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def fixed(answer):
    """The answer as the document shows it: the members that differ from run to run have fixed values."""
    answer |= {name: value for name, value in FIXED.items() if name in answer}
    for region in filter(None, (answer.get("region"), answer.get("suggested_region"))):
        region["api_host"] = {"eu1": "api.clevertap.com"}.get(region["id"], f"{region['id']}.api.clevertap.com")
    return answer


def written(value, depth=0):
    """JSON with a line for each member and each item, as far as they do not fit into one line."""
    inline = json.dumps(value, ensure_ascii=False)
    if depth and (len(inline) < 100 or not isinstance(value, (dict, list))):
        return inline
    pad, end = "  " * (depth + 1), "  " * depth
    if isinstance(value, list):
        return "[\n" + ",\n".join(pad + written(item, depth + 1) for item in value) + f"\n{end}]"
    members = (f"{pad}{json.dumps(name)}: {written(member, depth + 1)}" for name, member in value.items())
    return "{\n" + ",\n".join(members) + f"\n{end}}}"


def check_answers(check, url, key):
    page = REPOSITORY / INTEGRATION
    text = page.read_text()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for heading, request in (("A verdict", VERDICT), ("A problem", PROBLEM)):
        pattern = re.compile(rf"(^## {heading}\n.*?^```json\n)(.*?)(^```$)", re.S | re.M)
        found = fixed(json.loads(call(url, "POST", "/v1/verify", json.dumps(request), headers)[1]))
        block = written(found) + "\n"
        if os.environ.get("UPDATE_DOCUMENTS"):
            text = pattern.sub(lambda match: match[1] + block + match[3], text)
        check(f"{INTEGRATION}: {heading.lower()} is what the service answers (UPDATE_DOCUMENTS=1 writes it anew)",
              pattern.search(text)[2] == block, block)
    if os.environ.get("UPDATE_DOCUMENTS"):
        page.write_text(text)


def check_problems(check, url):
    text = (REPOSITORY / INTEGRATION).read_text()
    listed = {}
    for codes, statuses in re.findall(r"^\| (`[a-z_`, ]+`) \| ([0-9, ]+) \|", text, re.M):
        codes, statuses = re.findall(r"`(\w+)`", codes), re.findall(r"\d+", statuses)
        listed |= dict(zip(codes, statuses if len(statuses) == len(codes) else statuses * len(codes)))
    for code, status in listed.items():
        answered, page = call(url, "GET", f"/problems/{code}")
        check(f"{INTEGRATION}: {code} is {status}", answered == 200 and f"HTTP {status}<" in page, page)
    # docs/GUIDANCE.md is made from the code: every outcome that is no 200 is a problem.
    known = re.findall(r"^\| ([a-z_]+) \| (?!200)(\d{3}) \|", (REPOSITORY / "docs/GUIDANCE.md").read_text(), re.M)
    check(f"{INTEGRATION}: every problem is listed", known and set(known) <= set(listed.items()), set(known) ^ set(listed.items()))


def http_requests():
    """The requests of the .http file: name, method, address, headers and body, with the variables left in."""
    for block in re.split(r"^### ", (REPOSITORY / "examples/connect-verifier.http").read_text(), flags=re.M)[1:]:
        head, _, body = block.partition("\n\n")
        name, request, *lines = head.splitlines()
        yield name, *request.split(" ", 1), dict(line.split(": ", 1) for line in lines), body.strip()


def check_http_file(check, url, key):
    for name, method, address, headers, body in http_requests():
        headers = {header: value.replace("{{key}}", key) for header, value in headers.items()}
        status, answer = call(url, method, address.replace("{{base}}", ""), body or None, headers)
        wanted, word = re.match(r"(\d{3}) (\w+)", name).groups()
        good = str(status) == wanted and (not body or f'"{word}"' in answer)
        check(f"connect-verifier.http: {name}", good, f"{status} {answer}")


def check_collection(check, url, key, scratch):
    collection = json.loads((REPOSITORY / COLLECTION).read_text())
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    check(f"{COLLECTION}: schema and name", collection["info"]["schema"] == schema and collection["info"]["name"])
    check(f"{COLLECTION}: no key", all(not variable["value"] for variable in collection["variable"] if variable["key"] == "apiKey"))
    names = [name.split(" ", 1)[1] for name, *_ in http_requests()]
    check(f"{COLLECTION}: the calls of the .http file", [item["name"] for item in collection["item"]] == names)
    bodies = [item["request"].get("body", {}).get("raw", "") for item in collection["item"]]
    check(f"{COLLECTION}: with its bodies", bodies == [body for *_, body in http_requests()])
    newman = [scratch / "tools/node_modules/.bin/newman", "run", REPOSITORY / COLLECTION, "--color", "off", "--reporters", "json",
              "--reporter-json-export", scratch / "newman.json", "--env-var", f"baseUrl={url}", "--env-var", f"apiKey={key}"]
    run = subprocess.run(newman, capture_output=True, text=True, timeout=120)
    result = json.loads((scratch / "newman.json").read_text())["run"]
    failures = [(failure["source"]["name"], failure["error"]["message"]) for failure in result["failures"]]
    total = result["stats"]["assertions"]["total"]
    check(f"{COLLECTION}: {total} assertions in Newman", run.returncode == 0 and not failures and total > len(names), failures)


def check_links(check):
    text = (REPOSITORY / "llms.txt").read_text()
    check("llms.txt: a title, a summary and sections", bool(re.match(r"# .+\n\n> .+\n", text)) and text.count("\n## ") > 1)
    for page in ("llms.txt", INTEGRATION, "examples/README.md"):
        folder = (REPOSITORY / page).parent
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", (REPOSITORY / page).read_text()):
            check(f"{page}: {link}", link.startswith("https://") or (folder / link).exists())


def check_all(check, url, key, scratch):
    check_answers(check, url, key)
    check_problems(check, url)
    check_http_file(check, url, key)
    check_collection(check, url, key, scratch)
    check_links(check)
