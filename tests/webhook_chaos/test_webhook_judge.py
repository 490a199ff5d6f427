"""The judge of the storm sees what is lost, doubled and forged; the storm owes each fact and spoils some requests."""

from collections import Counter

import pytest

from tests.webhook_chaos.judge import judge
from tests.webhook_chaos.storm import FACTS_PER_PARCEL, parcels_for, signature, storm
from tests.webhooks.courier import PUBLISHED_BODY, PUBLISHED_SECRET, PUBLISHED_SIGNATURE

SECRET = "s" * 64
ANSWERS = Counter({"200": 3})


def test_all_is_well() -> None:
    verdict = judge(["a", "b"], {"a": 1, "b": 1}, [], ANSWERS, 0)
    assert (verdict.passed, verdict.owed, verdict.once) == (True, 2, 2)


@pytest.mark.parametrize(
    ("held", "never", "taken", "words"),
    [
        ({"a": 1}, [], 0, "lost 1"),
        ({"a": 1, "b": 2}, [], 0, "doubled 1"),
        ({"a": 1, "b": 1}, ["c"], 0, "forged 1"),
        ({"a": 1, "b": 1}, [], 2, "forged 2"),
    ],
)
def test_what_is_wrong_is_seen(held: dict[str, int], never: list[str], taken: int, words: str) -> None:
    verdict = judge(["a", "b"], held, never, ANSWERS, taken)
    assert not verdict.passed
    assert words in str(verdict)


def test_nothing_owed_proves_nothing() -> None:
    assert not judge([], {}, [], Counter(), 0).passed


def test_the_storms_own_way_of_signing_is_the_published_one() -> None:
    assert signature(PUBLISHED_SECRET, PUBLISHED_BODY) == PUBLISHED_SIGNATURE


def test_a_storm_tells_nearly_every_fact_and_spoils_some() -> None:
    requests = list(storm(2000, SECRET, seed=1))
    assert len(requests) == 2000
    spoiled = [one for one in requests if one.refused]
    assert 150 < len(spoiled) < 500
    assert all(not one.owed and signature(SECRET, one.body) != one.signature for one in spoiled)
    owed = {name for one in requests for name in one.owed}
    assert len(owed) >= 0.98 * parcels_for(2000) * FACTS_PER_PARCEL
    assert [one.body for one in storm(50, SECRET, seed=1)] == [one.body for one in storm(50, SECRET, seed=1)]
