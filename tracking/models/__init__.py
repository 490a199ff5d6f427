from tracking.models.journeys import Event, Observation
from tracking.models.looking import LookRule
from tracking.models.notifications import Notification, WaybillNote
from tracking.models.webhooks import Delivery, Subscription
from tracking.models.words import Wording

__all__ = ["Delivery", "Event", "LookRule", "Notification", "Observation", "Subscription", "WaybillNote", "Wording"]
