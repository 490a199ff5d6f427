from shipments.models.attempts import Decision, Learnt, LookUp, Submission
from shipments.models.attention import AttentionMark
from shipments.models.canaries import Canary
from shipments.models.documents import Document, Printing
from shipments.models.idempotency import IdempotencyKey
from shipments.models.money import Money, Price
from shipments.models.number_series import NumberSeries
from shipments.models.places import AddressBookEntry, ParcelPreset, Place
from shipments.models.quotes import Quote, QuoteLine, QuoteOption
from shipments.models.reweighing import ReweighedParcel, Reweighing
from shipments.models.sending_state import JournalMark, SendingHold
from shipments.models.waybills import Parcel, Waybill

__all__ = [
    "AddressBookEntry",
    "AttentionMark",
    "Canary",
    "Decision",
    "Document",
    "IdempotencyKey",
    "JournalMark",
    "Learnt",
    "LookUp",
    "Money",
    "NumberSeries",
    "Parcel",
    "ParcelPreset",
    "Place",
    "Price",
    "Printing",
    "Quote",
    "QuoteLine",
    "QuoteOption",
    "ReweighedParcel",
    "Reweighing",
    "SendingHold",
    "Submission",
    "Waybill",
]
