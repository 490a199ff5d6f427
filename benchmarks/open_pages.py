"""So many open pages: `python -m benchmarks.open_pages ADDRESS FILE`, as browsers ask for their news.

It opens them all and says `open`. From `begin` until `rest` they ask, each every so many seconds as it was told, spread
over them. Each word is answered by a line of JSON: how often they asked since the last one, how often nothing had
changed, and how long the slowest answer took.
"""

import asyncio
import html
import json
import random
import re
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

FOLLOWER = re.compile(r'<div id="follow".*?>', re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Count:
    """Since the last `begin`."""

    asked = unchanged = 0
    slowest = 0.0
    rests = False

    def told(self) -> dict[str, float]:
        return {"asked": self.asked, "unchanged": self.unchanged, "slowest": self.slowest}


async def get(netloc: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
    host, _, port = netloc.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [f"GET {path} HTTP/1.1", f"Host: {netloc}", "Connection: close", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    raw = await reader.read()
    writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in rest), body.decode(errors="replace")


class Page:
    def __init__(self, netloc: str, path: str, session: str) -> None:
        self.netloc, self.path, self.cookie = netloc, path, f"sessionid={session}"

    async def open(self) -> None:
        status, _, text = await get(self.netloc, self.path, {"Cookie": self.cookie})
        follower = FOLLOWER.search(text)
        assert status == 200 and follower, (self.path, status)  # noqa: PT018 - both or none
        told = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(follower[0])}
        self.news, self.version, self.every = told["hx-get"], told["data-version"], float(told["data-every"])

    async def follow(self, count: Count) -> None:
        await asyncio.sleep(random.random() * self.every)
        while True:
            if not count.rests:
                await self.ask(count)
            await asyncio.sleep(self.every)

    async def ask(self, count: Count) -> None:
        headers = {"Cookie": self.cookie, "HX-Request": "true", "If-None-Match": self.version}
        at = time.monotonic()
        status, told, _ = await get(self.netloc, self.news, headers)
        assert status in {200, 304}, (self.news, status)
        self.version = told["etag"].replace("w/", "W/")
        count.asked += 1
        count.unchanged += status == 304
        count.slowest = max(count.slowest, time.monotonic() - at)


async def main(address: str, shown: list[tuple[str, str]]) -> None:
    netloc = urlsplit(address).netloc
    pages = [Page(netloc, path, session) for path, session in shown]
    for page in pages:
        await page.open()
    print("open", flush=True)
    count, tasks = Count(), list[asyncio.Task[None]]()
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        told = count.told()
        count.asked = count.unchanged = 0
        count.slowest = 0.0
        count.rests = word == "rest"
        if word == "begin" and not tasks:
            tasks = [asyncio.create_task(page.follow(count)) for page in pages]
        for task in tasks:
            if task.done():
                task.result()
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))
