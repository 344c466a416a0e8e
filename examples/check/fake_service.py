"""A service that misbehaves, and records what an example sends to it.

The account id selects the answer.
"""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSED = {
    "type": "/problems/forbidden", "title": "Forbidden", "status": 403, "code": "forbidden", "request_id": "of-the-fake",
    "guidance": {"code": "fix_request", "owner": "partner", "title": "No", "message": "No.", "action": "No.", "fields": []},
}
ANSWERS = {
    "PAGE": (200, "text/html", "<html>captive portal</html>"),
    "EMPTY": (200, "application/json", "{}"),
    "NULL": (200, "application/json", "null"),
    "LIST": (200, "application/json", '[{"verified": true}]'),
    "TEXT": (200, "application/json", '{"verified": "true", "status": "verified"}'),
    "CUT": (200, "application/json", '{"verified": true, "status": "ver'),
    "CREATED": (201, "application/json", '{"verified": true, "status": "verified"}'),
    "DOWN": (503, "application/json", '{"message": "Service Unavailable"}'),
    "DOWN-PAGE": (503, "text/html", "<html>Service Unavailable</html>"),
    "FOREIGN": (422, "application/json", '{"detail": "another server\'s"}'),
    "BAD": (400, "application/json", '{"verified": true, "status": "verified"}'),
    "REFUSED": (403, "application/problem+json", json.dumps(REFUSED)),
    "REDIRECT": (307, "text/plain", ""),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, dict(self.headers), body))
        if self.path == "/v1/sessions":
            status, kind, text = self.server.session
        elif body["account_id"] == "HANG":
            self.server.end.wait(60)
            self.close_connection = True
            return
        else:
            status, kind, text = ANSWERS.get(body["account_id"], ANSWERS["EMPTY"])
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        if status == 307:
            self.send_header("Location", "/elsewhere")
        if status == 503:
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class FakeService(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.end = threading.Event()
        self.session = (200, "application/json", "{}")
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def last(self, path="/v1/verify"):
        return next((headers, body) for where, headers, body in reversed(self.seen) if where == path)

    def stop(self):
        """Frees the port, so that connections to it are refused."""
        self.end.set()
        self.shutdown()
        self.server_close()
