"""FastAPI: POST /connect checks a customer's CleverTap credentials.

    pip install -r requirements.txt
    CONNECT_VERIFIER_URL=… CONNECT_VERIFIER_KEY=… uvicorn app:app

Put the route behind your login: each call counts against your rate.
"""
import logging
import os
from pathlib import Path
from typing import Annotated

import httpx
from fastapi import FastAPI, Form, Request
from fastapi.responses import FileResponse, JSONResponse

from session import router  # for the widget; not needed for POST /connect

Text = Annotated[str, Form()]
log = logging.getLogger("uvicorn.error")
# The service answers within 10 s. httpx does not follow redirects, which would send the passcode to another host.
client = httpx.AsyncClient(base_url=os.environ["CONNECT_VERIFIER_URL"], timeout=12)
client.headers["Authorization"] = f"Bearer {os.environ['CONNECT_VERIFIER_KEY']}"
app = FastAPI()
app.include_router(router)


async def verify(credential: dict, request: Request) -> tuple[int, httpx.Headers, dict]:
    # The service generates an X-Request-Id if there is none.
    given = ((name, request.headers.get(name, "")) for name in ("Accept-Language", "X-Request-Id"))
    headers = {name: value for name, value in given if value.isascii()}
    try:
        answer = await client.post("/v1/verify", json=credential, headers=headers)
        body = answer.json()
        return answer.status_code, answer.headers, body if isinstance(body, dict) else {}
    except (httpx.HTTPError, ValueError) as error:
        # Only the name: messages may contain sent or received data.
        log.error("connect-verifier: no usable answer: %s", type(error).__name__)
        return 0, httpx.Headers(), {}


@app.get("/")
async def form() -> FileResponse:
    return FileResponse(Path(__file__).parent.parent / "form.html")


@app.post("/connect")
async def connect(
    request: Request, account_id: Text = "", passcode: Text = "", region: Text = "", suggest_region: Text = ""
) -> JSONResponse:
    credential = {"account_id": account_id, "passcode": passcode, "region": region}
    status, headers, body = await verify(credential | {"suggest_region": suggest_region == "true"}, request)
    is_verdict = status == 200 and isinstance(body.get("verified"), bool)
    is_entry = status == 422 and body.get("code") == "invalid_request"
    outcome = body["status"] if is_verdict else body.get("code", "unreachable")
    # If body["verified"], store body["account_id"], body["region"]["id"] and the passcode, encrypted: see "What to
    # store" in docs/INTEGRATION.md.
    guidance = body.get("guidance", {"fields": []})  # without an answer, the form shows its own text
    if guidance.get("owner") in ("partner", "operator"):
        log.error("connect-verifier: %s is for our %s, request %s", outcome, guidance["owner"], body["request_id"])
    details = {error["pointer"]: error["detail"] for error in body.get("errors", [])}
    reply = {
        "status": outcome,
        "verified": is_verdict and body["verified"],
        "try_again": not is_verdict and not is_entry,
        **{name: guidance.get(name) for name in ("title", "message", "action")},
        "fields": {name: details.get(f"#/{name}", guidance["title"]) for name in guidance["fields"]},
        "suggested_region": body.get("suggested_region"),
    }
    own = {name: headers[name] for name in ("Retry-After", "Content-Language", "X-Request-Id") if name in headers}
    return JSONResponse(reply, 200 if is_verdict else 422 if is_entry else 503, own | {"Cache-Control": "no-store"})
