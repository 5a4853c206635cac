"""The whole server: every route, and the ones by which a test reads the log and sets faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from tests.servers import anthropic, chat, elevenlabs, realtime, responses, speech
from tests.servers.anthropic import ANTHROPIC_ERRORS
from tests.servers.elevenlabs import ELEVENLABS_ERRORS
from tests.servers.exchange import STATE, answering
from tests.servers.openai_errors import OPENAI_ERRORS
from tests.servers.settings import ServerSettings
from tests.servers.state import Fault, ServerState


def make_app(settings: ServerSettings, connections: Callable[[], int]) -> web.Application:
    """All APIs in one application, each below its own prefix; ``connections`` counts the open ones."""
    app = web.Application(client_max_size=32 * 2**20)
    app[STATE] = ServerState(settings)
    _add_openai(app.router)
    _add_elevenlabs(app.router)
    app.router.add_post("/anthropic/v1/messages", answering("messages", ANTHROPIC_ERRORS, anthropic.messages))

    async def log(request: web.Request) -> web.Response:
        return _log(request, connections())

    app.router.add_get("/__log", log)
    app.router.add_post("/__reset", _reset)
    app.router.add_post("/__fault", _fault)
    app.router.add_post("/__settings", _settings)
    return app


def _add_openai(router: web.UrlDispatcher) -> None:
    errors = OPENAI_ERRORS
    router.add_post("/openai/v1/chat/completions", answering("chat", errors, chat.chat))
    router.add_get("/openai/v1/models", answering("models", errors, chat.models))
    router.add_post("/openai/v1/audio/speech", answering("speech", errors, speech.speech))
    router.add_post("/openai/v1/responses", answering("responses", errors, responses.responses))
    router.add_get("/openai/v1/realtime", answering("realtime", errors, realtime.realtime))


def _add_elevenlabs(router: web.UrlDispatcher) -> None:
    errors = ELEVENLABS_ERRORS
    base = "/elevenlabs/v1/text-to-speech/{voice}/stream"
    router.add_post(base, answering("eleven.speech", errors, elevenlabs.speech))
    router.add_post(
        f"{base}/with-timestamps", answering("eleven.timestamps", errors, elevenlabs.speech_with_timestamps)
    )
    router.add_get("/elevenlabs/v1/voices", answering("eleven.voices", errors, elevenlabs.voices_v1))
    router.add_get("/elevenlabs/v2/voices", answering("eleven.voices", errors, elevenlabs.voices_v2))
    router.add_get(
        "/elevenlabs/v1/user/subscription", answering("eleven.subscription", errors, elevenlabs.subscription)
    )
    router.add_get("/elevenlabs/v1/models", answering("eleven.models", errors, elevenlabs.models))


def _log(request: web.Request, connections: int) -> web.Response:
    route = request.query.get("route")
    entries = [asdict(entry) for entry in request.app[STATE].log if route in {None, entry.route}]
    return web.json_response({"requests": entries, "open_connections": connections})


async def _reset(request: web.Request) -> web.Response:
    request.app[STATE].reset()
    return web.json_response({})


async def _fault(request: web.Request) -> web.Response:
    wanted: dict[str, Any] = await request.json()
    try:
        request.app[STATE].faults.append(replace(Fault(**wanted), seen=0))
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return web.json_response({})


async def _settings(request: web.Request) -> web.Response:
    state = request.app[STATE]
    try:
        state.settings = state.settings.changed(await request.json())
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return web.json_response(state.settings.to_json())
