"""Stand in for a package that needs a compiler: see pymicro_vad beside this."""


class AudioProcessor:
    """Exist."""
