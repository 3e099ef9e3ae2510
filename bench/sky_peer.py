# Altitudes by astropy, for build/bench planning: a night of one source, a season of it with the Sun, and a night of 500 sources.
# Times are of the fastest of some runs; UT1 is taken as UTC and there is no refraction, as in OpsDb.
import json
import time

import astropy.units as u
import numpy as np
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_sun
from astropy.time import Time
from astropy.utils import iers

iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = "ignore"

SITE = EarthLocation(lat=-22.9859 * u.deg, lon=-67.7403 * u.deg, height=5600 * u.m)
ORION = SkyCoord(83.8104 * u.deg, -5.3753 * u.deg)
# The noon of the mean Sun before the evening of 2026-11-27.
NOON = 61371.5 + 67.7403 / 360


def times(days):
    at = Time(days, format="mjd", scale="utc")
    at.delta_ut1_utc = 0.0
    return at


def fastest(run, count=3):
    best = None
    for _ in range(count):
        began = time.perf_counter()
        result = run()
        took = (time.perf_counter() - began) * 1000
        best = took if best is None else min(best, took)
    return best, result


def night():
    at = times(NOON + np.arange(145) / 144)
    return ORION.transform_to(AltAz(obstime=at, location=SITE)).alt.deg


def season():
    at = times((NOON + np.arange(182)[:, None] + np.arange(48)[None, :] / 48).ravel())
    frame = AltAz(obstime=at, location=SITE)
    return ORION.transform_to(frame).alt.deg, get_sun(at).transform_to(frame).alt.deg


def night_of_many():
    number = np.arange(500)
    sources = SkyCoord(number * 0.7 * u.deg, (number % 160 - 80) * u.deg)
    at = times(NOON + np.arange(145) / 144)
    return sources[:, None].transform_to(AltAz(obstime=at[None, :], location=SITE)).alt.deg


night_ms, altitudes = fastest(night)
season_ms, _ = fastest(season, 1)
many_ms, _ = fastest(night_of_many, 1)
print(json.dumps({"night_ms": night_ms, "season_ms": season_ms, "night_500_ms": many_ms, "altitudes_deg": list(altitudes)}))
