from tracking.admin import pace, words

__all__ = ["pace", "words"]
