"""The example of the documentation runs as it stands."""

import contextlib
import io
from pathlib import Path

from tests.courier import Courier

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bexapi.md"


def test_the_first_example_prints_prices(courier: Courier) -> None:
    code = PAGE.read_text().split("```python\n")[1].split("```")[0]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(code.replace("http://127.0.0.1:8001", courier.url), {})
    assert ": R " in said.getvalue()
