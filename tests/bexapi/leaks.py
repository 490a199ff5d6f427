"""Every text that an error, a value or a log can show, for tests that look for planted secrets in them."""

import io
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass

from bexapi import BexClient, BexError, BexRejected, Login
from tests.bexapi.cast import ALTERNATE, PASSWORD, TOKEN

PLANTED = (TOKEN, ALTERNATE, PASSWORD)


def outcome(operation: Callable[[BexClient], object], client: BexClient) -> object:
    """The reply, or the error that was raised."""
    try:
        return operation(client)
    except BexError as error:
        return error


def texts_of(value: object) -> Iterator[str]:
    """Whatever of it can come to be read by somebody."""
    if isinstance(value, BaseException):
        yield from _of_error(value)
    else:
        yield repr(value)
        yield from _of_fields(value)


def _of_error(error: BaseException) -> Iterator[str]:
    yield f"{error!s} {error!r} {error.args!r} {vars(error)!r}"
    yield from frames(error)
    if isinstance(error, BexError):
        yield f"{error.reason} {error.raw}"
        yield pickle.dumps(error).decode("latin-1")
        yield pickle.dumps(error, protocol=0).decode("raw_unicode_escape")
    if isinstance(error, BexRejected):
        yield error.message
    for inner in (error.__cause__, error.__context__):
        if inner is not None:
            yield from _of_error(inner)


def frames(error: BaseException) -> Iterator[str]:
    """The lines of its traceback and the variables in it; a test's own frames may hold what it planted."""
    for frame in traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), capture_locals=True):
        if "/tests/" not in frame.filename:
            yield f"{frame.line} {frame.locals!r}"


def _of_fields(value: object) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _of_fields(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if not (isinstance(value, Login) and field.name == "token"):
                yield from _of_fields(getattr(value, field.name))
    elif isinstance(value, str):
        yield value


@contextmanager
def everything_logged() -> Iterator[Callable[[], str]]:
    """What all libraries log meanwhile, at the finest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(exc_info)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream.getvalue
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
