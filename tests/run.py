"""`make test`: all that the suite needs, then the suite. What is missing fails in words; nothing is left out silently.

First the whole suite on SQLite. Then, where a PostgreSQL and a Redis answer, what is marked `postgres`, `postgres_only`
and `redis` on them. With CI or REQUIRE_SERVICES set they must answer.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path

import psycopg
import redis

NO_TESTS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ROOT = Path(__file__).resolve().parents[1]


class MissingError(Exception):
    """The message says what is missing and what to do."""


def main(arguments: list[str]) -> int:
    try:
        os.environ["CHROMIUM_PATH"] = chromium()
        services = dict(found_services())
    except MissingError as missing:
        say(str(missing))
        return 1
    cores = str(max(2, os.cpu_count() or 2))
    say(f"Whole suite on SQLite, {cores} processes")
    first = pytest("-n", cores, "-m", "not redis and not postgres_only", *arguments, services={})
    if first not in (0, NO_TESTS) or not services:
        return first
    say("What is marked for them on " + " and ".join(services))
    wanted = {"PostgreSQL": "postgres or postgres_only", "Redis": "redis"}
    marks = " or ".join(wanted[name] for name in services)
    second = pytest("-n", "0", "-m", marks, *arguments, services=services)
    return first if second == NO_TESTS else second


def pytest(*arguments: str, services: dict[str, str]) -> int:
    names = {"PostgreSQL": "TEST_DATABASE_URL", "Redis": "TEST_REDIS_URL"}
    env = {name: value for name, value in os.environ.items() if name not in names.values()}
    env |= {names[service]: url for service, url in services.items()}
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=env, check=False).returncode


def chromium() -> str:
    """The path of a Chromium that starts. MissingError where there is none and none can be installed."""
    found = _chromium_here() or _playwrights_own()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing chromium with apt-get, for the tests in a browser")
        _quietly("apt-get", "update", "-qq")
        _quietly("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core")
        found = _chromium_here()
    if not found:
        say("Installing Playwright's own Chromium, for the tests in a browser")
        _quietly(sys.executable, "-m", "playwright", "install", "chromium")
        found = _playwrights_own()
    if not found:
        raise MissingError(
            "The tests need a Chromium that starts: install it (apt-get install chromium), or name it in CHROMIUM_PATH."
        )
    return found


def _chromium_here() -> str:
    named = os.environ.get("CHROMIUM_PATH")
    if named and not starts(named):
        raise MissingError(f"CHROMIUM_PATH names {named}, which does not start.")
    return named or next((path for name in BROWSERS if (path := shutil.which(name)) and starts(path)), "")


def _playwrights_own() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if starts(path) else ""


def starts(path: str) -> bool:
    """Some are mere advice to install another; some lack a library."""
    return _quietly(path, "--version", "--no-sandbox")


def _quietly(*command: str) -> bool:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=env, capture_output=True, check=False, timeout=900).returncode == 0
    except OSError:
        return False


def found_services() -> Iterator[tuple[str, str]]:
    """(name, address) of each that answers. MissingError for one that must."""
    required = bool(os.environ.get("CI") or os.environ.get("REQUIRE_SERVICES"))
    for name, variable, candidates, answers in (
        ("PostgreSQL", "TEST_DATABASE_URL", _postgres_candidates(), _postgres_answers),
        ("Redis", "TEST_REDIS_URL", ["redis://127.0.0.1:6379/15"], _redis_answers),
    ):
        named = os.environ.get(variable)
        url = next((url for url in ([named] if named else candidates) if answers(url)), None)
        if url:
            yield name, url
        elif named or required:
            raise MissingError(f"No {name} answers at {named or '127.0.0.1'}. Start one, or name it in {variable}.")
        else:
            say(f"No {name} answers on this machine: what is marked for it runs in CI (or name one in {variable}).")


def _postgres_candidates() -> list[str]:
    database = f"bexportal_{os.getpid()}"
    people = dict.fromkeys(["postgres", getuser(), "postgres:postgres"])
    return [f"postgres://{person}@127.0.0.1:5432/{database}" for person in people]


def _postgres_answers(url: str) -> bool:
    """Somebody is there who may make the tests' database."""
    try:
        with psycopg.connect(url.rpartition("/")[0] + "/postgres", connect_timeout=3) as connection:
            role = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            row = connection.execute(role).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def say(line: str) -> None:
    print(f"test    | {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
