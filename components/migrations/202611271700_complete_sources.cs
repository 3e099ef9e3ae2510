using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271700, "complete_sources")]
public sealed class CompleteSources : SqlMigration
{
    public override string Sql =>
        $"""
        alter table source
          add column pm_ra_mas_yr double precision check (pm_ra_mas_yr between -100000 and 100000),
          add column pm_dec_mas_yr double precision check (pm_dec_mas_yr between -100000 and 100000),
          add column epoch_jyear double precision check (epoch_jyear between 1800 and 2200),
          add column v_helio_km_s double precision check (v_helio_km_s > -299792.458 and v_helio_km_s < 299792.458),
          add column body text check (body in ('sun', 'moon', 'mercury', 'venus', 'mars', 'jupiter', 'saturn', 'uranus', 'neptune')),
          add column az_min_deg double precision check (az_min_deg >= 0 and az_min_deg < 360),
          add column az_max_deg double precision check (az_max_deg between 0 and 360),
          add column elevation_deg double precision check (elevation_deg between 0 and 90),
          add constraint source_motion check ((pm_ra_mas_yr is null) = (pm_dec_mas_yr is null) and (pm_ra_mas_yr is null or epoch_jyear is not null)),
          add constraint source_motion_of_fixed check (type = 'fixed' or (epoch_jyear is null and pm_ra_mas_yr is null and v_helio_km_s is null)),
          add constraint source_velocity check (v_lsr_km_s is null or v_helio_km_s is null),
          add constraint source_body check (body is null or (type = 'solar_system' and naif_id = case body
            when 'sun' then 10 when 'moon' then 301 when 'mercury' then 199 when 'venus' then 299 when 'mars' then 499
            when 'jupiter' then 599 when 'saturn' then 699 when 'uranus' then 799 when 'neptune' then 899 end)),
          add constraint source_elevation check (case when type = 'constant_elevation'
            then az_min_deg is not null and az_max_deg is not null and elevation_deg is not null and ra_deg is null and dec_deg is null and naif_id is null
              and v_lsr_km_s is null
            else az_min_deg is null and az_max_deg is null and elevation_deg is null end);
        comment on column source.type is
          'What gives it its position: fixed, a place on the sky; solar_system, its NAIF code; constant_elevation, a range of azimuth at one elevation';
        comment on column source.pm_ra_mas_yr is 'proper motion in right ascension times the cosine of the declination, mas a year; null where it is not known';
        comment on column source.pm_dec_mas_yr is 'proper motion in declination, mas a year; null where it is not known';
        comment on column source.epoch_jyear is 'Julian year at which a source with proper motion is at its position, years';
        comment on column source.v_helio_km_s is 'radial velocity relative to the barycentre of the solar system, km/s, which catalogues call heliocentric';
        comment on column source.body is 'The body that naif_id names; null where it is none of these, and in rows that are older than this column';
        comment on column source.az_min_deg is 'where the azimuth range begins, degrees from north through east; of constant_elevation';
        comment on column source.az_max_deg is 'where it ends going through east, degrees; across north when that is less than where it begins';
        comment on column source.elevation_deg is 'degrees above the horizon; of constant_elevation';
        comment on constraint source_motion on source is
          'Forbids half a proper motion, and one of an unknown epoch: '
          '(pm_ra_mas_yr 5, pm_dec_mas_yr null), (pm_ra_mas_yr 5, pm_dec_mas_yr 5, epoch_jyear null)';
        comment on constraint source_motion_of_fixed on source is
          'Forbids a proper motion or a velocity of what is no place on the sky: (solar_system, v_helio_km_s 5)';
        comment on constraint source_velocity on source is 'Forbids two velocities: (v_lsr_km_s 9, v_helio_km_s 26)';
        comment on constraint source_body on source is 'Forbids a body that is not the one of its code: (solar_system, naif_id 499, body venus)';
        comment on constraint source_elevation on source is
          'Forbids a constant elevation without a range of azimuth, or with a place, and a range of azimuth of another source: '
          '(constant_elevation, az_min_deg 90, az_max_deg null), (fixed, az_min_deg 90)';
        -- The box bounds the declination, too.
        drop index source_dec;
        create index source_place on source using gist (point(ra_deg, dec_deg));
        comment on index source_place is 'boxes around cones, as wide in right ascension as their declination asks for';

        create table source_resolution (
          id uuid primary key,
          name text not null unique,
          resolver text not null,
          object_name text not null,
          ra_deg double precision not null check (ra_deg >= 0 and ra_deg < 360),
          dec_deg double precision not null check (dec_deg between -90 and 90),
          pm_ra_mas_yr double precision check (pm_ra_mas_yr between -100000 and 100000),
          pm_dec_mas_yr double precision check (pm_dec_mas_yr between -100000 and 100000),
          v_helio_km_s double precision check (v_helio_km_s > -299792.458 and v_helio_km_s < 299792.458),
          other_names text[] not null,
          resolved_at timestamptz not null,
          {Columns.OfEveryRow},
          constraint source_resolution_motion check ((pm_ra_mas_yr is null) = (pm_dec_mas_yr is null))
        );
        comment on table source_resolution is 'What name resolvers have answered last, for the time when none can be reached';
        comment on column source_resolution.id is 'Follows from the name';
        comment on column source_resolution.name is 'As it was asked for, with single blanks; unique';
        comment on column source_resolution.resolver is 'Which kind of resolver knew it';
        comment on column source_resolution.object_name is 'The name that the resolver prefers';
        comment on column source_resolution.ra_deg is 'ICRS right ascension, degrees';
        comment on column source_resolution.dec_deg is 'ICRS declination, degrees';
        comment on column source_resolution.pm_ra_mas_yr is
          'proper motion in right ascension times the cosine of the declination, mas a year, of a position of J2000; null where it is not known';
        comment on column source_resolution.pm_dec_mas_yr is 'proper motion in declination, mas a year; null where it is not known';
        comment on column source_resolution.v_helio_km_s is
          'radial velocity relative to the barycentre of the solar system, km/s; null where it is not known';
        comment on column source_resolution.other_names is 'Other names of the same object';
        comment on column source_resolution.resolved_at is 'When the resolver answered, UTC';
        comment on constraint source_resolution_motion on source_resolution is 'Forbids half a proper motion: (pm_ra_mas_yr 5, pm_dec_mas_yr null)';
        select opsdb_keep_history('source_resolution');
        """;
}
