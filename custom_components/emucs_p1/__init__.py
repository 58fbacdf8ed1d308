"""Belgian digital meter (P1)."""
