"""What tracking costs: calls, CPU for what is unchanged, many at once, a week of looking, a state worked out anew."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.courier import ROOT
from benchmarks.portal import Portal, portals

LATENCY, WIDE = 0.1, 16


def run(unchanged: int, due: int, week: int) -> Iterator[str]:
    with _stand_in(0) as courier, portals(courier) as found:
        for portal in found:
            yield from _unchanged(portal, unchanged)
        yield _week(found[0], week)
        yield _anew(found[0])
    with _stand_in(LATENCY) as courier, portals(courier) as found:
        for portal in found:
            yield _many_at_once(portal, due)


def _inside(portal: Portal, what: str, many: int) -> dict[str, float]:
    told: dict[str, float] = json.loads(portal.run("-m", "benchmarks.inside_tracking", what, str(many)))
    return told


def _unchanged(portal: Portal, many: int) -> Iterator[str]:
    told = _inside(portal, "unchanged", many)
    full = -(-many // 10)
    yield (
        f"tracking calls, {portal.name}: {told['calls'] / full:.2f} times ceil(N/10) for {many} due (goal: 1.00), "
        f"{told['queries']:.2f} queries for each (goal: 4)"
    )
    ours, least, barest = (told[name] * 1000 for name in ("ours", "least", "barest"))
    yield (
        f"a parcel without news, {portal.name}: {ours / least:.2f} times the CPU of a bare loop with the same client, "
        f"{ours:.3f} ms against {least:.3f} ms (goal: 2, 0.4 ms); {ours / barest:.1f} times one of http.client, "
        f"{barest:.3f} ms"
    )


def _many_at_once(portal: Portal, due: int) -> str:
    env = {**portal.env, "BEX_CONCURRENCY": str(WIDE), "TRACKING_CONCURRENCY": str(WIDE)}
    wide = Portal(portal.name, env)
    told = _inside(wide, "many", due)
    ideal = due / 10 * LATENCY / WIDE
    return (
        f"{due} due parcels, {portal.name}: {told['seconds'] / ideal:.2f} times the ideal, {told['seconds']:.1f} s "
        f"against {ideal:.1f} s at {LATENCY * 1000:.0f} ms, {told['most']:.0f} wide of {WIDE} (goal: 1.2)"
    )


def _week(portal: Portal, many: int) -> str:
    told = _inside(portal, "week", many)
    return (
        f"a week of {many} parcels: 1/{told['every_half_hour'] / told['calls']:.1f} of the calls of asking each half "
        f"hour, {told['calls']:.0f} against {told['every_half_hour']:.0f} (goal: 1/5); out for delivery known for "
        f"{told['age'] / 60:.1f} min on average against {told['age_every_half_hour'] / 60:.1f} min"
    )


def _anew(portal: Portal) -> str:
    told = _inside(portal, "anew", 10_000)
    each = ", ".join(f"{int(many)}: {seconds / int(many) * 1e6:.0f} µs" for many, seconds in told.items())
    growth = (told["10000"] / 10_000) / (told["100"] / 100)
    return (
        f"a state worked out anew, for each of so many events: {each}; {growth:.2f} times from 100 to 10000 (linear: 1)"
    )


@contextmanager
def _stand_in(seconds: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.stand_in", str(seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().rpartition(" ")[2]
        finally:
            process.terminate()
