"""Writing the trail. The caller's transaction carries the entry, so that it stands or falls with the change."""

from typing import Any

from django.db.models import Model

from accounts.models import TrailEntry, User
from bexportal.logs import current_request_id


def record(actor: User | str, action: str, subject: Model | None = None, **detail: Any) -> TrailEntry:
    """One line. `actor`: a person, or the name of the command or task. No secret and no personal value in `detail`."""
    return TrailEntry.objects.create(
        actor=actor if isinstance(actor, User) else None,
        actor_text=str(actor)[:150],
        action=action,
        object_type=subject._meta.label_lower if subject else "",
        object_id=str(subject.pk) if subject else "",
        object_text=str(subject)[:200] if subject else "",
        detail=detail,
        request_id=current_request_id(),
    )
