"""The example of the documentation runs as it stands."""

import contextlib
import io
from pathlib import Path

from tests.courier import Courier

PAGE = Path(__file__).resolve().parents[2] / "bexapi" / "README.md"


def test_the_examples_run(courier: Courier) -> None:
    examples = [part.split("```")[0] for part in PAGE.read_text().split("```python\n")[1:]]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec("\n".join(examples).replace("http://127.0.0.1:8001", courier.url), {})
    assert "Identity 19696 has a token" in said.getvalue()
    assert "OVERNIGHT COURIER" in said.getvalue()
