"""What BEX needs of a waybill, said in words before anything is sent (bex-api 4.1)."""

import re
from datetime import date

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone

from bexportal.formats import SAST

POST_CODE = re.compile(r"\d{4}", re.ASCII)
LONGEST_AHEAD_DAYS = 30
SATURDAY = 5
SOUTH_AFRICA = 27
WAYBILL_NUMBER = r"^[0-9A-Za-z-]+$"
# Neither control characters nor marks that turn the direction of what follows: a label would read otherwise than what
# was sent.
_UNSEEN = r"\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
IN_ONE_LINE = rf"^[^\x00-\x1f{_UNSEEN}]*$"
IN_LINES = rf"^[^\x00-\x08\x0b\x0c\x0e-\x1f{_UNSEEN}]*$"
readable = RegexValidator(
    IN_LINES.removesuffix("$") + r"\Z", "There are characters in it that cannot be seen; write it anew."
)


def telephone(text: str, *, mobile: bool = False) -> str:
    """The number in BEX's national form, `0821234567`. Empty stays empty. Raises ValidationError."""
    text = text.strip()
    if not text:
        return ""
    what = "mobile" if mobile else "telephone number"
    try:
        number = phonenumbers.parse(text, "ZA")
    except phonenumbers.NumberParseException:
        raise ValidationError(f"This is no telephone number; a South African {what} has 10 digits.") from None
    short = number.country_code == SOUTH_AFRICA and len(str(number.national_number)) != 9
    if short or not phonenumbers.is_valid_number(number):
        digits = sum(letter.isdigit() for letter in text)
        raise ValidationError(f"{digits} digits; a South African {what} has 10, for instance 082 123 4567.")
    if mobile and phonenumbers.number_type(number) not in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    ):
        raise ValidationError("This is a landline; BEX sends its notices to a mobile. Write it under Telephone.")
    if number.country_code != SOUTH_AFRICA:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return national.replace(" ", "")


def post_code(text: str) -> str:
    text = text.strip()
    if text and not POST_CODE.fullmatch(text):
        raise ValidationError("4 digits, for instance 7600.")
    return text


def collection_date(day: date) -> date:
    today = timezone.localdate(timezone=SAST)
    if day < today:
        raise ValidationError("This day has passed; choose today or a later one.")
    if (day - today).days > LONGEST_AHEAD_DAYS:
        raise ValidationError(f"More than {LONGEST_AHEAD_DAYS} days ahead; choose an earlier day.")
    return day


def weekend_note(day: date) -> str:
    """A warning in words, '' on working days. BEX decides whether it collects."""
    if day.weekday() < SATURDAY:
        return ""
    name = "Saturday" if day.weekday() == SATURDAY else "Sunday"
    return f"{day.day} {day:%B} is a {name}. BEX may collect only on the next working day."
