"""Signing in: by name or address in any capitals, with a brake on guessing, and back to where one wanted to go."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from accounts.models import TrailEntry, User
from tests.accounts.conftest import PASSWORD
from tests.cast import make_user


@pytest.fixture
def thandi(booker: User) -> User:
    booker.set_password(PASSWORD)
    booker.save()
    return booker


def sign_in(name: str, password: str = PASSWORD, client: Client | None = None, **more: Any) -> Any:
    return (client or Client()).post("/sign-in/", {"username": name, "password": password, **more})


def guess_until_locked(settings: Any, name: str = "thandi", **headers: Any) -> Any:
    client = Client(**headers)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        reply = sign_in(name, "wrong", client)
    return reply


@pytest.mark.parametrize("name", ["thandi", "Thandi", "THANDI@rooibok.example", "thandi@ROOIBOK.example"])
def test_name_and_address_open_the_door_in_any_capitals(thandi: User, name: str) -> None:
    assert sign_in(name).headers["Location"] == "/"


@pytest.mark.parametrize("name", ["", "nobody", "thandi@elsewhere.example", "thandi "])
def test_others_are_refused_alike(thandi: User, name: str) -> None:
    assert sign_in(name, "wrong").status_code == 200


def test_a_name_that_is_anothers_address_opens_only_its_own_door(thandi: User) -> None:
    """Somebody may have chosen it on purpose."""
    evil = make_user("evil")
    evil.username = thandi.email
    evil.set_password("evil-password-1")
    evil.save()
    client = Client()
    sign_in(thandi.email, "evil-password-1", client)
    assert client.session["_auth_user_id"] == str(evil.pk)
    assert sign_in(thandi.email).status_code == 200
    assert sign_in("thandi").status_code == 302


def test_whoever_is_inactive_stays_outside_and_is_put_out_at_once(thandi: User) -> None:
    client = Client()
    sign_in("thandi", client=client)
    assert client.get("/help/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/help/").status_code == 302
    assert sign_in("thandi").status_code == 200


@pytest.mark.parametrize("taken", [{"email": "THANDI@Rooibok.Example"}, {"username": "THANDI"}])
def test_names_and_addresses_are_unique_whatever_their_case(thandi: User, taken: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create_user(**{"username": "other", "email": "other@rooibok.example", **taken})


def test_several_people_may_have_no_address(db: None) -> None:
    User.objects.create_user("one")
    User.objects.create_user("two")


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/help/", "/help/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_leads_into_the_portal_only(thandi: User, wanted: str, led_to: str) -> None:
    assert sign_in("thandi", next=wanted).headers["Location"] == led_to


def test_many_wrong_passwords_close_the_door_for_a_while(thandi: User, settings: Any) -> None:
    reply = guess_until_locked(settings)
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) == settings.AXES_COOLOFF_TIME.total_seconds()
    assert "Too many tries" in reply.content.decode()
    assert sign_in("thandi").status_code == 429
    assert sign_in("THANDI").status_code == 429


def test_guessing_from_elsewhere_locks_nobody_out_at_home(thandi: User, settings: Any) -> None:
    guess_until_locked(settings, REMOTE_ADDR="203.0.113.9")
    assert sign_in("thandi").status_code == 302


def test_a_forged_address_does_not_give_new_tries(thandi: User, settings: Any) -> None:
    for number in range(settings.AXES_FAILURE_LIMIT):
        reply = sign_in("thandi", "wrong", Client(HTTP_X_FORWARDED_FOR=f"198.51.100.{number}"))
    assert reply.status_code == 429


def test_an_admin_lets_somebody_in_again(thandi: User, settings: Any, as_admin: Client) -> None:
    guess_until_locked(settings, "Thandi")
    chosen = {"action": "let_in_again", "_selected_action": [str(thandi.pk)]}
    page = as_admin.post("/admin/accounts/user/", chosen, follow=True)
    assert "Thandi may try again at once." in page.content.decode()
    assert sign_in("thandi").status_code == 302
    assert TrailEntry.objects.get().action == "person.let-in-again"


def test_the_wrong_password_comes_back_in_no_page(thandi: User) -> None:
    assert "my-wrong-secret" not in sign_in("thandi", "my-wrong-secret").content.decode()


def test_signing_out_takes_a_post_and_ends_the_session(as_booker: Client) -> None:
    assert as_booker.get("/sign-out/").status_code == 405
    as_booker.post("/sign-out/")
    assert as_booker.get("/help/").status_code == 302
