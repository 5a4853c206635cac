"""Requests past the SDKs: where they go, what they carry, what comes back."""

from __future__ import annotations

import gc
import ssl
import sys
from collections.abc import AsyncIterator

import pytest

from tests.llm_turns import KEY, canned_server
from tests.servers import LoopbackServers
from vcg_tui.providers.sdk import http
from vcg_tui.providers.sdk.http import HttpClient, HttpRefused
from vcg_tui.providers.sdk.openai import http_client


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme.upper()}_PROXY", raising=False)


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    with LoopbackServers() as servers:
        opened = HttpClient(f"{servers.openai_url}/", {"Authorization": f"Bearer {KEY}"}, 5.0)
        yield opened
        await opened.close()
        gc.collect()  # a connection that was not closed is complained about here


async def test_an_answer_comes_in_pieces_under_its_headers(client: HttpClient) -> None:
    body = {"model": "m", "voice": "alloy", "input": "Hello there.", "response_format": "pcm"}
    async with client.post("/audio/speech", body) as answer:
        assert answer.headers["content-type"] == "audio/pcm"
        sound = b"".join([piece async for piece in answer.aiter_bytes()])
    assert len(sound) == 2 * 24_000 * len("Hello there.") / 15


async def test_a_refusal_tells_all_that_the_server_said(client: HttpClient) -> None:
    with pytest.raises(HttpRefused) as caught:
        async with client.post("/audio/speech", {"input": ""}):
            pytest.fail("it was accepted")
    refused = caught.value
    assert refused.status == 400
    assert refused.url.endswith("/openai/v1/audio/speech")
    assert refused.headers["Content-Type"].startswith("application/json")
    assert "1 to 4096" in str(refused.body)
    assert KEY not in f"{refused!r}{refused}"


async def test_a_refusal_without_end_is_not_read_to_it() -> None:
    page = [b"<p>no</p>" * 1000] * 40
    async with canned_server(*page, status=502, content_type="text/html") as canned:
        client = HttpClient(canned.url, {}, 5.0)
        with pytest.raises(HttpRefused) as caught:
            async with client.get("/anything"):
                pytest.fail("it was accepted")
        await client.close()
    assert isinstance(caught.value.body, str)
    assert 64 * 1024 <= len(caught.value.body) < 256 * 1024


async def test_what_a_request_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    async with canned_server(b"{}", content_type="application/json") as canned:
        monkeypatch.setattr("vcg_tui.providers.sdk.openai.OPENAI_URL", canned.url)
        for base_url, key in ((None, KEY), (canned.url, None)):
            client = http_client(api_key=key, base_url=base_url, timeout_s=5.0)
            async with client.post("/chat/completions", {"model": "m", "text": "ß"}) as answer:
                assert await answer.read() == b"{}"
            await client.close()
    own, another = canned.asked_with
    assert canned.bodies == [{"model": "m", "text": "ß"}] * 2
    assert own["Authorization"] == f"Bearer {KEY}"
    assert own["Content-Type"] == "application/json"
    # Which account is meant is said to OpenAI alone.
    assert (own["OpenAI-Organization"], own["OpenAI-Project"]) == ("org-1", "proj-1")
    assert not {"Authorization", "OpenAI-Organization", "OpenAI-Project"} & another.keys()


async def test_a_proxy_is_asked_where_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with canned_server(b"{}", content_type="application/json") as canned:
        monkeypatch.setenv("HTTP_PROXY", canned.url.removeprefix("http://"))
        client = HttpClient("http://models.invalid/v1", {}, 5.0)
        async with client.post("/chat/completions", {"model": "m"}):
            pass
        await client.close()
    assert [asked["Host"] for asked in canned.asked_with] == ["models.invalid"]


@pytest.mark.skipif(sys.platform == "win32", reason="the registry has a say there")
@pytest.mark.parametrize(
    ("url", "variables", "proxy"),
    [
        ("https://api.openai.com/v1", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://api.openai.com/v1", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://api.openai.com/v1", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://api.openai.com/v1", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "openai.com"}, None),
        ("http://localhost:8000/v1", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://gpu.example:8000/v1", {}, None),
        ("http://[broken/v1", {"HTTP_PROXY": "http://p:1"}, None),
    ],
)
def test_which_proxy(url: str, variables: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert http._proxy_for(url) == proxy


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_no_certificate_is_taken_on_trust(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    trusted = http._trusted()
    assert (trusted.verify_mode, trusted.check_hostname) == (ssl.CERT_REQUIRED, True)
