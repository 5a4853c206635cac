"""Loopback servers that speak as OpenAI, ElevenLabs and Anthropic do, with scripted text, measurable speech and faults.

with LoopbackServers(ServerSettings(ttft_s=0.1, tokens_per_s=60), process=True) as servers:
    servers.fault("chat", 2, "reset_midway", after=3)     # the 2nd chat request from now
    ...                                                    # a client on servers.openai_url
    servers.requests("chat")[0].first_byte                 # time.monotonic() seconds, over processes
"""

from __future__ import annotations

from tests.servers.loopback import LoopbackServers
from tests.servers.settings import ServerSettings
from tests.servers.signal import speech_seconds, speech_signal, word_times
from tests.servers.state import LoggedRequest

__all__ = ["LoggedRequest", "LoopbackServers", "ServerSettings", "speech_seconds", "speech_signal", "word_times"]
