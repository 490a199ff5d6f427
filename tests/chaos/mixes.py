"""Which troubles come, how often, and who is there meanwhile: `all`, and one mix aimed at each guard."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FAULTS = (
    "cut_connect", "cut_before", "cut_after", "cut_body", "hang_before", "hang_after", "slow", "drip", "status", "html",
    "truncated", "empty", "nothing", "ex", "ex_after_commit", "ex_beside",
)  # fmt: skip
TROUBLES = (
    "kill -9 worker", "database stopped", "clocks jump", "worker frozen past its lease", "tracking delayed",
    "broker stopped", "kill -9 web", "token ended", "kill -9 beat",
)  # fmt: skip


@dataclass(frozen=True)
class Mix:
    """Times in seconds. `lasts`: for how long bookings are asked for, at least. `courier`: the sandbox's settings."""

    faults: tuple[str, ...] = FAULTS
    calls: tuple[str, ...] = ("submit",) * 7 + ("track",) * 2 + ("quote",)
    fault_every: tuple[float, float] = (2.0, 5.0)
    """So many bookings between two faults: with more, BEX would hardly be asked any more."""
    troubles: tuple[str, ...] = TROUBLES
    trouble_every: tuple[float, float] = (4.0, 8.0)
    lasts: float = 125.0
    settles_within: float = 120.0
    deadline: float = 4.0
    freeze: float | None = None
    staff: bool = True
    second_tabs: float = 0.2
    courier: Mapping[str, object] = field(default_factory=dict)


MIXES = {
    "all": Mix(settles_within=300.0),
    # A sender that was killed leaves a claim that only its lease ends.
    "kills": Mix(
        faults=("hang_after", "hang_before"), fault_every=(1.0, 2.5), troubles=("kill -9 worker",), lasts=45.0,
    ),
    # A sender that stands still for less than its lease: nobody may take its claim for over.
    "pauses": Mix(
        faults=(), troubles=("worker frozen",), trouble_every=(1.0, 2.0), lasts=75.0, deadline=25.0, freeze=16.0,
    ),
    # Refused, booked all the same, not to be found for long: who presses a stale button must not be heard.
    "stale buttons": Mix(
        faults=("ex_after_commit",), calls=("submit",), fault_every=(0.2, 0.4), troubles=(), lasts=30.0, staff=False,
        second_tabs=1.0, courier={"tracking_delay_seconds": 600},
    ),
    # Frozen between its claim and its first byte, until it was decided to book again.
    "late senders": Mix(faults=(), troubles=("worker frozen past its lease",), trouble_every=(1.0, 2.0), lasts=130.0),
    # Every call is answered, so that nothing may stay unknown; BEX cannot be searched by reference.
    "answers that cannot be stored": Mix(
        faults=(), troubles=("database stopped",), lasts=60.0, staff=False,
        courier={"search_additional_references": False},
    ),
}  # fmt: skip
