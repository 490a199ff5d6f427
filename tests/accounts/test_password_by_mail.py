"""A forgotten password is set by a mailed link, which works once and stands in no log."""

import logging
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import TrailEntry, User
from tests.accounts.conftest import PASSWORD

NEW = "four quiet words here"


@pytest.fixture
def thandi(booker: User) -> User:
    booker.set_password(PASSWORD)
    booker.save()
    return booker


def ask(address: str = "thandi@rooibok.example", **headers: str) -> Any:
    return Client().post("/password/reset/", {"email": address}, headers=headers, follow=True)


def mailed_link() -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/password/reset/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_the_link_sets_a_password_once(thandi: User) -> None:
    assert "Look into your mail" in ask("THANDI@rooibok.example").content.decode()
    client, link = Client(), mailed_link()
    page = client.get(link, follow=True)
    done = client.post(page.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW}, follow=True)
    assert "Your new password is set" in done.content.decode()
    thandi.refresh_from_db()
    assert thandi.check_password(NEW)
    assert TrailEntry.objects.get().action == "person.password-set-by-mail"
    assert "This link works no more" in Client().get(link, follow=True).content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(thandi: User) -> None:
    known = re.sub(r"[0-9a-f]{16}", "", ask().content.decode())
    unknown = re.sub(r"[0-9a-f]{16}", "", ask("nobody@rooibok.example").content.decode())
    assert known == unknown
    assert len(mail.outbox) == 1


def test_whoever_is_inactive_gets_no_link(thandi: User) -> None:
    User.objects.update(is_active=False)
    ask()
    assert mail.outbox == []


def test_the_link_leads_to_the_address_of_the_installation_whatever_host_was_asked(thandi: User) -> None:
    ask(host="localhost")
    assert mailed_link()


def test_a_weak_password_is_refused_at_the_field(thandi: User) -> None:
    ask()
    client = Client()
    page = client.get(mailed_link(), follow=True)
    reply = client.post(page.request["PATH_INFO"], {"new_password1": "12345", "new_password2": "12345"})
    assert "too short" in reply.content.decode()
    thandi.refresh_from_db()
    assert thandi.check_password(PASSWORD)


def test_the_link_stands_in_no_log(thandi: User, caplog: pytest.LogCaptureFixture) -> None:
    ask()
    link = mailed_link()
    with caplog.at_level(logging.DEBUG):
        Client().get(link)
    assert "password/reset/<uidb64>/<token>/" in caplog.text
    assert link.split("/")[-2] not in caplog.text


def test_a_new_password_lets_somebody_in_who_guessed_too_often(thandi: User, settings: Any) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        locked = Client().post("/sign-in/", {"username": "thandi", "password": "wrong"})
    assert locked.status_code == 429
    ask()
    client = Client()
    page = client.get(mailed_link(), follow=True)
    client.post(page.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})
    assert client.post("/sign-in/", {"username": "thandi", "password": NEW}).status_code == 302


def test_where_no_mail_leaves_there_is_no_link_to_ask_for(thandi: User, settings: Any) -> None:
    assert "by mail" in Client().get("/sign-in/").content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "by mail" not in Client().get("/sign-in/").content.decode()
    assert ask().status_code == 404


def test_a_mailbox_is_not_filled_by_asking_again(thandi: User) -> None:
    for _ in range(3):
        assert "Look into your mail" in ask().content.decode()
    assert len(mail.outbox) == 1


def test_a_mail_server_that_refuses_is_told_to_the_admins_without_the_address(
    thandi: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert "Look into your mail" in ask().content.decode()
    assert "could not be mailed (ConnectionRefusedError)" in caplog.text
    assert "thandi" not in caplog.text
