"""`make demo`: everything in one terminal."""
