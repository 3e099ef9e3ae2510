using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271640, "create_obscore")]
public sealed class CreateObsCore : SqlMigration
{
    public override string Sql =>
        $"""
        create table raw_data_package_metadata (
          id uuid primary key references raw_data_package,
          dataproduct_type text check (dataproduct_type in ('image', 'cube', 'spectrum', 'sed', 'timeseries', 'visibility', 'event', 'measurements')),
          calib_level integer not null check (calib_level between 0 and 4),
          obs_collection text not null,
          obs_id text not null,
          obs_publisher_did text not null check (obs_publisher_did ~ '^ivo://'),
          access_url text,
          access_format text,
          access_estsize bigint check (access_estsize >= 0),
          target_name text,
          s_ra double precision check (s_ra >= 0 and s_ra < 360),
          s_dec double precision check (s_dec between -90 and 90),
          s_fov double precision check (s_fov > 0 and s_fov <= 360),
          s_region text,
          s_resolution double precision check (s_resolution > 0),
          t_min double precision,
          t_max double precision,
          t_exptime double precision check (t_exptime >= 0),
          t_resolution double precision check (t_resolution >= 0),
          em_min double precision check (em_min > 0),
          em_max double precision check (em_max > 0),
          em_res_power double precision check (em_res_power > 0),
          o_ucd text,
          pol_states text check (pol_states ~ '^/([A-Z]+/)+$'),
          facility_name text,
          instrument_name text,
          {Columns.OfEveryRow},
          constraint raw_data_package_metadata_place check ((s_ra is null) = (s_dec is null)),
          constraint raw_data_package_metadata_time check (t_min <= t_max),
          constraint raw_data_package_metadata_band check (em_min <= em_max)
        );
        comment on table raw_data_package_metadata is
          'What an archive tells the Virtual Observatory of a raw data package: the mandatory columns of IVOA ObsCore 1.1, with its names and units';
        comment on column raw_data_package_metadata.id is 'That of the raw data package';
        comment on column raw_data_package_metadata.dataproduct_type is 'What kind of data it is; null for another one';
        comment on column raw_data_package_metadata.calib_level is
          'How far it is calibrated: 0 raw in a form of the instrument''s own, 1 raw in a standard one, 2 calibrated, 3 enhanced, 4 analysed';
        comment on column raw_data_package_metadata.obs_collection is 'The collection that it belongs to; the short name of the programme';
        comment on column raw_data_package_metadata.obs_id is 'The observation, which several packages may have in common; the id of the execution';
        comment on column raw_data_package_metadata.obs_publisher_did is 'The publisher''s IVOA identifier of the data set, unique in the world';
        comment on column raw_data_package_metadata.access_url is 'Where the data can be got; null where it is not known';
        comment on column raw_data_package_metadata.access_format is 'The media type of what is there; null where it is not known';
        comment on column raw_data_package_metadata.access_estsize is 'How large it is about, kbyte, which are 1000 bytes; null where it is not known';
        comment on column raw_data_package_metadata.target_name is 'What was observed; the name of the source; null where it is not known';
        comment on column raw_data_package_metadata.s_ra is 'ICRS right ascension of the centre, degrees; null where it is not known';
        comment on column raw_data_package_metadata.s_dec is 'ICRS declination of the centre, degrees; null where it is not known';
        comment on column raw_data_package_metadata.s_fov is 'Diameter of a circle around what it covers, degrees; null where it is not known';
        comment on column raw_data_package_metadata.s_region is 'What it covers on the sky, as STC-S; null where it is not known';
        comment on column raw_data_package_metadata.s_resolution is 'Spatial resolution, full width at half maximum, arcsec; null where it is not known';
        comment on column raw_data_package_metadata.t_min is 'When it began, modified Julian date of UTC, days; null where it is not known';
        comment on column raw_data_package_metadata.t_max is 'When it ended, modified Julian date of UTC, days; null while the execution runs';
        comment on column raw_data_package_metadata.t_exptime is 'Exposure, s; of an execution the time from its start to its end; null where it is not known';
        comment on column raw_data_package_metadata.t_resolution is 'The shortest time that can be told apart, s; null where it is not known';
        comment on column raw_data_package_metadata.em_min is
          'The shortest vacuum wavelength, m; from the upper edge of the module''s band; null where it is not known';
        comment on column raw_data_package_metadata.em_max is
          'The longest vacuum wavelength, m; from the lower edge of the module''s band; null where it is not known';
        comment on column raw_data_package_metadata.em_res_power is
          'Spectral resolving power, wavelength over the difference that can be told apart; null where it is not known';
        comment on column raw_data_package_metadata.o_ucd is 'What was measured, as UCD1+; null where it is not known';
        comment on column raw_data_package_metadata.pol_states is
          'The polarizations that it has, in the standard''s order, each between slashes; null for none';
        comment on column raw_data_package_metadata.facility_name is 'Where it was observed; the name of the observatory; null where it is not known';
        comment on column raw_data_package_metadata.instrument_name is
          'With what; the names of the instrument and of its module, with a slash between; null where it is not known';
        comment on constraint raw_data_package_metadata_place on raw_data_package_metadata is
          'Forbids half a place on the sky: (s_ra 83.8, s_dec null)';
        comment on constraint raw_data_package_metadata_time on raw_data_package_metadata is
          'Forbids an end before the beginning: (t_min 61100.5, t_max 61100.4)';
        comment on constraint raw_data_package_metadata_band on raw_data_package_metadata is
          'Forbids a longest wavelength below the shortest: (em_min 0.0008, em_max 0.0007)';
        create index raw_data_package_metadata_target on raw_data_package_metadata (target_name, id);
        create index raw_data_package_metadata_observation on raw_data_package_metadata (obs_id, id);
        create index raw_data_package_metadata_begin on raw_data_package_metadata (t_min, id);
        create index raw_data_package_metadata_declination on raw_data_package_metadata (s_dec);
        select opsdb_keep_history('raw_data_package_metadata');
        """;
}
