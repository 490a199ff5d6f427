"""The routes of what is shipped; each module of views lists its own."""

from shipments.views import address_book, attention, booking, documents, held, home, live, quotes, waybills

urlpatterns = [
    *home.urlpatterns,
    *live.urlpatterns,
    *attention.urlpatterns,
    *quotes.urlpatterns,
    *address_book.urlpatterns,
    *waybills.urlpatterns,
    *held.urlpatterns,
    *documents.urlpatterns,
    *booking.urlpatterns,
]
