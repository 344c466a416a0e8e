"""Checks the documents for callers (INTEGRATION.md, llms.txt, the .http file, the Postman collection) against the real service."""
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
# Values that differ between runs, and the sandbox's values in place of CleverTap's hosts.
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
    """The answer as the document shows it: members that differ between runs have fixed values."""
    answer |= {name: value for name, value in FIXED.items() if name in answer}
    for region in filter(None, (answer.get("region"), answer.get("suggested_region"))):
        region["api_host"] = {"eu1": "api.clevertap.com"}.get(region["id"], f"{region['id']}.api.clevertap.com")
    return answer


def written(value, depth=0):
    """JSON with one line per member and item, unless they fit into one line."""
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
    # docs/GUIDANCE.md is generated from the code: every outcome that is not a 200 is a problem.
    known = re.findall(r"^\| ([a-z_]+) \| (?!200)(\d{3}) \|", (REPOSITORY / "docs/GUIDANCE.md").read_text(), re.M)
    check(f"{INTEGRATION}: every problem is listed", known and set(known) <= set(listed.items()), set(known) ^ set(listed.items()))


def section(heading):
    text = (REPOSITORY / INTEGRATION).read_text()
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.S | re.M)[1]


def check_reasons(check, url):
    """The table lists exactly the reasons of the catalogue."""
    rows = re.findall(r"^\| (`.*?) \|", section("What to show to whom").partition("| `reason` |")[2], re.M)
    listed = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
    entries = json.loads(call(url, "GET", "/v1/guidance")[1])["guidance"]
    known = {entry["reason"] for entry in entries} - {None}
    check(f"{INTEGRATION}: every reason is listed", listed == known, listed ^ known)


def check_batch(check, url, key):
    """The lines of the document are answered as documented, in any order."""
    text = section("Many credentials at once")
    request = re.search(r"^```http\n.*?\n\n(.*?)^```$", text, re.S | re.M)[1]
    expected = re.findall(r'"id": (\S+?),.*?"(status|code)": "(\w+)"', re.search(r"^```text\n(.*?)^```$", text, re.S | re.M)[1])
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    status, answer = call(url, "POST", "/v1/verify/batch", request, headers)
    found = []
    for line in map(json.loads, answer.splitlines()):
        member = "status" if "result" in line else "code"
        found.append((json.dumps(line["id"]), member, line.get("result", line.get("problem"))[member]))
    check(f"{INTEGRATION}: a batch", status == 200 and len(expected) == 3 and sorted(found) == sorted(expected), answer)


def check_session(check, url, key):
    request = re.search(r"POST /v1/sessions\n.*?\n\n\s*(\{.*?\})\n", section("From the browser: sessions and the widget"), re.S)[1]
    status, answer = call(url, "POST", "/v1/sessions", request, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    check(f"{INTEGRATION}: a session", status == 201 and set(json.loads(answer)) == {"token", "expires_at"}, f"{status} {answer}")


def check_magic_accounts(check, url, key):
    """Each account of the table is answered as the table documents."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Cache-Control": "no-cache"}

    def ask(account_id, region):
        credential = {"account_id": account_id, "passcode": "GOOD-PASSCODE", "region": region}
        answer = json.loads(call(url, "POST", "/v1/verify", json.dumps(credential), headers)[1])
        return answer.get("code", answer["status"])

    regions = ["in1", "eu1", "sg1", "us1", "aps3", "mec1"]
    rows = re.findall(r"^\| (`TEST-.*?) \| `(\w+)`", section("Testing"), re.M)
    accounts = [(account_id, expected) for ids, expected in rows for account_id in re.findall(r"`(\S+?)`", ids)]
    check(f"{INTEGRATION}: the magic accounts", len(accounts) >= 15, accounts)
    for index, (account_id, expected) in enumerate(accounts):
        home = account_id[5:-9].lower()
        region = home if home in regions else regions[index % len(regions)]
        ask("TEST-200-OKA-0000", region)  # a successful answer keeps the region's breaker closed
        found = ask(account_id, region)
        check(f"{INTEGRATION}: {account_id} is {expected}", found == expected, found)


def http_requests():
    """The requests of the .http file: name, method, address, headers and body, with unresolved variables."""
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
    check_reasons(check, url)
    check_batch(check, url, key)
    check_session(check, url, key)
    check_magic_accounts(check, url, key)
    check_http_file(check, url, key)
    check_collection(check, url, key, scratch)
    check_links(check)
