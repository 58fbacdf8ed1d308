"""The parts of the cost benchmark: meters, homes, what to measure of them, and the report."""
