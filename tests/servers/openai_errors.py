"""The form of OpenAI's errors."""

from __future__ import annotations

from typing import Any

from tests.servers.exchange import ErrorBody

_TYPES = {401: "invalid_request_error", 404: "invalid_request_error", 429: "rate_limit_error"}


def _make(status: int, message: str, code: str | None, param: str | None) -> dict[str, Any]:
    usual = "server_error" if status >= 500 else "invalid_request_error"
    kind = code if code == "insufficient_quota" else _TYPES.get(status, usual)
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


OPENAI_ERRORS = ErrorBody("Authorization", _make)
