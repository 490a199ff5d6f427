"""An upgrade closes the pages and holds sending until everything is in order again."""

from tests.ops.installation import Installation

STATE = """
from bexportal.middleware import maintenance_flag
from shipments.models import SendingHold
open_holds = SendingHold.objects.filter(released_at=None)
say([maintenance_flag().exists(), sorted(open_holds.values_list("reason", flat=True))])
"""
RESTORED = "from shipments.models import SendingHold; SendingHold.objects.create(reason='restored', detail='Read it.')"


def into(installation: Installation) -> tuple[str, ...]:
    return "--to", str(installation.folder / "backups"), "--keys-to", str(installation.folder / "safe")


def upgrade(installation: Installation, *arguments: str) -> str:
    return installation.manage("upgrade", *into(installation), *arguments)


def test_it_backs_up_migrates_and_resumes(on_sqlite: Installation) -> None:
    said = upgrade(on_sqlite)
    assert "sending goes on" in said
    assert on_sqlite.ask(STATE) == [False, []]
    assert len(list((on_sqlite.folder / "backups").glob("*/manifest.json"))) == 1


def test_after_draining_pages_and_sending_wait_until_it_resumes(on_sqlite: Installation) -> None:
    upgrade(on_sqlite, "--drain")
    assert on_sqlite.ask(STATE) == [True, ["upgrade"]]
    on_sqlite.manage("upgrade", "--resume")
    assert on_sqlite.ask(STATE) == [False, []]


def test_it_does_not_release_what_somebody_else_holds(on_sqlite: Installation) -> None:
    on_sqlite.ask(RESTORED)
    said = upgrade(on_sqlite)
    assert "still held" in said
    assert "Read it." in said
    assert on_sqlite.ask(STATE) == [False, ["restored"]]


def test_services_that_do_not_start_leave_the_maintenance_page_up(on_sqlite: Installation) -> None:
    failed = on_sqlite.try_manage("upgrade", *into(on_sqlite), "--start", "false")
    assert failed.returncode == 1
    assert "manage.py upgrade --resume" in failed.stderr
    assert on_sqlite.ask(STATE) == [True, ["upgrade"]]


COLLECTED = "from bexportal.collecting import is_collected; say(is_collected())"


def test_what_the_image_has_collected_is_left_alone(on_sqlite: Installation) -> None:
    """In a container the portal's user cannot write there."""
    on_sqlite.manage("collectstatic", "--no-input", "--verbosity", "0")
    manifest = on_sqlite.folder / "static" / "staticfiles.json"
    before = manifest.stat().st_mtime_ns
    upgrade(on_sqlite, "--drain")
    on_sqlite.manage("upgrade", "--resume")
    assert manifest.stat().st_mtime_ns == before


def test_style_sheets_of_an_older_version_are_collected_anew(on_sqlite: Installation) -> None:
    on_sqlite.manage("collectstatic", "--no-input", "--verbosity", "0")
    assert on_sqlite.ask(COLLECTED) is True
    (on_sqlite.folder / "static" / "portal.css").write_text("old")
    assert on_sqlite.ask(COLLECTED) is False
    upgrade(on_sqlite)
    assert on_sqlite.ask(COLLECTED) is True


def test_where_style_sheets_cannot_be_written_it_says_how_to_go_on(on_sqlite: Installation) -> None:
    (on_sqlite.folder / "static").write_text("a file where the folder should be")
    failed = on_sqlite.try_manage("upgrade", *into(on_sqlite))
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert "The maintenance page stays. Mend it and run: manage.py upgrade --resume" in failed.stderr
    assert on_sqlite.ask(STATE) == [True, ["upgrade"]]
    (on_sqlite.folder / "static").unlink()
    on_sqlite.manage("upgrade", "--resume")
    assert on_sqlite.ask(STATE) == [False, []]


def test_keys_that_would_lie_with_the_backup_stop_it_before_anything_is_held(on_sqlite: Installation) -> None:
    backups = str(on_sqlite.folder / "backups")
    refused = on_sqlite.try_manage("upgrade", "--to", backups, "--keys-to", backups)
    assert refused.returncode == 1
    assert on_sqlite.ask(STATE) == [False, []]
