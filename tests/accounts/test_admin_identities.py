"""Admins log identities in; the password is forgotten and no token reaches a page."""

from django.test import Client
from django.urls import reverse

from accounts.models import Identity, ShippingAccount, TrailEntry, User
from bexapi import NotSent
from tests.accounts.conftest import ALTERNATE, MAIN, PASSWORD, logged_in
from tests.cast import ALTERNATE_TOKEN, TOKEN
from tests.courier import ScriptedBex, refusal

ADD = "/admin/accounts/identity/add/"
NEW = {"label": "Head office", "username": "head@rooibok.example", "password": PASSWORD}


def log_in_address(identity: Identity) -> str:
    return reverse("admin:accounts_identity_log_in", args=[identity.pk])


def test_adding_an_identity_logs_it_in_and_keeps_both_tokens(as_admin: Client, bex_logs_in: ScriptedBex) -> None:
    page = as_admin.post(ADD, NEW, follow=True)
    identity = Identity.objects.get()
    assert (identity.token(), identity.alternate_token()) == (MAIN, ALTERNATE)
    assert "both tokens are kept. Password: strong. E-mail address: verified." in page.content.decode()
    entry = TrailEntry.objects.get(action="identity.added")
    assert (entry.actor_text, entry.object_text) == ("nomsa", "Head office")


def test_a_weak_password_and_an_unverified_address_are_said_in_words(as_admin: Client, bex: ScriptedBex) -> None:
    bex.on("login", logged_in(strong=False, verified=False))
    page = as_admin.post(ADD, NEW, follow=True).content.decode()
    assert "choose a stronger one" in page
    assert "until it is, nothing can be booked" in page
    listed = as_admin.get(reverse("admin:accounts_identity_changelist")).content.decode()
    assert "weak: change it at BEX" in listed
    assert "not verified: blocks booking" in listed


def test_a_refusal_stands_at_the_password_in_bex_words_and_the_rest_stays_typed(
    as_admin: Client, bex: ScriptedBex
) -> None:
    bex.on("login", refusal("Incorrect username or <password>."))
    reply = as_admin.post(ADD, NEW)
    page = reply.content.decode()
    assert reply.status_code == 422
    assert "Incorrect username or &lt;password&gt;." in page
    assert 'value="head@rooibok.example"' in page
    assert PASSWORD not in page
    assert not Identity.objects.exists()


def test_an_unreachable_bex_keeps_nothing_and_says_so(as_admin: Client, bex: ScriptedBex) -> None:
    bex.on("login", NotSent("no route"))
    page = as_admin.post(ADD, NEW)
    assert page.status_code == 422
    assert "Nothing was kept" in page.content.decode()
    assert not Identity.objects.exists()


def test_an_empty_form_asks_bex_nothing(as_admin: Client, bex_logs_in: ScriptedBex) -> None:
    page = as_admin.post(ADD, {})
    assert page.status_code == 422
    assert "Type the password of this identity at BEX." in page.content.decode()
    assert not bex_logs_in.requests


def test_a_label_of_another_identity_is_refused_before_bex_is_asked(
    as_admin: Client, bex_logs_in: ScriptedBex, identity: Identity
) -> None:
    page = as_admin.post(ADD, {**NEW, "label": identity.label})
    assert "Another identity is called that" in page.content.decode()
    assert not bex_logs_in.requests


def test_logging_in_again_renews_the_tokens_and_lifts_the_pause_of_its_accounts(
    as_admin: Client, bex_logs_in: ScriptedBex, account: ShippingAccount
) -> None:
    ShippingAccount.objects.update(
        state=ShippingAccount.State.PAUSED, paused_reason="BEX refused a trial quote under this account"
    )
    as_admin.post(log_in_address(account.identity), {"password": PASSWORD})
    identity = Identity.objects.get()
    account.refresh_from_db()
    assert (identity.token(), account.state) == (MAIN, "active")
    assert bex_logs_in.sent("login")[0]["username"] == identity.username


def test_a_refused_renewal_is_remembered_for_the_admins(as_admin: Client, bex: ScriptedBex, identity: Identity) -> None:
    bex.on("login", refusal("The password has ended."))
    as_admin.post(log_in_address(identity), {"password": PASSWORD})
    identity.refresh_from_db()
    assert identity.last_refusal == "The password has ended."
    assert identity.token() == TOKEN


def test_the_action_leads_one_identity_to_its_log_in_form(as_admin: Client, identity: Identity) -> None:
    chosen = {"action": "log_in_again", "_selected_action": [str(identity.pk)]}
    reply = as_admin.post(reverse("admin:accounts_identity_changelist"), chosen)
    assert reply.headers["Location"] == log_in_address(identity)


def test_archived_identities_cannot_log_in_until_they_are_brought_back(as_admin: Client, identity: Identity) -> None:
    listed = reverse("admin:accounts_identity_changelist")
    as_admin.post(listed, {"action": "archive", "_selected_action": [str(identity.pk)]})
    assert as_admin.get(log_in_address(identity)).status_code == 404
    as_admin.post(listed, {"action": "bring_back", "_selected_action": [str(identity.pk)]})
    assert as_admin.get(log_in_address(identity)).status_code == 200
    actions = list(TrailEntry.objects.values_list("action", flat=True))
    assert actions == ["identity.brought-back", "identity.archived"]


def test_an_address_that_is_no_id_is_not_found(as_admin: Client) -> None:
    assert as_admin.get("/admin/accounts/identity/nonsense/log-in/").status_code == 404


def test_no_page_of_an_identity_holds_a_token_or_its_sealed_form(
    as_admin: Client, identity: Identity, admin: User
) -> None:
    for address in (
        reverse("admin:accounts_identity_changelist"),
        reverse("admin:accounts_identity_change", args=[identity.pk]),
        reverse("admin:accounts_identity_history", args=[identity.pk]),
        log_in_address(identity),
    ):
        page = as_admin.get(address)
        assert page.status_code == 200
        for secret in (TOKEN, ALTERNATE_TOKEN, identity.sealed_token, identity.sealed_alternate_token):
            assert secret not in page.content.decode()


def test_the_log_in_is_for_superusers_only(booker: User, identity: Identity, bex_logs_in: ScriptedBex) -> None:
    User.objects.filter(pk=booker.pk).update(is_staff=True)
    client = Client()
    client.force_login(booker, backend="accounts.backends.NameOrEmailBackend")
    for address in (ADD, log_in_address(identity)):
        assert client.post(address, NEW, follow=True).status_code == 403
        assert Client().post(address, NEW).headers["Location"].startswith("/sign-in/")
    assert not bex_logs_in.requests
