"""One sandbox for all tests here, begun anew before each."""

from collections.abc import Iterator

import pytest

from tests.sandbox.harness import Box, Listener, running


@pytest.fixture(scope="session")
def one_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("sandbox")) as box:
        yield box


@pytest.fixture
def box(one_box: Box) -> Box:
    one_box.control("reset", {})
    return one_box


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()
