from tracking.models.journeys import Event, Observation
from tracking.models.looking import LookRule
from tracking.models.words import Wording

__all__ = ["Event", "LookRule", "Observation", "Wording"]
