"""The parts of the forecast benchmark: loads, their meters, rivals, scores and the report."""
