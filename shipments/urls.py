"""The routes of what is shipped; each module of views lists its own."""

from shipments.views import address_book, booking, documents, home, quotes, waybills

urlpatterns = [
    *home.urlpatterns,
    *quotes.urlpatterns,
    *address_book.urlpatterns,
    *waybills.urlpatterns,
    *documents.urlpatterns,
    *booking.urlpatterns,
]
