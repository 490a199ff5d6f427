"""What open pages cost: CPU of the portal's processes while so many follow, and what that does to webhook intake.

The pages are opened in full by as many people, half of them waybills, the others lists (every second one filtered) and
the home page, and then ask as a browser does. gunicorn and its settings are those of the image. A page that hears of
something new takes it, so that what is measured is following and not a flood of one change told again and again.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.courier import ROOT
from benchmarks.portal import Portal, portals
from benchmarks.webhook_intake import SECRET, deliver

GOAL_CORE, GOAL_INTAKE = 0.10, 0.95
TURNS = 5
NEWS_A_MINUTE = 10
GUNICORN = ("--config", "python:bexportal.serving")
Browser = subprocess.Popen[str]
_TICKS = os.sysconf("SC_CLK_TCK")


def run(pages: int, seconds: int, rounds: int) -> Iterator[str]:
    with portals("http://127.0.0.1:9") as found:
        for portal in found:
            yield from _measured(portal, pages, seconds, rounds)


def _measured(portal: Portal, pages: int, seconds: int, rounds: int) -> Iterator[str]:
    portal.env["WEBHOOK_CALLS_PER_MINUTE"] = "1000000"
    path = portal.run("-m", "benchmarks.bare_intake", "prepare", SECRET).strip().splitlines()[-1]
    portal.run("-m", "benchmarks.inside_live", "fill", str(pages))
    with portal.served("bexportal.wsgi", *GUNICORN) as (address, process), _open_pages(portal, address) as browser:
        nothing = _watched(portal, process, browser, seconds)
        yield _in_words(portal, f"{pages} open pages without news", nothing)
        with portal.running("-m", "benchmarks.inside_live", "news", str(NEWS_A_MINUTE)):
            some = _watched(portal, process, browser, seconds)
        yield _in_words(portal, f"{pages} open pages, {NEWS_A_MINUTE} parcels a minute with news", some)
        yield _intake(portal, address + path, browser, max(rounds * 5, 300))


def _in_words(portal: Portal, title: str, told: dict[str, float]) -> str:
    database = f", the database {told['database']:.1%}" if told["database"] else ""
    return (
        f"{title}, {portal.name}: {told['core']:.1%} of a core (goal: less than {GOAL_CORE:.0%}){database}; "
        f"{told['asked'] / told['seconds']:.1f} requests a second, {told['unchanged'] / told['asked']:.0%} unchanged, "
        f"{told['cpu_ms']:.1f} ms of CPU each, the slowest answer after {told['slowest'] * 1000:.0f} ms"
    )


def _intake(portal: Portal, url: str, browser: Browser, many: int) -> str:
    """Turn by turn, while the pages ask and while they rest."""
    without, during = [], []
    for turn in range(TURNS + 1):
        _say(browser, "rest")
        alone = deliver(url, many)
        _say(browser, "begin")
        beside = deliver(url, many)
        if turn:  # the first turn warms up
            without.append(alone)
            during.append(beside)
    ratio = statistics.median(during) / statistics.median(without)
    return (
        f"webhook intake beside open pages, {portal.name}: {ratio:.2f} times that without (goal: at least "
        f"{GOAL_INTAKE}); {statistics.median(during):.0f} against {statistics.median(without):.0f} a second"
    )


@contextmanager
def _open_pages(portal: Portal, address: str) -> Iterator[Browser]:
    """All pages loaded, in a process of their own: what it costs is not the portal's."""
    command = [sys.executable, "-m", "benchmarks.open_pages", address, str(Path(portal.env["VAR_DIR"]) / "pages.json")]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "open"
            yield process
        finally:
            process.terminate()


def _say(browser: Browser, word: str) -> dict[str, float]:
    assert browser.stdin is not None
    assert browser.stdout is not None
    print(word, file=browser.stdin, flush=True)
    told: dict[str, float] = json.loads(browser.stdout.readline())
    return told


def _watched(portal: Portal, process: int, browser: Browser, seconds: int) -> dict[str, float]:
    _say(browser, "begin")
    time.sleep(min(seconds, 15))  # each page has asked once: what they found at first is over
    _say(browser, "begin")
    family, backends = _family(process), _backends(portal)
    before, at = {one: _cpu(one) for one in (*family, *backends)}, time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - at
    told = _say(browser, "end")
    used = sum(_cpu(one) - before[one] for one in family)
    return {
        **told, "seconds": took, "core": used / took, "cpu_ms": used / told["asked"] * 1000,
        "database": sum(max(_cpu(one) - before.get(one, 0), 0) for one in _backends(portal) or backends) / took,
    }  # fmt: skip


def _family(process: int) -> list[int]:
    """gunicorn's first process and its workers."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(int(child) for child in children)]


def _cpu(process: int) -> float:
    """Seconds that it has used, those of the kernel for it included; 0 once it is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _backends(portal: Portal) -> list[int]:
    """The database's processes for this installation, where it has such on this machine."""
    url = portal.env["DATABASE_URL"]
    if not url.startswith("postgres"):
        return []
    with psycopg.connect(url) as connection:
        own = connection.info.backend_pid
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
    return [pid for (pid,) in rows if pid != own and Path(f"/proc/{pid}/comm").exists()]
