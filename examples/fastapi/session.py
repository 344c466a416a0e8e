"""FastAPI: POST /session gives the widget in your page a token that expires soon, so that the API key stays here.

PAGE_ORIGIN is the origin of the page, https://dash.example.com, listed in the client's `allowed_origins`.
Put the route behind your login: each token counts against your rate.
"""
import logging
import os

import httpx
from fastapi import APIRouter
from fastapi.responses import JSONResponse

client = httpx.AsyncClient(base_url=os.environ["CONNECT_VERIFIER_URL"], timeout=12)
log = logging.getLogger("uvicorn.error")
router = APIRouter()


@router.post("/session")
async def session() -> JSONResponse:
    try:
        answer = await client.post(
            "/v1/sessions",
            json={"origin": os.environ.get("PAGE_ORIGIN"), "ttl_seconds": 900},
            headers={"Authorization": f"Bearer {os.environ['CONNECT_VERIFIER_KEY']}"},
        )
        found = answer.json()
        if answer.is_success and found.get("token"):
            return JSONResponse(
                {"token": found["token"], "expires_at": found["expires_at"]}, headers={"Cache-Control": "no-store"}
            )
        log.error("connect-verifier: no session: %s, request %s", found.get("code"), answer.headers.get("X-Request-Id"))
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        log.error("connect-verifier: no session: %s", type(error).__name__)
    return JSONResponse({"try_again": True}, 503, headers={"Cache-Control": "no-store"})
