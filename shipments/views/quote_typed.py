"""What stands in the form of the quote page: read, checked, compared with the quote that it was priced as."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.models import User
from shipments import places, quoting
from shipments.forms.quote import ENDS, LINE_FIELDS, LineFormSet, QuoteForm, lines_of
from shipments.models import Place, Quote
from shipments.quoting import End
from shipments.views import quote_prefill

# The section of the page that htmx replaces while one types.
OPTIONS = "options"


@dataclass(frozen=True)
class Typed:
    form: QuoteForm
    lines: Any

    def is_valid(self) -> bool:
        """Both are checked, so that all that is wrong is said at once."""
        return bool(self.form.is_valid() & self.lines.is_valid())

    def first_error(self) -> str:
        errors = [*self.form.errors.values(), *self.lines.non_form_errors()]
        errors += [words for line in self.lines.errors for words in line.values()]
        words = errors[0] if errors else ""
        return str(words if isinstance(words, str) else words[0])

    def doubts(self) -> list[str]:
        """What the list of places does not know. It only completes: BEX decides."""
        if not Place.objects.exists():
            return []
        found = [self._doubt(self.form.end(end)) for end in ENDS]
        return [words for words in found if words]

    def _doubt(self, place: End) -> str:
        where = f"{place.suburb} {place.post_code}"
        if not places.known(place.suburb, place.post_code):
            fitting = places.codes_of(place.suburb)
            hint = f" {place.suburb} has {', '.join(fitting)}." if fitting else ""
            return f"{where} is not in the list of places.{hint}"
        others = places.areas_beside(place.suburb, place.area, place.post_code) if place.area else []
        if not others or places.priced_before(self.form.user, place.suburb, place.area, place.post_code):
            return ""
        return f"The list of places has {where} in {' or '.join(others[:3])}, not in {place.area}."

    def price(self, by: User) -> Quote:
        """Asks BEX. Only of a valid form."""
        form = self.form
        return quoting.quote(
            account=form.cleaned_data["account"],
            by=by,
            dispatch_date=form.cleaned_data["dispatch_date"],
            origin=form.end("origin"),
            destination=form.end("destination"),
            lines=lines_of(self.lines),
            sender=form.address("origin"),
            receiver=form.address("destination"),
            starts_from=form.starts_from(),
        )


def read(request: HttpRequest, user: User) -> Typed:
    return Typed(QuoteForm(user, request.POST), LineFormSet(request.POST, prefix="parcels"))


def is_followed(request: HttpRequest) -> bool:
    """Whether the page asks by itself while somebody types."""
    return request.headers.get("HX-Target") == OPTIONS


def unfinished(words: str) -> HttpResponse:
    """Nothing to ask BEX yet: the page says what is missing and keeps the options that it shows."""
    reply = HttpResponse(status=204)
    reply["HX-Trigger"] = json.dumps({"quote:unfinished": words})
    return reply


def differs(request: HttpRequest, user: User, quote: Quote) -> bool:
    """Whether the form that came with a click says something else than the quote. A click without a form does not."""
    if "parcels-TOTAL_FORMS" not in request.POST:
        return False
    initial, rows = quote_prefill.of_quote(quote)
    lines = LineFormSet(request.POST, prefix="parcels")
    if QuoteForm(user, request.POST, initial=initial).has_changed() or not lines.is_valid():
        return True
    return lines_of(lines) != quoting.lines_of(quote) if rows else True


def kept(request: HttpRequest) -> dict[str, Any]:
    return {name: request.POST[name] for name in request.POST if name != "csrfmiddlewaretoken"}


def with_lines_changed(request: HttpRequest) -> Any:
    """Without script the two buttons of the lines post; everything typed stays."""
    posted = LineFormSet(request.POST, prefix="parcels")
    rows = [{name: form[name].value() for name in LINE_FIELDS} for form in posted.forms]
    if "add_line" in request.POST:
        rows.append({"pieces": 1})
    elif (index := request.POST["remove_line"]).isdecimal() and int(index) < len(rows) > 1:
        rows.pop(int(index))
    return LineFormSet(initial=rows, prefix="parcels")
