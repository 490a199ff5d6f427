"""What the portal costs, measured against the least that it could cost."""
