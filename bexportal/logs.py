"""Logs: JSON or readable lines, each with the request id, which reaches tasks and calls to BEX."""

import logging
from collections.abc import MutableMapping
from typing import Any

import sentry_sdk
import structlog


def current_request_id() -> str:
    """The id of the request or task that runs now, '' outside of both."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def begin_request(request_id: str) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    if sentry_sdk.is_initialized():
        sentry_sdk.set_tag("request_id", request_id)


def end_request() -> None:
    structlog.contextvars.clear_contextvars()


def is_news(record: logging.LogRecord) -> bool:
    """Whoever asks for readiness reads the answer; each "not yet" is no error of ours."""
    return getattr(getattr(record, "request", None), "path", "") != "/readyz"


def without_rows(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """PostgreSQL's DETAIL lines quote the row that was refused: names and addresses of people."""
    if "DETAIL:" in str(event.get("exception", "")):
        lines = str(event["exception"]).splitlines()
        event["exception"] = "\n".join(line for line in lines if not line.startswith("DETAIL:"))
    return event


def logging_config(log_format: str) -> dict[str, Any]:
    """Django's LOGGING. `log_format`: json or readable."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.processors.format_exc_info,
        without_rows,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "portal": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
            }
        },
        "filters": {"news": {"()": lambda: is_news}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "portal"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"filters": ["news"]},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "axes": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            # Bells that ring every few seconds; what was done about them says so itself.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
