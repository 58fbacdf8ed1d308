"""Stand in for a package that needs a compiler; the demo listens to no microphone.

Home Assistant imports voice control to describe its actions, which the frontend cannot do without.
"""


class MicroVad:
    """Exist."""
