"""The one list of what needs a person: it follows its causes, and keeps what people say about them."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, ShippingAccount, User
from accounts.shipping_accounts import pause, resume
from bexapi.notifications import UpdateTold
from shipments import reweighing
from shipments.answers import Answer, store
from shipments.attention import cases, handling, telling
from shipments.attention.kinds import Kind, all_kinds, kind_of
from shipments.models import AttentionMark, NumberSeries, Price, SendingHold, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState, HoldReason
from tests.cast import grant, make_user
from tests.waybills.papers import Make, signed_in

pytestmark = pytest.mark.django_db
PAGE = reverse("attention")


def words(client: Client, address: str = PAGE) -> str:
    main = client.get(address).content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main))).replace("\N{NO-BREAK SPACE}", " ")


def kinds_seen(user: User, **more: Any) -> list[str]:
    return [group.kind.code for group in cases.groups(user, timezone.now(), **more)]


def attempt(waybill: Waybill, number: int = 1, **more: Any) -> Submission:
    values: dict[str, Any] = {
        "waybill": waybill, "number": number, "outcome": "lost", "reference": f"R{number}{waybill.pk.hex[:16]}",
        "waybill_version": 1, "account": waybill.account, "identity": waybill.account.identity,
        "endpoint": waybill.endpoint, "payload": {}, "lease_until": timezone.now(), "lease_boot_id": "x",
        "lease_until_tick": 1.0,
    }  # fmt: skip
    return Submission.objects.create(**{**values, **more})


def press(client: Client, kind: str, waybill: Waybill | None = None, **said: str) -> str:
    data = {"kind": kind, "key": str(waybill.pk) if waybill else said.pop("key"), **said}
    return client.post(reverse("attention-act"), data, follow=True).content.decode()


# --- what is in it ---------------------------------------------------------------------------------------------------
AGO = timedelta(hours=2)
WAYBILLS: dict[str, dict[str, Any]] = {
    "unknown": {"booking_state": BookingState.UNKNOWN},
    "held": {"booking_state": BookingState.HELD, "hold_reason": HoldReason.GRANT_ENDED},
    "price_moved": {"booking_state": BookingState.HELD, "hold_reason": HoldReason.PRICE_ROSE},
    "rejected": {"booking_state": BookingState.REJECTED},
    "stuck": {"booking_state": BookingState.QUEUED, "asked_at": -AGO},
    "unconfirmed": {"number": "ACP1", "number_confirmed": False, "booked_at": -timedelta(days=2)},
    "late": {"number": "ACP1", "promised_by": -AGO},
    "attempt_failed": {"number": "ACP1", "transit_state": "attempt_failed"},
    "booked_dearer": {"number": "ACP1", "price_difference": Decimal("12.50")},
    "reweighed_dearer": {"number": "ACP1", "reweighed_by": Decimal("20.70")},
    "cancelled_moves": {
        "number": "ACP1", "booking_state": BookingState.CANCELLED, "cancelled_at": -AGO, "last_event_at": -AGO / 2,
        "transit_state": "in_transit",
    },
}  # fmt: skip


def in_need(make: Make, code: str) -> Waybill:
    values: dict[str, Any] = {
        name: timezone.now() + value if isinstance(value, timedelta) else value
        for name, value in WAYBILLS[code].items()
    }
    values.setdefault("promised_by", None)
    return make(values.pop("number", ""), **values)


@pytest.mark.parametrize("code", WAYBILLS)
def test_each_cause_makes_its_case_and_takes_it_away(make: Make, booker: User, as_booker: Client, code: str) -> None:
    waybill = in_need(make, code)
    assert kinds_seen(booker) == [code]
    kind = kind_of(code)
    assert kind is not None
    assert kind.title in words(as_booker)
    assert kind.title in words(as_booker, reverse("home"))
    Waybill.objects.filter(pk=waybill.pk).update(booking_state=BookingState.DRAFT)
    assert kinds_seen(booker) == []
    assert "Nothing needs a person" in words(as_booker)


def test_two_numbers_stay_until_somebody_settles_them(make: Make, booker: User, as_booker: Client) -> None:
    waybill = make("ACP1", promised_by=None)
    attempt(waybill, 1, outcome="booked", waybill_number="ACP1")
    store(attempt(waybill, 2).pk, Answer(Outcome.BOOKED, waybill_number="ACP2"))
    assert kinds_seen(booker) == ["booked_twice"]
    assert "ACP2" in words(as_booker)
    assert "Say what was done about it" in press(as_booker, "booked_twice", waybill, do="settle")
    assert kinds_seen(booker) == ["booked_twice"]
    press(as_booker, "booked_twice", waybill, do="settle", note="Zanele at BEX cancelled ACP2")
    assert kinds_seen(booker) == []
    assert kinds_seen(booker, view="snoozed") == []


def test_what_goes_by_itself_is_not_settled_by_hand(make: Make, booker: User, as_booker: Client) -> None:
    waybill = in_need(make, "unknown")
    assert "goes by itself" in press(as_booker, "unknown", waybill, do="settle", note="done")
    assert kinds_seen(booker) == ["unknown"]


def test_a_rise_within_the_accounts_tolerance_is_nobodys_case(
    make: Make, account: ShippingAccount, booker: User
) -> None:
    ShippingAccount.objects.filter(pk=account.pk).update(price_tolerance_percent=5)
    make("ACP1", promised_by=None, consented_total=Decimal(200), price_difference=Decimal(10))
    assert kinds_seen(booker) == []
    make("ACP2", promised_by=None, consented_total=Decimal(200), price_difference=Decimal("10.01"))
    assert kinds_seen(booker) == ["booked_dearer"]


def test_who_may_see_no_prices_is_told_no_sum(make: Make, priceless_booker: User, as_booker: Client) -> None:
    make("ACP1", promised_by=None, price_difference=Decimal("12.50"))
    assert "12.50" in words(as_booker)
    assert "Booked dearer" in words(signed_in(priceless_booker))
    assert "12.50" not in words(signed_in(priceless_booker))


def test_what_is_dearer_by_what_the_account_tolerates_after_weighing_needs_nobody(
    make: Make, account: ShippingAccount, booker: User
) -> None:
    account.price_tolerance_percent = Decimal(5)
    account.save()
    make("ACP1", promised_by=None, consented_total=Decimal(200), reweighed_by=Decimal(10))
    make("ACP2", promised_by=None, reweighed_by=Decimal(-10))
    assert kinds_seen(booker) == []
    make("ACP3", promised_by=None, consented_total=Decimal(200), reweighed_by=Decimal("10.01"))
    assert kinds_seen(booker) == ["reweighed_dearer"]


def test_who_may_see_no_prices_is_not_told_by_how_much_it_was_re_weighed_dearer(
    make: Make, priceless_booker: User, as_booker: Client
) -> None:
    make("ACP1", promised_by=None, reweighed_by=Decimal("20.70"))
    assert "20.70" in words(as_booker)
    assert "Re-weighed dearer" in words(signed_in(priceless_booker))
    assert "20.70" not in words(signed_in(priceless_booker))


def test_a_settled_re_weighing_is_a_case_again_when_bex_asks_for_more(make: Make, booker: User) -> None:
    waybill = make("ACP1", promised_by=None)
    Price.objects.create(waybill=waybill, kind=Price.Kind.BOOKED, source="a", at=timezone.now(), total=Decimal(230))

    def weighed(total: str, source: str) -> None:
        told = UpdateTold("ONC", *(None,) * 9, total=Decimal(total), parcels=())
        reweighing.keep(waybill.pk, told, source=source, at=timezone.now())

    weighed("250.00", "n1")
    assert kinds_seen(booker) == ["reweighed_dearer"]
    handling.settle(booker, "reweighed_dearer", str(waybill.pk), "Naledi at BEX: it was wet.")
    weighed("250.00", "n2")
    assert kinds_seen(booker) == []
    weighed("260.00", "n3")
    assert kinds_seen(booker) == ["reweighed_dearer"]
    page = signed_in(booker).get(reverse("waybill", args=[waybill.pk])).content.decode()
    assert "Thandi Mokoena settled “Re-weighed dearer”" in page
    assert "Naledi at BEX: it was wet." in page


def test_accounts_that_stand_still_and_numbers_that_run_out_are_in_it(
    account: ShippingAccount, manager: User, admin: User, viewer: User
) -> None:
    pause(account, "BEX refused a trial quote under this account", "sending")
    NumberSeries.objects.create(account=account, prefix="RT", first=1, last=10, next=9, digits=6, warn_below=5)
    assert kinds_seen(manager) == ["account_paused", "numbers_low"]
    assert "2 waybill numbers are left" in words(signed_in(manager))
    assert [case.may_act for group in cases.groups(viewer, timezone.now()) for case in group.cases] == [False, False]
    account.identity.paused_at, account.identity.paused_reason = timezone.now(), "BEX refused it"
    account.identity.save()
    SendingHold.objects.create(reason="restored")
    assert kinds_seen(admin) == ["sending_on_hold", "token_refused", "account_paused", "numbers_low"]
    assert "token_refused" not in kinds_seen(manager)
    account.identity.paused_at = None
    account.identity.save()
    resume(account, admin)
    assert kinds_seen(manager) == ["numbers_low"]


def test_another_account_is_nobody_elses_business(
    make: Make, booker: User, as_stranger: Client, stranger: User
) -> None:
    waybill = in_need(make, "unknown")
    assert kinds_seen(stranger) == []
    assert "gone by now" in press(as_stranger, "unknown", waybill, do="take")
    assert not AttentionMark.objects.exists()


def test_a_kind_has_a_condition_or_finds_matters() -> None:
    from shipments.attention.kinds import register

    with pytest.raises(ValueError, match="either"):
        register(Kind("odd", "Odd", "alert"))
    assert len({kind.code for kind in all_kinds()}) == len(all_kinds())


# --- what people say about it ----------------------------------------------------------------------------------------
def test_it_is_taken_noted_and_let_go(make: Make, booker: User, as_booker: Client, manager: User) -> None:
    waybill = in_need(make, "unknown")
    assert "It is yours now." in press(as_booker, "unknown", waybill, do="take")
    press(as_booker, "unknown", waybill, do="note", note="Called BEX, they look")
    seen = words(signed_in(manager))
    assert "Thandi Mokoena has it" in seen
    assert "“Called BEX, they look” Thandi Mokoena" in seen
    assert "You have it" in words(as_booker)
    assert kinds_seen(booker, view="mine") == ["unknown"]
    assert kinds_seen(manager, view="mine") == []
    assert kinds_seen(manager, view="nobodys") == []
    assert "Somebody else was first" in press(signed_in(manager), "unknown", waybill, do="let_go")
    press(as_booker, "unknown", waybill, do="let_go")
    assert kinds_seen(manager, view="nobodys") == ["unknown"]


def test_a_note_that_is_too_long_is_refused_in_words(make: Make, as_booker: Client) -> None:
    waybill = in_need(make, "held")
    assert "at most 500" in press(as_booker, "held", waybill, do="note", note="x" * 501)


def test_snoozed_it_comes_back_in_time_if_its_cause_is_still_there(make: Make, booker: User, as_booker: Client) -> None:
    waybill = in_need(make, "held")
    press(as_booker, "held", waybill, do="snooze", until="hour")
    assert kinds_seen(booker) == []
    assert kinds_seen(booker, view="snoozed") == ["held"]
    assert "Snoozed until" in words(as_booker, f"{PAGE}?view=snoozed")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert kinds_seen(booker) == ["held"]
    press(as_booker, "held", waybill, do="wake")
    assert kinds_seen(booker) == ["held"]


@pytest.mark.parametrize(
    ("choice", "comes_back"),
    [("tomorrow", "2026-11-28 07:00"), ("monday", "2026-11-30 07:00"), ("hour", "2026-11-27 16:00")],
)
def test_a_snooze_ends_in_the_morning(choice: str, comes_back: str) -> None:
    with time_machine.travel("2026-11-27T15:00:00+02:00", tick=False):
        until = handling.SNOOZES[choice][1](timezone.now())
    assert f"{timezone.localtime(until):%Y-%m-%d %H:%M}" == comes_back


def test_who_may_only_look_is_offered_nothing(make: Make, viewer: User) -> None:
    waybill = in_need(make, "unknown")
    client = signed_in(viewer)
    assert "Outcome unknown" in words(client)
    assert 'value="take"' not in client.get(PAGE).content.decode()
    press(client, "unknown", waybill, do="take")
    assert not AttentionMark.objects.exists()


def test_a_click_on_a_case_that_is_gone_changes_nothing(make: Make, as_booker: Client) -> None:
    waybill = in_need(make, "unknown")
    Waybill.objects.filter(pk=waybill.pk).update(booking_state=BookingState.BOOKED)
    for kind, key in (("unknown", str(waybill.pk)), ("unknown", "rubbish"), ("nonsense", str(waybill.pk))):
        assert "gone by now" in press(as_booker, kind, key=key, do="take")
    assert "not known" in press(as_booker, "unknown", waybill, do="explode")
    assert not AttentionMark.objects.exists()


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_it_leads_back_to_pages_of_this_portal_only(make: Make, as_booker: Client, back: str) -> None:
    waybill = in_need(make, "unknown")
    data = {"kind": "unknown", "key": str(waybill.pk), "do": "take", "back": back}
    assert as_booker.post(reverse("attention-act"), data).headers["Location"] == PAGE


def test_a_long_kind_has_pages(make: Make, as_booker: Client, booker: User) -> None:
    made = [in_need(make, "held") for _ in range(cases.ON_A_PAGE + 3)]
    assert "3 more" in words(as_booker)
    seen, after = [], ""
    for _ in range(2):
        [group] = cases.groups(booker, timezone.now(), kind="held", after=after)
        seen += [case.waybill for case in group.cases]
        after = group.older
    assert after == ""
    assert {waybill.pk for waybill in seen if waybill} == {waybill.pk for waybill in made}
    assert "3 of 53" in words(as_booker, f"{PAGE}?kind=held&after={made[3].pk.hex}")


def test_an_unknown_view_is_no_page(as_booker: Client) -> None:
    assert as_booker.get(f"{PAGE}?view=rubbish").status_code == 404
    assert as_booker.get(f"{PAGE}?kind=rubbish").status_code == 404
    assert as_booker.get(f"{PAGE}?kind=held&after=rubbish").status_code == 200


def test_its_queries_do_not_grow_with_its_cases(
    make: Make, as_booker: Client, booker: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def add() -> None:
        for code in ("unknown", "held", "late"):
            waybill = (
                make(f"ACP{Waybill.objects.count()}", promised_by=timezone.now() - AGO)
                if code == "late"
                else (in_need(make, code))
            )
            handling.note(booker, code, str(waybill.pk), "seen")

    add()
    with django_assert_max_num_queries(40) as few:
        as_booker.get(PAGE)
    for _ in range(5):
        add()
    with django_assert_max_num_queries(40) as many:
        as_booker.get(PAGE)
    assert len(many) == len(few)


# --- who is told -----------------------------------------------------------------------------------------------------
def run(minutes: float = 0) -> list[str]:
    """What beat rings for, so many minutes from now; the addresses that were mailed by it."""
    before = len(mail.outbox)
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
        telling.notice(timezone.now())
        telling.tell(timezone.now())
    return sorted(letter.to[0] for letter in mail.outbox[before:])


def test_who_may_act_is_mailed_once_and_nobody_else(make: Make, booker: User, viewer: User, stranger: User) -> None:
    waybill = in_need(make, "unknown")
    assert run() == []  # it may mend itself
    assert run(3) == []  # the first look comes at most every five minutes
    assert run(6) == ["thandi@rooibok.example"]
    letter = mail.outbox[-1]
    assert letter.subject == "1 thing needs a person"
    assert f"http://127.0.0.1:8000/waybills/{waybill.pk}/" in letter.body
    assert "Outcome unknown" in letter.body
    assert run(12) == []


def test_no_name_and_no_address_is_in_a_mail(make: Make, booker: User) -> None:
    waybill = in_need(make, "rejected")
    run(), run(6)
    assert waybill.receiver is not None
    for personal in (waybill.receiver.company, waybill.receiver.contact_name, waybill.receiver.street):
        assert personal not in mail.outbox[-1].body


def test_what_mended_itself_or_is_snoozed_is_not_mailed(make: Make, booker: User, as_booker: Client) -> None:
    mended, snoozed = in_need(make, "unknown"), in_need(make, "held")
    run()
    Waybill.objects.filter(pk=mended.pk).update(booking_state=BookingState.DRAFT)
    press(as_booker, "held", snoozed, do="snooze", until="hour")
    assert run(6) == []
    assert AttentionMark.objects.filter(closed_at=None).count() == 1


def test_the_same_cause_again_is_told_again(make: Make, booker: User) -> None:
    waybill = in_need(make, "unknown")
    run(), run(6)
    Waybill.objects.filter(pk=waybill.pk).update(booking_state=BookingState.BOOKED)
    run(12)
    Waybill.objects.filter(pk=waybill.pk).update(booking_state=BookingState.UNKNOWN)
    run(18)
    assert run(24) == ["thandi@rooibok.example"]


def test_a_mail_that_failed_is_sent_later(make: Make, booker: User, settings: Any) -> None:
    in_need(make, "unknown")
    run()
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        9,
    )
    assert run(6) == []
    settings.EMAIL_BACKEND = working
    assert run(8) == []
    assert run(17) == ["thandi@rooibok.example"]


def test_a_digest_comes_in_the_morning_with_all_that_is_open(make: Make, booker: User, as_booker: Client) -> None:
    with time_machine.travel("2026-11-27T15:00:00+02:00", tick=False):
        as_booker.force_login(booker, backend="accounts.backends.NameOrEmailBackend")
        as_booker.post(reverse("attention-mail"), {"attention_mail": "digest"})
        in_need(make, "unknown"), in_need(make, "held")
        assert run() == run(10) == []
    with time_machine.travel("2026-11-28T07:01:00+02:00", tick=False):
        assert run() == ["thandi@rooibok.example"]
        assert mail.outbox[-1].subject == "2 things need a person"
        assert run(10) == []
    with time_machine.travel("2026-11-29T07:01:00+02:00", tick=False):
        assert run() == ["thandi@rooibok.example"]


def test_who_wants_no_mail_gets_none(make: Make, booker: User, as_booker: Client, account: ShippingAccount) -> None:
    as_booker.post(reverse("attention-mail"), {"attention_mail": "never"})
    gone = make_user("gone", is_active=False)
    grant(gone, account, Role.BOOKER)
    in_need(make, "unknown")
    run()
    assert run(6) == []
    assert (
        "Nothing was changed"
        in as_booker.post(reverse("attention-mail"), {"attention_mail": "x"}, follow=True).content.decode()
    )


def test_admins_are_told_of_what_only_they_may_do(account: ShippingAccount, admin: User, booker: User) -> None:
    SendingHold.objects.create(reason="restored")
    pause(account, "BEX refused a trial quote under this account", "sending")
    run()
    assert run(6) == ["nomsa@rooibok.example"]
    assert "All sending stands still" in mail.outbox[-1].body


# --- how it is said --------------------------------------------------------------------------------------------------
def test_the_list_says_of_each_kind_what_ends_its_cases(make: Make, as_booker: Client) -> None:
    make(**WAYBILLS["unknown"])
    assert "1 thing. It goes by itself when its cause is gone. All" in words(as_booker)
    make("ACP00000002", booked_twice=True)
    text = words(as_booker)
    assert "2 things. Each goes by itself when its cause is gone; where there is “Settled”, when somebody says" in text
    twice = words(as_booker, f"{PAGE}?kind=booked_twice")
    assert "1 thing. It stays until somebody says that it is settled." in twice
    assert "goes by itself" not in twice
