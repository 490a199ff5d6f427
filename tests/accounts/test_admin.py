"""The admins' pages: who reaches them, and that each change leaves a trail."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import may
from accounts.models import Address, BusinessUnit, Grant, Role, ShippingAccount, TrailEntry, User

SENDER = {"sender_company": "Rooibok Trading", "sender_street": "12 Protea Road", "sender_suburb": "Sandton"}
NO_GRANTS = {"grants-TOTAL_FORMS": "0", "grants-INITIAL_FORMS": "0"}


def account_form(account: ShippingAccount, **more: str) -> dict[str, str]:
    plain = {"name": account.name, "identity": str(account.identity_id), "price_tolerance_percent": "0"}
    return {**plain, **NO_GRANTS, **more}


def change(account: ShippingAccount) -> str:
    return reverse("admin:accounts_shippingaccount_change", args=[account.pk])


def act(client: Client, account: ShippingAccount, action: str, **more: str) -> str:
    chosen = {"action": action, "_selected_action": [str(account.pk)], **more}
    return client.post(reverse("admin:accounts_shippingaccount_changelist"), chosen, follow=True).content.decode()


# --- the door --------------------------------------------------------------------------------------------------------
def test_whoever_is_not_signed_in_is_sent_to_the_portals_sign_in_and_back() -> None:
    for address in ("/admin/accounts/user/", "/admin/login/?next=/admin/accounts/user/"):
        assert Client().get(address).headers["Location"] == "/sign-in/?next=/admin/accounts/user/"


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_way_back_stays_in_the_portal(as_admin: Client, evil: str) -> None:
    assert as_admin.get("/admin/login/", {"next": evil}).headers["Location"] == "/admin/"
    assert "evil" not in Client().get("/admin/login/", {"next": evil}).headers["Location"]


@pytest.mark.parametrize("staff", [True, False])
def test_only_superusers_come_in(booker: User, staff: bool) -> None:
    User.objects.filter(pk=booker.pk).update(is_staff=staff)
    client = Client()
    client.force_login(booker, backend="accounts.backends.NameOrEmailBackend")
    assert client.get("/admin/", follow=True).status_code == 403


def test_every_list_and_form_opens(as_admin: Client, booker: User, account: ShippingAccount) -> None:
    Group.objects.create(name="Dispatch")
    BusinessUnit.objects.create(name="Inland")
    TrailEntry.objects.create(actor_text="test", action="test")
    listed = [
        name
        for app in as_admin.get("/admin/").context["app_list"]
        for model in app["models"]
        for name in [model["object_name"].lower(), model["admin_url"]]
        if name.startswith("/")
    ]
    assert len(listed) >= 7
    for address in listed:
        assert as_admin.get(address).status_code == 200
    for model, pk in (
        ("accounts_user", booker.pk),
        ("auth_group", Group.objects.get().pk),
        ("accounts_identity", account.identity_id),
        ("accounts_shippingaccount", account.pk),
        ("accounts_businessunit", BusinessUnit.objects.get().pk),
        ("accounts_grant", Grant.objects.get().pk),
        ("accounts_trailentry", TrailEntry.objects.get().pk),
    ):
        assert as_admin.get(reverse(f"admin:{model}_change", args=[pk])).status_code == 200


# --- people ----------------------------------------------------------------------------------------------------------
def new_person(**more: str) -> dict[str, str]:
    words = "four quiet words here"
    return {
        "username": "lerato", "email": "lerato@rooibok.example", "usable_password": "true",
        "password1": words, "password2": words, **more,
    }  # fmt: skip


def test_a_person_is_made_with_a_password_that_works(as_admin: Client) -> None:
    as_admin.post(reverse("admin:accounts_user_add"), new_person())
    assert Client().post("/sign-in/", {"username": "lerato", "password": "four quiet words here"}).status_code == 302
    entry = TrailEntry.objects.get(action="person.added")
    assert entry.object_text == "lerato"
    assert "four quiet words" not in str(entry.detail)


@pytest.mark.parametrize("taken", [{"username": "Thandi"}, {"email": "THANDI@rooibok.example"}])
def test_a_name_or_address_in_other_capitals_is_refused_at_the_form(
    as_admin: Client, booker: User, taken: dict[str, str]
) -> None:
    page = as_admin.post(reverse("admin:accounts_user_add"), new_person(**taken)).content.decode()
    assert "Somebody has this" in page or "already exists" in page
    assert not User.objects.filter(username__iexact="lerato").exists()


def test_a_new_password_is_in_the_trail_as_a_change_without_a_value(as_admin: Client, booker: User) -> None:
    new = "another four quiet words"
    address = reverse("admin:auth_user_password_change", args=[booker.pk])
    as_admin.post(address, {"usable_password": "true", "password1": new, "password2": new})
    booker.refresh_from_db()
    assert booker.check_password(new)
    entry = TrailEntry.objects.get(action="person.changed")
    assert new not in str(entry.detail)
    assert booker.password not in str(entry.detail)


def test_a_personal_value_is_told_as_changed_and_a_right_with_before_and_after(as_admin: Client, booker: User) -> None:
    form = {
        "username": "thandi", "email": "new-address@rooibok.example", "is_superuser": "on", "is_active": "on",
        **NO_GRANTS,
    }  # fmt: skip
    as_admin.post(reverse("admin:accounts_user_change", args=[booker.pk]), form)
    detail = str(TrailEntry.objects.get(action="person.changed").detail)
    assert "new-address" not in detail
    assert "'is_superuser': ['False', 'True']" in detail


def test_nobody_takes_the_last_key_from_himself(as_admin: Client, admin: User) -> None:
    as_admin.post(reverse("admin:accounts_user_change", args=[admin.pk]), {"username": "nomsa", **NO_GRANTS})
    as_admin.post(reverse("admin:accounts_user_delete", args=[admin.pk]), {"post": "yes"})
    admin.refresh_from_db()
    assert admin.is_superuser
    assert admin.is_active


# --- grants ----------------------------------------------------------------------------------------------------------
def test_a_grant_is_given_and_taken_on_the_accounts_page(
    as_admin: Client, account: ShippingAccount, stranger: User
) -> None:
    row = {"grants-TOTAL_FORMS": "1", "grants-0-user": str(stranger.pk), "grants-0-role": "booker"}
    as_admin.post(change(account), account_form(account, **row))
    assert may(stranger, account, "book")
    assert "Booker on Head office" in str(TrailEntry.objects.get(action="account.changed").detail)

    given = Grant.objects.get(user=stranger, account=account)
    row |= {"grants-INITIAL_FORMS": "1", "grants-0-id": str(given.pk), "grants-0-DELETE": "on"}
    as_admin.post(change(account), account_form(account, **row))
    assert not may(stranger, account)
    entries = TrailEntry.objects.filter(action="account.changed")
    assert [next(iter(entry.detail["changes"][-1])) for entry in entries] == ["deleted", "added"]


def test_a_grant_to_nobody_and_to_both_is_refused_in_words(
    as_admin: Client, account: ShippingAccount, stranger: User
) -> None:
    group = Group.objects.create(name="Dispatch")
    for who in ({}, {"user": str(stranger.pk), "group": str(group.pk)}):
        form = {"account": str(account.pk), "role": "booker", **who}
        page = as_admin.post(reverse("admin:accounts_grant_add"), form)
        assert "to a person or to a group: choose one of them" in page.content.decode()
    assert not Grant.objects.filter(account=account).exists()


def test_a_grant_deleted_in_the_list_is_in_the_trail(as_admin: Client, booker: User) -> None:
    given = Grant.objects.get()
    as_admin.post(reverse("admin:accounts_grant_delete", args=[given.pk]), {"post": "yes"})
    assert not Grant.objects.exists()
    assert TrailEntry.objects.get(action="grant.deleted").actor_text == "nomsa"


# --- shipping accounts -----------------------------------------------------------------------------------------------
def test_an_edited_default_sender_is_a_new_address_and_the_old_one_stays(
    as_admin: Client, account: ShippingAccount
) -> None:
    as_admin.post(change(account), account_form(account, **SENDER))
    account.refresh_from_db()
    first = account.default_sender
    assert first is not None
    as_admin.post(change(account), account_form(account, **{**SENDER, "sender_street": "14 Protea Road"}))
    account.refresh_from_db()
    assert account.default_sender is not None
    assert account.default_sender.street == "14 Protea Road"
    assert Address.objects.get(pk=first.pk).street == "12 Protea Road"
    assert "Protea" not in str(list(TrailEntry.objects.values_list("detail", flat=True)))


def test_an_unchanged_sender_keeps_its_row_and_an_emptied_one_is_taken_away(
    as_admin: Client, account: ShippingAccount
) -> None:
    as_admin.post(change(account), account_form(account, **SENDER))
    as_admin.post(change(account), account_form(account, **{**SENDER, "name": "Renamed"}))
    assert Address.objects.count() == 1
    as_admin.post(change(account), account_form(account))
    account.refresh_from_db()
    assert account.default_sender is None


def test_a_sender_without_a_suburb_is_refused_at_the_field(as_admin: Client, account: ShippingAccount) -> None:
    page = as_admin.post(change(account), account_form(account, sender_street="12 Protea Road")).content.decode()
    assert "A sender needs a suburb" in page
    assert "12 Protea Road" in page


def test_a_number_that_is_here_already_is_refused_at_the_field(as_admin: Client, account: ShippingAccount) -> None:
    page = as_admin.post(
        reverse("admin:accounts_shippingaccount_add"), account_form(account, number=account.number, name="Again")
    ).content.decode()
    assert "This account number is here already." in page
    assert ShippingAccount.objects.count() == 1


def test_a_pause_asks_for_its_reason_and_is_lifted_by_hand(as_admin: Client, account: ShippingAccount) -> None:
    assert "Say why" in act(as_admin, account, "pause")
    act(as_admin, account, "pause", reason="Invoice in dispute")
    account.refresh_from_db()
    assert (account.state, account.paused_reason) == ("paused", "Invoice in dispute")
    act(as_admin, account, "resume")
    account.refresh_from_db()
    assert (account.state, account.paused_reason) == ("active", "")
    assert set(TrailEntry.objects.values_list("action", flat=True)) == {"account.paused", "account.resumed"}


def test_archived_accounts_are_brought_back(as_admin: Client, account: ShippingAccount) -> None:
    act(as_admin, account, "archive")
    account.refresh_from_db()
    assert account.state == "archived"
    assert not account.may_send
    act(as_admin, account, "bring_back")
    account.refresh_from_db()
    assert account.may_send


def test_an_account_of_an_archived_identity_can_still_be_edited(as_admin: Client, account: ShippingAccount) -> None:
    type(account.identity).objects.update(archived_at="2030-01-01T00:00:00Z")
    as_admin.post(change(account), account_form(account, name="Renamed"))
    account.refresh_from_db()
    assert account.name == "Renamed"


# --- the trail -------------------------------------------------------------------------------------------------------
def test_the_trail_can_be_read_and_not_changed(as_admin: Client) -> None:
    entry = TrailEntry.objects.create(actor_text="test", action="something.done")
    page = reverse("admin:accounts_trailentry_change", args=[entry.pk])
    assert "something.done" in as_admin.get(page).content.decode()
    assert as_admin.post(page, {"action": "other"}).status_code == 403
    assert as_admin.post(reverse("admin:accounts_trailentry_delete", args=[entry.pk])).status_code == 403
    assert as_admin.get(reverse("admin:accounts_trailentry_add")).status_code == 403


def test_a_change_carries_the_request_it_was_made_in(as_admin: Client) -> None:
    reply = as_admin.post(reverse("admin:accounts_businessunit_add"), {"name": "Inland"})
    assert TrailEntry.objects.get(action="business-unit.added").request_id == reply.headers["X-Request-ID"]


def test_roles_are_offered_by_their_names(as_admin: Client, account: ShippingAccount) -> None:
    page = as_admin.get(change(account)).content.decode()
    assert all(label in page for label in Role.labels)


def test_a_grant_that_has_ended_already_is_refused(account: ShippingAccount, stranger: User) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(ValidationError, match="This day has passed"):
        Grant(account=account, user=stranger, role=Role.VIEWER, until=yesterday).full_clean()
    Grant(account=account, user=stranger, role=Role.VIEWER, until=timezone.localdate()).full_clean()
    ended = Grant.objects.create(account=account, user=stranger, role=Role.VIEWER, until=yesterday)
    ended.full_clean()
