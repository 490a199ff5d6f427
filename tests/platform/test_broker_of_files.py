"""The broker without a server: many publishers, many readers, every message once and whole."""

import multiprocessing
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from bexportal import broker as broker_of_files

MESSAGES = 150
PUBLISHERS = 3


def connection(folder: Path) -> Connection:
    broker_of_files.register()  # also in a process of its own
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.01,
    }
    return Connection("files://localhost", transport_options=options)


def publish(folder: Path, who: int) -> None:
    with connection(folder) as broker, broker.SimpleQueue("bell") as queue:
        for number in range(MESSAGES):
            queue.put({"who": who, "number": number, "padding": "x" * 20_000})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "control").mkdir()
    return tmp_path


def test_a_message_is_read_whole_however_soon_it_is_read(folder: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    publishers = [spawn.Process(target=publish, args=(folder, who)) for who in range(PUBLISHERS)]
    for publisher in publishers:
        publisher.start()
    read: list[Any] = []
    with connection(folder) as broker, broker.SimpleQueue("bell") as queue:
        while len(read) < PUBLISHERS * MESSAGES:
            try:
                message = queue.get(timeout=0.2)
            except Empty:
                assert any(publisher.is_alive() for publisher in publishers), f"only {len(read)} came"
                continue
            read.append((message.payload["who"], message.payload["number"]))
            message.ack()
    for publisher in publishers:
        publisher.join()
    assert sorted(read) == [(who, number) for who in range(PUBLISHERS) for number in range(MESSAGES)]


def test_what_is_not_whole_yet_is_no_message(folder: Path) -> None:
    with connection(folder) as broker, broker.SimpleQueue("whistle") as queue:
        queue.put({"number": 1})
        [whole] = folder.glob("*.msg")
        whole.rename(whole.with_name(whole.name + ".half"))
        with pytest.raises(Empty):
            queue.get(timeout=0.1)
