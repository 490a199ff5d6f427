from tracking.models.journeys import Event, Observation

__all__ = ["Event", "Observation"]
