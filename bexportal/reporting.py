"""Errors and traces for Sentry, where SENTRY_DSN names one: what failed and where in the code, never about whom.

What leaves the house is put together anew from parts that are known to hold nothing personal and no secret. Left
behind are requests (headers, cookies, bodies, addresses), people, local variables, arguments of tasks and commands,
breadcrumbs, and the texts of exceptions and log lines, but for those of `bexapi`, which are made to be shown. The id
of the request leads to the log, which stays here.

A thread of Sentry's own sends, from a queue that is bounded: nobody waits for it, and no call to BEX knows of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.transport import Transport

from bexportal.middleware import ALWAYS_OPEN

Part = Mapping[str, Any]
COLLECTED: Any = {
    "user_info": False, "cookies": {"mode": "off"}, "http_headers": {"request": {"mode": "off"}}, "http_bodies": [],
    "url_query_params": {"mode": "off"}, "graphql": {"document": False, "variables": False},
    "gen_ai": {"inputs": False, "outputs": False}, "database_query_data": False, "queues": False,
    "stack_frame_variables": False,
}  # fmt: skip
"""What was `send_default_pii=False` in earlier versions, and all else that can be left out where it arises."""
KEPT = ("event_id", "type", "timestamp", "start_timestamp", "level", "logger", "platform", "release", "environment",
        "server_name", "sdk", "transaction_info", "fingerprint", "measurements")  # fmt: skip
FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app", "pre_context", "context_line",
         "post_context")  # fmt: skip
SPAN = ("trace_id", "span_id", "parent_span_id", "op", "origin", "status", "start_timestamp", "timestamp")
TAGS = ("request_id",)
TOLD_SPANS = ("db", "view.render", "template.render", "queue.task.celery", "queue.submit.celery")
"""Kinds of spans whose description is code of ours: SQL with its placeholders, names of views and templates."""
LOGGERS_WITH_TEMPLATES = ("bexportal", "accounts", "shipments", "tracking", "bexapi", "celery")
"""Their messages are constants, what is put into them is apart."""
NAMES_FROM_CODE = ("route", "task", "component", "view")
"""Sources of a transaction's name; another is an address as somebody typed it."""


def begin(transport: Transport | None = None) -> None:
    """Does nothing where no SENTRY_DSN is set. `transport`: for tests."""
    if not settings.SENTRY_DSN:
        return
    from bexportal import __version__

    ignore_logger("django.security.DisallowedHost")  # anybody may ask for any name, and many do
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        release=f"bexportal@{__version__}",
        transport=transport,
        data_collection=COLLECTED,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        spotlight=False,
        before_send=error,
        before_send_transaction=trace,
        traces_sampler=_share_of_traces if settings.SENTRY_TRACES_SAMPLE_RATE else None,
        # Those alone that are named: others would put headers of Sentry's into calls to BEX.
        default_integrations=False,
        auto_enabling_integrations=False,
        trace_propagation_targets=[],
        integrations=[
            DjangoIntegration(signals_spans=False),
            CeleryIntegration(),
            LoggingIntegration(level=None),
            ExcepthookIntegration(),
            DedupeIntegration(),
            AtexitIntegration(callback=lambda pending, timeout: None),
        ],
    )


def error(event: Any, hint: Any = None) -> Any:
    """An event as it may leave the house."""
    kept = _base(event)
    exceptions = event.get("exception", {}).get("values") or []
    if exceptions:
        kept["exception"] = {"values": [_exception(one) for one in exceptions]}
    if event.get("logentry"):
        kept["logentry"] = {"message": _message(event)}
    return kept


def trace(event: Any, hint: Any = None) -> Any:
    """A trace as it may leave the house."""
    return {**_base(event), "spans": [_span(one) for one in event.get("spans") or []]}


def _share_of_traces(context: Part) -> float:
    """A task follows the request that asked for it; what a stranger's headers ask for is not followed."""
    if "celery_job" in context and context.get("parent_sampled") is not None:
        return float(context["parent_sampled"])
    path = str((context.get("wsgi_environ") or {}).get("PATH_INFO", ""))
    return 0.0 if path.startswith(ALWAYS_OPEN) else float(settings.SENTRY_TRACES_SAMPLE_RATE)


def _some(of: Part, names: Iterable[str]) -> dict[str, Any]:
    return {name: of[name] for name in names if of.get(name) is not None}


def _base(event: Part) -> dict[str, Any]:
    from_code = (event.get("transaction_info") or {}).get("source") in NAMES_FROM_CODE
    return {
        **_some(event, KEPT),
        "transaction": event.get("transaction") if from_code else "(no page of ours)",
        "tags": _some(event.get("tags") or {}, TAGS),
        "contexts": {"trace": _some((event.get("contexts") or {}).get("trace") or {}, SPAN)},
    }


def _exception(one: Part) -> dict[str, Any]:
    kept = _some(one, ("type", "module"))
    if str(one.get("module", "")).partition(".")[0] == "bexapi":
        kept["value"] = one.get("value")
    kept["mechanism"] = _some(
        one.get("mechanism") or {}, ("type", "handled", "exception_id", "parent_id", "is_exception_group")
    )
    frames = (one.get("stacktrace") or {}).get("frames") or []
    kept["stacktrace"] = {"frames": [_some(frame, FRAME) for frame in frames]}
    return kept


def _message(event: Part) -> str:
    logger = str(event.get("logger", ""))
    if logger.partition(".")[0] in LOGGERS_WITH_TEMPLATES:
        return str(event["logentry"].get("message", ""))
    return f"a message of {logger}"


def _span(one: Part) -> dict[str, Any]:
    return _some(one, (*SPAN, "description") if one.get("op") in TOLD_SPANS else SPAN)
