"""deploy/alertmanager.yml on a real Alertmanager: an outage pages only once."""

import http.server
import json
import os
import re
import subprocess
import threading

import pytest
import yaml
from harness import Process, call, wait_until
from surface import ROOT

CONFIG = ROOT / "deploy" / "alertmanager.yml"


class Receiver:
    """Records the notifications for pager and tickets."""

    def __init__(self):
        self.sent = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.sent.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def alertmanager(tmp_path):
    receiver = Receiver()
    config = yaml.safe_load(CONFIG.read_text())
    config["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    config["route"]["routes"][0] |= {"group_wait": "1s", "group_interval": "1s"}
    for entry in config["receivers"]:
        entry["webhook_configs"][0]["url"] = f"http://127.0.0.1:{receiver.server.server_port}/{entry['name']}"
    path = tmp_path / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    process = Process("alertmanager", tmp_path, [
        "prometheus-alertmanager", f"--config.file={path}", f"--storage.path={tmp_path / 'data'}",
        "--web.listen-address=127.0.0.1:0", "--cluster.listen-address="], {"PATH": os.environ["PATH"]})
    address = process.await_line(lambda line: found[1] if (found := re.search(r"address=(127\.0\.0\.1:\d+)", line)) else None)
    yield address, receiver
    process.stop()


def test_amtool_reads_it():
    done = subprocess.run(["amtool", "check-config", CONFIG], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_names_in_it_are_alerts(alerts):
    for rule in yaml.safe_load(CONFIG.read_text())["inhibit_rules"]:
        for matcher in rule["source_matchers"] + rule["target_matchers"]:
            pattern = re.fullmatch(r'alertname=~?"(.+)"', matcher)[1]
            assert any(re.fullmatch(pattern, name) for name in alerts), matcher
            alternatives = re.search(r"\((.+)\)", pattern)
            for word in alternatives[1].split("|") if alternatives else []:
                assert any(re.fullmatch(pattern.replace(alternatives[0], word), name) for name in alerts), (matcher, word)


def test_one_outage_is_one_page(alertmanager, alerts):
    address, receiver = alertmanager
    other = {"namespace": "other", "job": "other"}
    firing = [
        {"alertname": name, "namespace": "onboarding", "job": "verifier", "severity": alerts[name]["labels"]["severity"], **more}
        for name, more in [
            ("ConnectVerifierAllRegionsDown", {}), ("ConnectVerifierAvailabilityBurnFast", {}), ("ConnectVerifierSlowAnswers", {}),
            ("ConnectVerifierRegionHangs", {"region": "in1"}), ("ConnectVerifierRegionDown", {"region": "in1"}),
            ("ConnectVerifierRegionDown", {"region": "eu1"}), ("ConnectVerifierBreakerOpen", {"region": "in1"}),
            ("ConnectVerifierUnauthenticated", other), ("ConnectVerifierRegionDown", {"region": "in1"} | other),
        ]
    ]
    status, _, body = call(address, "POST", "/api/v2/alerts", json.dumps([{"labels": labels} for labels in firing]), {"Content-Type": "application/json"})
    assert status == 200, body

    def sent(path):
        return sorted((alert["labels"]["job"], alert["labels"]["alertname"]) for to, note in receiver.sent if to == path for alert in note["alerts"])

    wait_until("the pages", lambda: sent("/pager"), [("other", "ConnectVerifierUnauthenticated"), ("verifier", "ConnectVerifierAllRegionsDown")])
    wait_until("the ticket of the other installation", lambda: sent("/tickets"), [("other", "ConnectVerifierRegionDown")])
    found = json.loads(call(address, "GET", "/api/v2/alerts")[2])
    quiet = {(alert["labels"]["job"], alert["labels"]["alertname"]) for alert in found if alert["status"]["inhibitedBy"]}
    assert {name for _, name in quiet} == {alert["alertname"] for alert in firing if alert["job"] == "verifier"} - {"ConnectVerifierAllRegionsDown"}
    assert {job for job, _ in quiet} == {"verifier"}
