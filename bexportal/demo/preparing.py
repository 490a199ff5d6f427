"""What has to be there before the portal starts; what is there already is not done again."""

import hashlib
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from bexportal.demo.home import ROOT, Home
from bexportal.demo.lines import say
from bexportal.demo.processes import Child, ending

MANAGE = (sys.executable, "manage.py")


class NotPreparedError(Exception):
    """A step failed; its lines say why."""


def prepare(home: Home, env: Mapping[str, str], children: list[Child]) -> None:
    """Database and static files. NotPreparedError when one of them fails."""
    collected = fingerprint([ROOT / "static", ROOT / "requirements.txt"])
    if not (home.remembers("static files", collected) and Path(env["STATIC_ROOT"], "staticfiles.json").exists()):
        say("setup", "Collecting style sheets and scripts")
        _run(("collectstatic", "--no-input", "--clear", "--verbosity", "0"), env, children)
        home.remember("static files", collected)
    migrations = fingerprint(ROOT.glob("*/migrations/*.py"), env["DATABASE_URL"])
    database = home.path / "var" / "db.sqlite3"
    if not (home.remembers("migrations", migrations) and (database.exists() or "sqlite" not in env["DATABASE_URL"])):
        say("setup", "Bringing the database up to date")
        _run(("migrate", "--no-input", "--verbosity", "0"), env, children)
        home.remember("migrations", migrations)


def has_sample_data(home: Home, env: Mapping[str, str]) -> bool:
    return home.remembers("sample data", env["DATABASE_URL"])


def add_sample_data(home: Home, env: Mapping[str, str], children: list[Child]) -> None:
    """Once, and on from where it was stopped: afterwards what was done in the demo stays as it is."""
    say("setup", "Adding people, accounts and some shipments")
    _run(("demo_data",), {**env, "DEMO_PASSWORD": home.password}, children)
    home.remember("sample data", env["DATABASE_URL"])


def add_webhook(home: Home, env: Mapping[str, str], children: list[Child]) -> None:
    """A subscription at the sandbox, once the portal answers the echo. Not again where somebody has ended it; where it
    cannot be had the demo goes on without.
    """
    where = f"{env['PUBLIC_URL']} {env['DATABASE_URL']}"
    if home.remembers("webhook", where):
        return
    say("setup", "Subscribing to what the sandbox courier tells")
    try:
        _run(("demo_webhook",), env, children)
    except NotPreparedError as error:
        say("setup", f"{error} Parcels are asked about all the same.")
        return
    home.remember("webhook", where)


def _run(arguments: tuple[str, ...], env: Mapping[str, str], children: list[Child]) -> None:
    # Unchecked: that this is a sandbox need not be said.
    step = Child("setup", (*MANAGE, *arguments, "--skip-checks"), env)
    children.append(step)
    step.start()
    while not step.wait(until=time.monotonic() + 1):
        pass
    step.finish_lines()
    children.remove(step)
    assert step.process is not None  # noqa: S101 - it was started above
    if step.process.returncode:
        raise NotPreparedError(f"manage.py {arguments[0]} ended {ending(step.process.returncode)}; see above.")


def fingerprint(paths: Iterable[Path], more: str = "") -> str:
    """Changes whenever one of these files, or one below these folders, does."""
    found = hashlib.sha256(more.encode())
    files = sorted(file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())
    for file in files:
        found.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
