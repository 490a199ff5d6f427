"""The broker without a server: kombu's file transport, whose messages are seen whole or not at all.

Kombu's own opens a message's file under its name before it writes it; a worker that looks in between reads nothing,
loses the message and dies of it.
"""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME = "files"


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]  # as kombu's own
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        whole = Path(self.data_folder_out) / name
        half = whole.with_name(name + ".half")
        try:
            half.write_text(dumps(payload), encoding="utf-8")
            half.rename(whole)
        except OSError as error:
            raise ChannelError(f"Cannot add file {whole} to the broker's directory") from error


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Makes `files://localhost` a broker's URL."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
