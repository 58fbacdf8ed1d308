"""What the panels on the roof deliver."""

from datetime import UTC, date, datetime, time
from math import cos, radians, sin, tau
from random import Random

from . import clock, weather

_PEAK_WATTS = 3300
_INVERTER_WATTS = 3000
_PERFORMANCE = 0.86
_LATITUDE = radians(51.0)
_LONGITUDE_SECONDS = 4.4 * 240
_ROOF_SLOPE = radians(35)
_DAY = 86_400
_TILT_OF_THE_EARTH = radians(23.44)
_EQUINOX = 81


def _clear_sky(day: date, grid: range) -> list[float]:
    """Return the watts a south-facing roof yields under a clear sky, per cell."""
    declination = _TILT_OF_THE_EARTH * sin(tau * (day.timetuple().tm_yday - _EQUINOX) / 365.25)
    rise_a, rise_b = (
        sin(declination) * sin(_LATITUDE),
        cos(declination) * cos(_LATITUDE),
    )
    # A slope to the south sees the sun as level ground so much nearer the equator.
    roof = _LATITUDE - _ROOF_SLOPE
    roof_a, roof_b = sin(declination) * sin(roof), cos(declination) * cos(roof)
    noon = datetime.combine(day, time(12), UTC).timestamp() - _LONGITUDE_SECONDS
    watts = []
    for second in grid:
        across = cos(tau * (second - noon) / _DAY)
        elevation = rise_a + rise_b * across
        if elevation <= 0:
            watts.append(0.0)
            continue
        incidence = max(0.0, roof_a + roof_b * across)
        haze = elevation / (elevation + 0.12)
        watts.append(_PEAK_WATTS * _PERFORMANCE * incidence * haze)
    return watts


def production(seed: int, day: date, grid: range) -> list[int]:
    """Return the watts the inverter delivers, per cell of the grid (unix seconds)."""
    sky = weather.sky(seed, day)
    chance = Random(f"{seed}:{day}:clouds")
    swap = {
        True: grid.step / (60 * sky.open_minutes),
        False: grid.step / (60 * sky.covered_minutes),
    }
    clear = chance.random() < sky.open_minutes / (sky.open_minutes + sky.covered_minutes)
    through = sky.open if clear else sky.covered
    watts = []
    for possible in _clear_sky(day, grid):
        if not possible:
            watts.append(0)
            continue
        if chance.random() < swap[clear]:
            clear = not clear
        # Clouds drift: the light follows the spell with a lag and never sits still.
        through += 0.5 * ((sky.open if clear else sky.covered) - through)
        flicker = 0.97 + 0.06 * chance.random()
        watts.append(min(_INVERTER_WATTS, int(possible * through * flicker)))
    return watts


def grid_of(day: date, step: int) -> range:
    """Return the cells, by their starts in unix seconds, that a local day is cut in."""
    return range(clock.start_of(day), clock.end_of(day), step)
