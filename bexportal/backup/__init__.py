"""Backups: made, looked at, put back. The journal is in none of them: it is the witness of what came later."""
