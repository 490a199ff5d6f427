"""PDFs as BEX sends them, and who asks for them."""

import io
from typing import Any, Protocol

from django.test import Client
from pypdf import PdfWriter

from accounts.models import User
from bexapi import WireResponse
from shipments.models import Waybill
from tests.courier import answer


class Make(Protocol):
    def __call__(self, number: str = "", **more: Any) -> Waybill: ...


def pdf(pages: int = 1) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(width=286, height=425)
    writer.write(out)
    return out.getvalue()


def pdf_answer(pages: int = 1) -> WireResponse:
    return answer(pdf(pages), content_type="application/pdf")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmailBackend")
    return client
