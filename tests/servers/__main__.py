"""`python -m tests.servers --json '{"ttft_s": 0.1}'` prints ``{"port": ...}`` and serves until its input ends."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys

from tests.servers.loopback import serve
from tests.servers.settings import ServerSettings


async def _main(settings: ServerSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            stop.set()

    loop.add_reader(sys.stdin.fileno(), read)
    await serve(settings, lambda port: print(json.dumps({"port": port}), flush=True), stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", default="{}", help="settings, as in tests/servers/settings.py")
    asyncio.run(_main(ServerSettings.from_json(json.loads(parser.parse_args().json))))
