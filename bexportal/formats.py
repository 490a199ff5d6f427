"""How the portal writes money, weights, sizes and moments.

Plain functions of plain values, without Django: templates use them through `bexportal.templatetags.portal`, Python code
imports them. What is not known (`None`) is an en dash. Money and weights are `Decimal` (or `int`), never `float`;
moments are aware and shown in South African Standard Time.
"""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

SAST = ZoneInfo("Africa/Johannesburg")
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"

Number = Decimal | int

# Written out: strftime follows the process's locale, and a page must not.
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _grouped(value: Number, places: int) -> str:
    """Digits in groups of three, without a sign."""
    rounded = abs(Decimal(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{rounded:,.{places}f}".replace(",", NBSP)


def rand(value: Number | None) -> str:
    """Rand and cents without the R, for columns headed "Rand": `1 052.08`."""
    if value is None:
        return NOTHING
    digits = _grouped(value, 2)
    return f"{MINUS}{digits}" if value < 0 and digits.strip("0.") else digits


def money(value: Number | None) -> str:
    """`R 1 052.08`; a negative sum is `−R 12.00`."""
    if value is None:
        return NOTHING
    text = rand(value)
    return f"{MINUS}R{NBSP}{text[1:]}" if text.startswith(MINUS) else f"R{NBSP}{text}"


def signed_money(value: Number | None) -> str:
    """A difference carries its sign: `+R 169.69`, `−R 12.00`; none is `R 0.00`."""
    text = money(value)
    return f"+{text}" if value is not None and value > 0 and rand(value).strip("0.") else text


def signed_rand(value: Number | None) -> str:
    """The same under a head "Rand": `+169.69`, `−12.00`, `0.00`."""
    return signed_money(value).replace(f"R{NBSP}", "")


def kg(value: Number | None) -> str:
    """A weight as typed or weighed: `18.00 kg`."""
    return NOTHING if value is None else f"{_grouped(value, 2)}{NBSP}kg"


def charged_kg(value: Number | None) -> str:
    """A weight as BEX charges it: `45 kg`, or `45.5 kg` where it is not whole."""
    if value is None:
        return NOTHING
    digits = _grouped(value, 2).rstrip("0").rstrip(".")
    return f"{digits}{NBSP}kg"


def cm_size(length_cm: Number | None, breadth_cm: Number | None, height_cm: Number | None) -> str:
    """`40 × 30 × 30.5 cm`, in the order length, breadth, height; no places that say nothing."""
    if length_cm is None or breadth_cm is None or height_cm is None:
        return NOTHING
    sides = (f"{Decimal(side):f}" for side in (length_cm, breadth_cm, height_cm))
    plain = (side.rstrip("0").rstrip(".") if "." in side else side for side in sides)
    return f"{NBSP}×{NBSP}".join(plain) + f"{NBSP}cm"


def volume_m3(volume_cm3: Number | None) -> str:
    """Cubic centimetres shown as cubic metres: 224000 is `0.224 m³`."""
    return NOTHING if volume_cm3 is None else f"{_grouped(Decimal(volume_cm3) / 1_000_000, 3)}{NBSP}m³"


def local(moment: datetime) -> datetime:
    """The same moment in South African Standard Time. A naive one raises ValueError: nobody knows when it was."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be shown")
    return moment.astimezone(SAST)


def local_date(when: date) -> date:
    return local(when).date() if isinstance(when, datetime) else when


def day(when: date | None, *, today: date) -> str:
    """`Fri 27 Nov`; the year follows only when it is not today's."""
    if when is None:
        return NOTHING
    on = local_date(when)
    year = "" if on.year == today.year else f"{NBSP}{on.year}"
    return f"{_WEEKDAYS[on.weekday()]}{NBSP}{on.day}{NBSP}{_MONTHS[on.month - 1]}{year}"


def clock(moment: datetime | None) -> str:
    """`14:12`."""
    return NOTHING if moment is None else f"{local(moment):%H:%M}"


def clock_s(moment: datetime | None) -> str:
    """`14:12:09`, for trails only."""
    return NOTHING if moment is None else f"{local(moment):%H:%M:%S}"


def moment(when: datetime | None, *, now: datetime) -> str:
    """`14:12` today, `Thu 26 Nov 14:31` on any other day."""
    if when is None:
        return NOTHING
    today = local(now).date()
    return clock(when) if local(when).date() == today else f"{day(when, today=today)}{NBSP}{clock(when)}"


def moment_s(when: datetime | None, *, now: datetime) -> str:
    """The same with seconds, for trails only: `14:12:09`, `Thu 26 Nov 14:31:00`."""
    return NOTHING if when is None else moment(when, now=now) + f":{local(when):%S}"


def promise(when: datetime | None, *, now: datetime) -> str:
    """`Mon 30 Nov by 12:00`, `Today by 12:00`."""
    if when is None:
        return NOTHING
    today = local(now).date()
    name = "Today" if local(when).date() == today else day(when, today=today)
    return f"{name} by{NBSP}{clock(when)}"


def span(length: timedelta) -> str:
    """A stretch of time in whole minutes: `48 min`, `1 h 48 min`, `21 h`, `2 d 20 h`. Less than a minute is `1 min`."""
    minutes = max(int(length.total_seconds() // 60), 1)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        parts = [f"{days}{NBSP}d", f"{hours}{NBSP}h" if hours else ""]
    elif hours:
        parts = [f"{hours}{NBSP}h", f"{minutes}{NBSP}min" if minutes else ""]
    else:
        parts = [f"{minutes}{NBSP}min"]
    return NBSP.join(part for part in parts if part)


def ago(when: datetime | None, *, now: datetime) -> str:
    """`just now`, `3 min ago`, `2 h 34 min ago`, `2 d 20 h ago`."""
    if when is None:
        return NOTHING
    passed = local(now) - local(when)
    return "just now" if passed < timedelta(minutes=1) else f"{span(passed)} ago"


def countdown(until: datetime | None, *, now: datetime) -> str:
    """What is left: `48 min`, `1 h 48 min`, `2 d 20 h`. Passed, or not known: the empty text."""
    if until is None or local(until) <= local(now):
        return ""
    return span(local(until) - local(now))
