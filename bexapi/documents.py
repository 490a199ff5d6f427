"""The printed side: an e-waybill and parcel labels as PDF. Both take the alternate token, in the body."""

from bexapi.answer import Answer, is_pdf

EWAYBILL_PATH = "/api/service/downloadewaybill"
LABELS_PATH = "/api/service/downloadparcellabels"

_TAIL = 2048  # the end mark stands in the last 1024 bytes, some writers pad


def read(answer: Answer) -> bytes | None:
    """The PDF; None when the answer is none, or not a whole one."""
    whole = is_pdf(answer.body) and b"%%EOF" in answer.body[-_TAIL:] and not answer.cut_short
    return answer.body if whole else None
