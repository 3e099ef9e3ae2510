// The same as sky_peer.py by astronomy-engine, which computes one place after the other. It is good to an arcminute.
import { createRequire } from 'node:module';

const { AstroTime, Body, DefineStar, Equator, Horizon, Observer } = createRequire(new URL('../build/npm/package.json', import.meta.url))('astronomy-engine');

const site = new Observer(-22.9859, -67.7403, 5600);
// The noon of the mean Sun before the evening of 2026-11-27, as days since 2000-01-01T12:00.
const noon = 61371.5 + 67.7403 / 360 - 51544.5;
const anyDistance = 1000;

const star = (ra, dec) => DefineStar(Body.Star1, ra / 15, dec, anyDistance);
const at = day => new AstroTime(noon + day);

function altitude(body, time) {
  const place = Equator(body, time, site, true, true);
  return Horizon(time, site, place.ra, place.dec, undefined).altitude;
}

function fastest(run, count = 3) {
  let [best, result] = [Infinity, null];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    result = run();
    best = Math.min(best, performance.now() - began);
  }
  return [best, result];
}

function night() {
  star(83.8104, -5.3753);
  return Array.from({ length: 145 }, (_, i) => altitude(Body.Star1, at(i / 144)));
}

function season() {
  star(83.8104, -5.3753);
  for (let i = 0; i < 182 * 48; i++) {
    const time = at(i / 48);
    altitude(Body.Star1, time);
    altitude(Body.Sun, time);
  }
}

function nightOfMany() {
  for (let source = 0; source < 500; source++) {
    star(source * 0.7, source % 160 - 80);
    for (let i = 0; i <= 144; i++)
      altitude(Body.Star1, at(i / 144));
  }
}

const [season_ms] = fastest(season, 1);
const [night_ms, altitudes_deg] = fastest(night);
const [night_500_ms] = fastest(nightOfMany, 1);
console.log(JSON.stringify({ night_ms, season_ms, night_500_ms, altitudes_deg }));
