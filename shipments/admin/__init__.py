from shipments.admin import lists, number_series

__all__ = ["lists", "number_series"]
