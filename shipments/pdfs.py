"""PDFs of BEX's, as bytes."""

import io

from pypdf import PdfReader, PdfWriter
from pypdf.errors import DependencyError, PyPdfError

# What pypdf raises for bytes that only begin like a PDF.
UNREADABLE = (PyPdfError, DependencyError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


def pages_of(data: bytes) -> int:
    """0 where it is damaged."""
    try:
        return len(PdfReader(io.BytesIO(data)).pages)
    except UNREADABLE:
        return 0


def joined(pdfs: list[bytes]) -> bytes:
    """One after the other; nothing of nothing."""
    if len(pdfs) < 2:
        return pdfs[0] if pdfs else b""
    writer, out = PdfWriter(), io.BytesIO()
    for pdf in pdfs:
        writer.append(io.BytesIO(pdf), import_outline=False)
    writer.write(out)
    return out.getvalue()
