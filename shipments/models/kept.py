"""Rows that are a record: added, never changed, never deleted."""

from typing import Any, NoReturn

from django.db import models


class Kept(TypeError):
    """The program tried to rewrite its own history."""


class NeverDeleted(models.QuerySet[Any]):
    def delete(self) -> NoReturn:
        raise Kept(f"{self.model.__name__} rows are never deleted")


class RecordQuerySet(models.QuerySet[Any]):
    def update(self, **values: Any) -> NoReturn:
        raise Kept(f"{self.model.__name__} rows are never changed")

    def delete(self) -> NoReturn:
        raise Kept(f"{self.model.__name__} rows are never deleted")


class Record(models.Model):
    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Kept(f"{type(self).__name__} rows are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Kept(f"{type(self).__name__} rows are never deleted")
