"""Logging identities in at BEX. The password is used for the two calls and kept nowhere."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts import trail
from accounts.gateway import anonymous_client
from accounts.models import Identity, User
from accounts.shipping_accounts import resume_after_login
from bexapi import Login

log = logging.getLogger(__name__)
NOTED_EVERY = timedelta(minutes=1)


def log_in(*, label: str, username: str, password: str, by: User | str, endpoint: str = "") -> Identity:
    """Fetches both tokens and keeps them, sealed; a known user name at that endpoint is renewed, a new one is added.

    Raises the errors of `bexapi`, accounts.secrets.SecretUnreadable. A login may end the token that was used before.
    """
    endpoint = endpoint or settings.BEX_API_URL
    client = anonymous_client(endpoint)
    main = client.login(username, password)
    alternate = client.login(username, password, prefer_alternate_token=True)
    with transaction.atomic():
        known = Identity.objects.filter(endpoint=endpoint, username=username).first()
        identity = known or Identity(label=label, username=username, endpoint=endpoint)
        _keep(identity, main, alternate)
        trail.record(by, "identity.renewed" if known else "identity.added", identity)
        resumed = resume_after_login(identity, by)
    log.info("identity %s logged in at BEX; %s accounts go on", identity.pk, resumed)
    return identity


def _keep(identity: Identity, main: Login, alternate: Login) -> None:
    identity.keep_tokens(token=main.token, alternate_token=alternate.token)
    identity.identity_number = main.identity_number
    identity.is_strong_password = main.is_strong_password
    identity.is_email_verified = main.is_email_verified
    identity.email = main.email
    identity.logged_in_at = identity.last_good_call_at = timezone.now()
    identity.last_refusal = ""
    identity.documents_refused_at, identity.documents_refusal_shown = None, False
    identity.paused_at = None
    identity.paused_reason = ""
    identity.archived_at = None
    identity.save()


def record_refusal(identity: Identity, words: str) -> None:
    """BEX's own words, for the admins' page."""
    Identity.objects.filter(pk=identity.pk).update(last_refused_at=timezone.now(), last_refusal=words)


def record_good_call(identity: Identity) -> None:
    """To the minute: most calls write nothing."""
    now = timezone.now()
    news = Q(last_good_call_at=None) | Q(last_good_call_at__lt=now - NOTED_EVERY)
    news |= Q(last_refused_at__gte=F("last_good_call_at"))
    Identity.objects.filter(news, pk=identity.pk).update(last_good_call_at=now)


@transaction.atomic
def record_documents_refused(identity: Identity, words: str, *, shown: bool) -> None:
    """Its alternate token has ended, as far as can be told; `shown`: BEX refuses what it gave before. Until a document
    comes, or somebody logs it in.
    """
    record_refusal(identity, words)
    this = Identity.objects.filter(pk=identity.pk)
    if this.filter(documents_refused_at=None).update(
        documents_refused_at=timezone.now(), documents_refusal_shown=shown
    ):
        trail.record("documents", "identity.documents-refused", identity, shown=shown)
    elif shown:
        this.update(documents_refusal_shown=True)


@transaction.atomic
def record_documents_given(identity: Identity) -> None:
    refused = Identity.objects.filter(pk=identity.pk, documents_refused_at__isnull=False)
    if refused.update(documents_refused_at=None, documents_refusal_shown=False):
        trail.record("documents", "identity.documents-given", identity)
    record_good_call(identity)


@transaction.atomic
def archive(identity: Identity, by: User | str) -> bool:
    """Nothing is sent under it any more; what was booked stays. False where it was archived already."""
    done = Identity.objects.in_use().filter(pk=identity.pk).update(archived_at=timezone.now())
    if done:
        trail.record(by, "identity.archived", identity)
    return bool(done)


@transaction.atomic
def bring_back(identity: Identity, by: User | str) -> bool:
    done = Identity.objects.filter(pk=identity.pk, archived_at__isnull=False).update(archived_at=None)
    if done:
        trail.record(by, "identity.brought-back", identity)
    return bool(done)
