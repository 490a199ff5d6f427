"""One waybill, and everything that workers, people, kills, late answers and look-ups may do to it, in any order."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from accounts import gateway, leases
from accounts.models import Grant, Pace, ShippingAccount
from shipments import booking, evidence, journal, sending
from shipments.answers import Answer
from shipments.changing import attempts_of, wishes_of
from shipments.filtering import is_booked_twice
from shipments.models import Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState
from shipments.promise import LOOKED_UP_FOR, booking_state
from tests.booking.ledger import REFUSALS, WAYS, Killed, Ledger
from tests.making import make_waybill

TELEPHONED = {"spoke_to": "Lindiwe", "note": "what was said"}
Verb = Callable[..., Waybill]
RARELY = st.sampled_from([False] * 5 + [True])
OFTEN = st.sampled_from([True] * 5 + [False])


class OneWaybill(RuleBasedStateMachine):
    """Uses the account and the booker that the test made. Each run has a waybill and a courier of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.account = ShippingAccount.objects.get()
        self.by = Grant.objects.select_related("user").get().user
        assert self.by is not None
        self.bex = Ledger()
        self._seam = gateway.transport_in_use(self.bex)
        self._seam.__enter__()
        draft = make_waybill(self.account, self.by)
        self.pk: uuid.UUID = booking.ask(draft.pk, self.by, draft.version).pk
        self.known: set[str] = set()
        self.asked_again = 0

    # --- what a worker does ---------------------------------------------------------------------------------------
    @rule(way=st.sampled_from(WAYS))
    def a_worker_sends(self, way: str) -> None:
        self.bex.way = way
        Pace.objects.all().delete()  # however long a breaker was open: this is later
        Waybill.objects.filter(pk=self.pk).update(send_after=None)
        with suppress(Killed):
            sending.send(self.pk)

    @precondition(lambda self: self.bex.arrived)
    @rule()
    def the_lease_ends(self) -> None:
        past = {"lease_until": timezone.now() - timedelta(hours=1), "lease_until_tick": leases.tick() - 1}
        Submission.objects.filter(waybill=self.pk).update(**past)
        evidence.end_leases()

    @precondition(lambda self: self.bex.arrived)
    @rule(data=st.data())
    def an_answer_comes_late(self, data: st.DataObject) -> None:
        """A sender that was frozen after BEX had answered wakes up."""
        kept = data.draw(st.sampled_from(self.bex.arrived))
        attempt = Submission.objects.get(reference=kept.reference)
        refused = kept.way in REFUSALS or not kept.number
        sending.keep(attempt, Answer(Outcome.REFUSED, refusal="No.") if refused
                     else Answer(Outcome.BOOKED, waybill_number=kept.number))  # fmt: skip

    @precondition(lambda self: self.bex.arrived)
    @rule(data=st.data())
    def a_sender_died_after_its_line_in_the_journal(self, data: st.DataObject) -> None:
        kept = data.draw(st.sampled_from(self.bex.arrived))
        if kept.number and kept.way not in REFUSALS:
            attempt = Submission.objects.get(reference=kept.reference)
            journal.answered(str(attempt.pk), Outcome.BOOKED, waybill_number=kept.number, money={})

    @precondition(lambda self: self.bex.arrived)
    @rule(after=st.sampled_from([timedelta(minutes=2), timedelta(hours=2), timedelta(days=2)]), hidden=st.booleans())
    def attempts_are_looked_up(self, after: timedelta, hidden: bool) -> None:
        self.bex.hidden = hidden
        evidence.look_up_due(timezone.now() + after)

    # --- what people do -------------------------------------------------------------------------------------------
    @rule(verb=st.sampled_from([booking.ask, booking.ask, booking.take_back, booking.release]), stale=RARELY)
    def a_person_asks(self, verb: Verb, stale: bool) -> None:
        refused = self.waybill.booking_state == BookingState.REJECTED
        if self._decide(verb, stale=stale) and verb is booking.ask and refused:
            self.asked_again += 1

    @precondition(lambda self: self.is_in(BookingState.UNKNOWN, BookingState.SUBMITTING, BookingState.BOOKED))
    @rule(stale=RARELY, telephoned=OFTEN)
    def a_person_books_again(self, stale: bool, telephoned: bool) -> None:
        if self._decide(booking.book_again, stale=stale, **(TELEPHONED if telephoned else {})):
            self.asked_again += 1

    @precondition(lambda self: self.is_in(BookingState.UNKNOWN, BookingState.REJECTED))
    @rule(stale=RARELY, telephoned=OFTEN)
    def a_person_abandons(self, stale: bool, telephoned: bool) -> None:
        self._decide(booking.abandon, stale=stale, **(TELEPHONED if telephoned else {}))

    @precondition(lambda self: self.is_in(BookingState.ABANDONED))
    @rule()
    def a_person_asks_for_what_was_abandoned(self) -> None:
        assert not self._decide(booking.ask, stale=False)

    @precondition(lambda self: self.bex.numbers)
    @rule(data=st.data(), word=st.booleans())
    def a_person_enters_a_number(self, data: st.DataObject, word: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.bex.numbers)))
        with suppress(booking.NumberTaken, booking.NumberNotConfirmed):
            self._decide(booking.enter_number, stale=False, number=number, on_their_word=word, **TELEPHONED)

    @precondition(lambda self: self.is_in(BookingState.BOOKED))
    @rule(stale=OFTEN)
    def a_cancellation_is_recorded(self, stale: bool) -> None:
        self._decide(booking.record_cancellation, stale=stale, **TELEPHONED)

    def _decide(self, verb: Verb, *, stale: bool, **said: object) -> bool:
        version = self.waybill.version
        try:
            verb(self.pk, self.by, version - 1 if stale else version, **said)
        except (booking.Stale, booking.NotNow):
            assert self.waybill.version == version
            return False
        assert not stale
        return True

    # --- what always holds ----------------------------------------------------------------------------------------
    def is_in(self, *states: BookingState) -> bool:
        return self.waybill.booking_state in states

    @property
    def waybill(self) -> Waybill:
        return Waybill.objects.get(pk=self.pk)

    @invariant()
    def the_state_follows_from_attempts_and_wishes(self) -> None:
        waybill = self.waybill
        assert waybill.booking_state == booking_state(attempts_of(waybill), wishes_of(waybill))

    @invariant()
    def nothing_arrives_twice_and_what_arrived_is_known_here(self) -> None:
        references = [kept.reference for kept in self.bex.arrived]
        assert len(references) == len(set(references))
        rows = dict(Submission.objects.filter(waybill=self.pk).values_list("reference", "outcome"))
        assert all(rows[reference] != Outcome.NOT_SENT for reference in references)

    @invariant()
    def a_second_shipment_only_after_a_person_asked_for_it(self) -> None:
        assert len(self.bex.numbers) <= 1 + self.asked_again

    @invariant()
    def a_number_once_known_stays_known(self) -> None:
        told = set(Submission.objects.filter(waybill=self.pk).values_list("waybill_number", flat=True)) - {""}
        sure = {self.waybill.waybill_number} if self.waybill.number_confirmed else set()
        assert self.known <= told
        self.known |= sure - {""}

    @invariant()
    def a_booked_waybill_has_a_number_that_bex_knows(self) -> None:
        waybill = self.waybill
        if waybill.booking_state in {BookingState.BOOKED, BookingState.CANCELLED}:
            assert waybill.waybill_number in self.bex.numbers

    @invariant()
    def two_numbers_are_an_alarm(self) -> None:
        told = set(Submission.objects.filter(waybill=self.pk).values_list("waybill_number", flat=True)) - {""}
        if len(told) > 1 and self.waybill.booking_state == BookingState.BOOKED:
            assert Waybill.objects.filter(is_booked_twice(), pk=self.pk).exists()

    # --- and at the end -------------------------------------------------------------------------------------------
    def teardown(self) -> None:
        """With all leases over and everything shown by tracking, nothing that BEX keeps is unknown here."""
        try:
            self.the_lease_ends()
            self.bex.hidden = False
            self._look_up_to_the_end()
            for kept in self.bex.arrived:
                attempt = Submission.objects.get(reference=kept.reference)
                given_up = attempt.outcome == Outcome.REFUSED and attempt.look_ups_done >= 4  # a limit of the promise
                if kept.number and not given_up:
                    assert attempt.waybill_number, (kept, attempt.outcome, attempt.look_ups_done)
        finally:
            self._seam.__exit__(None, None, None)
            Submission.objects.filter(waybill=self.pk).update(next_look_up_at=None)
            for path in journal.directory().glob("*.journal"):
                path.unlink()

    def _look_up_to_the_end(self) -> None:
        end = timezone.now() + 2 * LOOKED_UP_FOR
        for _ in range(200):
            due = (
                Submission.objects.filter(waybill=self.pk, next_look_up_at__lt=end).order_by("next_look_up_at").first()
            )
            if due is None or due.next_look_up_at is None:
                return
            evidence.look_up_due(due.next_look_up_at)
        raise AssertionError("the look-ups have no end")
