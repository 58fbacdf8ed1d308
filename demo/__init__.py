"""A real Home Assistant with the integration and a simulated household in it."""
