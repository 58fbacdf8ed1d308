"""What the panels on the roof deliver."""

from datetime import UTC, date, datetime, time
from math import acos, cos, radians, sin, tau
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
    daylight = acos(-rise_a / rise_b) * _DAY / tau
    watts = [0.0] * len(grid)
    # The cells of the night need no look; the sun itself settles those beside the day's ends.
    first = int(noon - daylight - grid.start) // grid.step - 1
    last = int(noon + daylight - grid.start) // grid.step + 2
    for cell in range(max(0, first), min(last, len(grid))):
        across = cos(tau * (grid[cell] - noon) / _DAY)
        elevation = rise_a + rise_b * across
        incidence = roof_a + roof_b * across
        if elevation > 0 and incidence > 0:
            haze = elevation / (elevation + 0.12)
            watts[cell] = _PEAK_WATTS * _PERFORMANCE * incidence * haze
    return watts


def production(seed: int, day: date, grid: range) -> list[int]:
    """Return the watts the inverter delivers, per cell of the grid (unix seconds)."""
    sky = weather.sky(seed, day)
    chance = Random(f"{seed}:{day}:clouds")
    random = chance.random
    until_covered, until_open = (
        grid.step / (60 * minutes) for minutes in (sky.open_minutes, sky.covered_minutes)
    )
    clear = random() < sky.open_minutes / (sky.open_minutes + sky.covered_minutes)
    through = sky.open if clear else sky.covered
    watts = []
    for possible in _clear_sky(day, grid):
        if not possible:
            watts.append(0)
            continue
        if random() < (until_covered if clear else until_open):
            clear = not clear
        # Clouds drift: the light follows the spell with a lag and never sits still.
        through += 0.5 * ((sky.open if clear else sky.covered) - through)
        flicker = 0.97 + 0.06 * random()
        watts.append(min(_INVERTER_WATTS, int(possible * through * flicker)))
    return watts


def grid_of(day: date, step: int) -> range:
    """Return the cells, by their starts in unix seconds, that a local day is cut in."""
    return range(clock.start_of(day), clock.end_of(day), step)
