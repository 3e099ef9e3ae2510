using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271730, "record_conditions")]
public sealed class RecordConditions : SqlMigration
{
    public override string Sql =>
        $"""
        create table environment_reading (
          id uuid primary key,
          telescope_id integer not null references telescope,
          sensor text not null,
          measured_at timestamptz not null,
          pwv_mm double precision check (pwv_mm between 0 and 100),
          humidity_percent double precision check (humidity_percent between 0 and 100),
          wind_speed_m_per_s double precision check (wind_speed_m_per_s between 0 and 150),
          wind_gust_m_per_s double precision check (wind_gust_m_per_s between 0 and 150),
          wind_direction_deg double precision check (wind_direction_deg between 0 and 360),
          temperature_c double precision check (temperature_c between -100 and 60),
          pressure_hpa double precision check (pressure_hpa between 300 and 1100),
          {Columns.OfEveryRow},
          constraint environment_reading_says check (num_nonnulls(pwv_mm, humidity_percent, wind_speed_m_per_s, wind_gust_m_per_s, wind_direction_deg,
            temperature_c, pressure_hpa) > 0)
        );
        create index environment_reading_telescope on environment_reading (telescope_id, measured_at desc, id desc);
        create index environment_reading_time on environment_reading (measured_at desc, id desc);
        create index environment_reading_sensor on environment_reading (sensor, measured_at desc, id desc);
        comment on table environment_reading is 'What one instrument at a telescope said of the weather at one instant';
        comment on column environment_reading.id is 'A UUIDv7 with the time of the reading, which follows from telescope, sensor and instant';
        comment on column environment_reading.telescope_id is 'The telescope at which it was measured';
        comment on column environment_reading.sensor is 'What measured it';
        comment on column environment_reading.measured_at is 'When, UTC, to the millisecond';
        comment on column environment_reading.pwv_mm is 'Precipitable water vapour towards the zenith, mm';
        comment on column environment_reading.humidity_percent is 'Relative humidity, percent';
        comment on column environment_reading.wind_speed_m_per_s is 'Speed of the wind, mean over the time between two readings, m/s';
        comment on column environment_reading.wind_gust_m_per_s is 'Greatest speed of the wind since the reading before, m/s';
        comment on column environment_reading.wind_direction_deg is 'Where the wind comes from, degrees from north through east';
        comment on column environment_reading.temperature_c is 'Of the air, degrees Celsius';
        comment on column environment_reading.pressure_hpa is 'Of the air at the site, not reduced to the level of the sea, hPa';
        comment on constraint environment_reading_says on environment_reading is
          'Forbids a reading in which nothing was measured: (pwv_mm null, and so all others)';

        alter table executed_obs_unit
          add mean_humidity_percent double precision check (mean_humidity_percent between 0 and 100),
          add mean_wind_speed_m_per_s double precision check (mean_wind_speed_m_per_s between 0 and 150),
          add mean_temperature_c double precision check (mean_temperature_c between -100 and 60);
        comment on column executed_obs_unit.mean_humidity_percent is 'Mean relative humidity, percent';
        comment on column executed_obs_unit.mean_wind_speed_m_per_s is 'Mean speed of the wind, m/s';
        comment on column executed_obs_unit.mean_temperature_c is 'Mean temperature of the air, degrees Celsius';

        create table executed_module_configuration (
          id uuid primary key,
          executed_obs_unit_id uuid not null references executed_obs_unit,
          instrument_module_configuration_id integer not null references instrument_module_configuration,
          {Columns.OfEveryRow},
          unique (executed_obs_unit_id, instrument_module_configuration_id)
        );
        create index executed_module_configuration_used on executed_module_configuration (instrument_module_configuration_id, id);
        comment on table executed_module_configuration is 'A module with which an obs unit was executed, and how it was set up';
        comment on column executed_module_configuration.id is 'Follows from the execution and the configuration';
        comment on column executed_module_configuration.executed_obs_unit_id is 'The execution';
        comment on column executed_module_configuration.instrument_module_configuration_id is 'The module, and how it was set up';

        select opsdb_keep_history('environment_reading'), opsdb_keep_history('executed_module_configuration');
        """;
}
