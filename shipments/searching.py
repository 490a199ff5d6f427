"""What is found by typing: one folded text for each waybill, and the same folding for what is typed."""

import unicodedata

from shipments.models import Waybill

LONGEST = Waybill._meta.get_field("search").max_length or 600
LETTERS_OF_THEIR_OWN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "\x00": " "})


def folded(text: str) -> str:
    """Small letters without accents, single spaces: `O'Brien  & Söhne` is found by `o'brien & sohne`."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
    return " ".join(bare.casefold().translate(LETTERS_OF_THEIR_OWN).replace("’", "'").split())


def search_text(waybill: Waybill) -> str:
    """Numbers, sender's reference, receiver, further references; for `Waybill.search`, cut to its length."""
    parts = [waybill.waybill_number, waybill.senders_ref]
    # A label of a waybill that was booked twice may carry either number.
    if not waybill._state.adding:  # noqa: SLF001 - documented by Django
        others = waybill.attempts.exclude(waybill_number__in=("", waybill.waybill_number))
        parts += others.values_list("waybill_number", flat=True)
    if waybill.receiver is not None:
        parts += [waybill.receiver.company, waybill.receiver.contact_name, waybill.receiver.suburb]
    parts += [str(reference) for reference in waybill.references]
    # One part a line, so that what is typed never matches across two of them.
    return "\n".join(text for text in map(folded, parts) if text)[:LONGEST]
