"""What the portal's template tags draw."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone

from bexportal.templatetags import _states

ROOT = Path(__file__).resolve().parents[2]


def draw(source: str, **context: object) -> str:
    html = Template("{% load portal %}" + source).render(Context(context))
    return re.sub(r"\s+", " ", html.replace("\u00a0", " ")).strip()


class ParcelForm(forms.Form):
    weight_kg = forms.DecimalField(label="Weight", help_text="On the scale.", error_messages={"required": "Weigh it."})
    fragile = forms.BooleanField(label="Fragile", required=False)
    day = forms.ChoiceField(label="Day", choices=[("m", "Monday"), ("s", "Saturday")], widget=forms.RadioSelect)


def test_an_icon_is_hidden_from_screen_readers_and_comes_from_the_sprite() -> None:
    html = draw('{% icon "van" %}')
    assert html.startswith('<svg class="i" aria-hidden="true"><use href="')
    assert re.search(r'icons(\.\w+)?\.svg#van"/></svg>$', html)


def test_every_icon_that_a_template_or_a_state_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', (ROOT / "static" / "icons.svg").read_text()))
    named = {state.icon for state in (*_states.BOOKING.values(), *_states.TRANSIT.values(), _states.LATE)}
    for path in (ROOT / "templates").rglob("*.html"):
        named |= set(re.findall(r"""{% icon ["'](\w+)["']""", path.read_text()))
    assert named - drawn == set()


def test_every_drawing_has_a_silhouette_of_its_own() -> None:
    shapes = re.findall(r"<symbol id=\"\w+\"[^>]*>(.*?)</symbol>", (ROOT / "static" / "icons.svg").read_text())
    assert len(shapes) == len(set(shapes)) > 40


def test_numbers_and_moments_are_filters() -> None:
    parcel = SimpleNamespace(length_cm=40, breadth_cm=30, height_cm=20)
    assert draw("{{ x|money }} {{ x|rand }} {{ x|signed_money }}", x=Decimal("1052.08")) == (
        "R 1 052.08 1 052.08 +R 1 052.08"
    )
    assert draw("{{ p|cm_size }}, {{ v|volume_m3 }}, {{ w|kg }}", p=parcel, v=24_000, w=Decimal("3.5")) == (
        "40 × 30 × 20 cm, 0.024 m³, 3.50 kg"
    )
    moment = datetime(2020, 1, 6, 10, tzinfo=UTC)
    assert draw("{{ t|day }} {{ t|clock }} {{ t|iso }}", t=moment) == "Mon 6 Jan 2020 12:00 2020-01-06T12:00:00+02:00"
    assert draw("{{ t|ago }}", t=timezone.now() - timedelta(minutes=3)) == "3 min ago"
    assert draw("{{ t|countdown }}", t=timezone.now() + timedelta(minutes=48, seconds=30)) == "48 min"
    assert draw("{{ t|promise }}", t=None) == "–"


def test_initials_come_from_the_name_or_from_the_user_name() -> None:
    thandi = SimpleNamespace(get_full_name=lambda: "Thandi Mokoena", get_username=lambda: "thandi")
    demo = SimpleNamespace(get_full_name=lambda: "", get_username=lambda: "demo")
    assert draw("{{ a|initials }} {{ b|initials }} {{ b|person }}", a=thandi, b=demo) == "TM DE demo"


class TestStates:
    def test_a_held_shipment_says_why(self) -> None:
        html = draw('{% booking_state "held" reason="approval" %}')
        assert 'class="state warn"' in html
        assert "#held" in html
        assert html.endswith("Held: approval</span>")

    def test_bex_s_own_words_are_shown_and_escaped(self) -> None:
        assert "Held &lt;at&gt; customs" in draw(
            "{% transit_state code words=w %}", code="exception", w="Held <at> customs"
        )

    def test_an_unknown_outcome_carries_the_hatching(self) -> None:
        assert 'class="state unsure big"' in draw('{% booking_state "unknown" big=True %}')

    @pytest.mark.parametrize(
        ("booking", "transit", "late", "words"),
        [
            ("queued", "", "", "Waiting to send"),
            ("booked", "", "", "No event yet"),
            ("booked", "in_transit", "", "On the way"),
            ("booked", "in_transit", "2 h 12 min", "Late"),
            ("booked", "delivered", "2 h 12 min", "Delivered"),
            ("booked", "awaiting_signee", "", "Delivered, signee awaited"),
            ("cancelled", "in_transit", "21 h", "Cancelled"),
        ],
    )
    def test_a_list_shows_one_state(self, booking: str, transit: str, late: str, words: str) -> None:
        html = draw("{% shipment_state b t late=late %}", b=booking, t=transit, late=late)
        assert f"{words}</span>" in html
        assert html.count('class="state') == 1
        assert ('<span class="sub nb">' in html) == (words == "Late")


class TestField:
    def test_hint_and_error_are_joined_to_the_control(self) -> None:
        html = draw('{% field form.weight_kg unit="kg" width="w4" %}', form=ParcelForm({}))
        assert '<div class="field w4">' in html
        assert 'aria-describedby="id_weight_kg_helptext id_weight_kg_error"' in html
        assert 'aria-invalid="true"' in html
        assert 'class="input num"' in html
        assert '<div class="hint" id="id_weight_kg_helptext">On the scale.</div>' in html
        assert "Weigh it.</p></div>" in html
        assert "<span>kg</span>" in html

    def test_a_good_field_claims_no_error(self) -> None:
        html = draw('{% field form.weight_kg hint="" %}', form=ParcelForm({"weight_kg": "3"}))
        assert "aria-invalid" not in html
        assert "aria-describedby" not in html
        assert 'value="3"' in html

    def test_other_keywords_become_attributes(self) -> None:
        html = draw('{% field form.weight_kg data_key="w" inputmode="decimal" %}', form=ParcelForm())
        assert 'data-key="w"' in html
        assert 'inputmode="decimal"' in html

    def test_a_checkbox_stands_before_its_words(self) -> None:
        html = draw("{% field form.fragile %}", form=ParcelForm())
        assert re.search(r'<label class="choice"><input type="checkbox"[^>]*><span>Fragile</span></label>', html)

    def test_radios_are_a_named_group_that_carries_its_error(self) -> None:
        html = draw("{% field form.day %}", form=ParcelForm({}))
        assert 'aria-describedby="id_day_error"' in html
        assert '<legend class="label">Day</legend>' in html
        assert html.count('type="radio"') == 2

    def test_a_completed_field_names_its_source(self) -> None:
        html = draw('{% field form.weight_kg combo="/places/" prefix="to_" %}', form=ParcelForm())
        assert 'class="field combo" data-combo data-url="/places/" data-prefix="to_"' in html


class TestErrorSummary:
    def test_nothing_is_drawn_without_errors(self) -> None:
        assert draw("{% error_summary form %}", form=ParcelForm()) == ""
        assert draw("{% error_summary form none %}", form=ParcelForm({"weight_kg": "1", "day": "m"}), none=None) == ""

    def test_it_counts_and_leads_to_each_field(self) -> None:
        html = draw("{% error_summary form %}", form=ParcelForm({}))
        assert 'role="alert"' in html
        assert "<h2>2 things to correct</h2>" in html
        assert '<a href="#id_weight_kg">Weight: Weigh it.</a>' in html
        assert '<a href="#id_day_0">Day: ' in html

    def test_lines_of_a_formset_are_numbered(self) -> None:
        lines = forms.formset_factory(ParcelForm)(
            {"p-TOTAL_FORMS": "2", "p-INITIAL_FORMS": "0", "p-0-day": "m", "p-0-weight_kg": "1", "p-1-day": "m"},
            prefix="p",
        )
        html = draw("{% error_summary lines %}", lines=lines)
        assert "<h2>1 thing to correct</h2>" in html
        assert '<a href="#id_p-1-weight_kg">Line 2, Weight: Weigh it.</a>' in html

    def test_what_was_typed_cannot_inject_markup(self) -> None:
        class Echo(forms.Form):
            place = forms.ChoiceField(choices=[("a", "A")])

        assert "<script>" not in draw("{% error_summary form %}", form=Echo({"place": "<script>"}))


@pytest.mark.parametrize(
    ("name", "wanted"), [("waybill-new", 'aria-current="true"'), ("waybills", 'aria-current="page"'), ("quotes", "")]
)
def test_the_bar_marks_where_one_is(name: str, wanted: str) -> None:
    request = SimpleNamespace(resolver_match=SimpleNamespace(url_name=name))
    assert draw('{% current "waybills" "waybill*" %}', request=request) == wanted
