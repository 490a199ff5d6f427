from typing import Any

import pytest

from tests.metrics.reading import TOKEN


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
