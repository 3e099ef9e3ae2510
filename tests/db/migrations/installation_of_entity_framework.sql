-- An installation as the migrator of Entity Framework left it: schema, a small catalogue, executions and the audit.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE FUNCTION public.opsdb_expect(actual bigint, expected bigint, code text, subject text, key text) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
  if actual is distinct from expected then
    raise exception '% % is not as it was seen', subject, key using errcode = code, table = subject, detail = key;
  end if;
  return true;
end
$$;

COMMENT ON FUNCTION public.opsdb_expect(actual bigint, expected bigint, code text, subject text, key text) IS 'Raises when a statement touched another number of rows than it must; OD001 watermark moved, OD002 row conflict';

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.api_token (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    user_name text NOT NULL,
    token_hash text NOT NULL,
    scopes text[] NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT api_token_kind_check CHECK ((kind = ANY (ARRAY['pat'::text, 'svc'::text, 'site'::text]))),
    CONSTRAINT api_token_token_hash_check CHECK ((token_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT api_token_version_check CHECK ((version > 0))
);

COMMENT ON COLUMN public.api_token.token_hash IS 'HMAC-SHA256 of the token under the installation''s key, hexadecimal; the token itself is nowhere';

COMMENT ON COLUMN public.api_token.scopes IS 'permissions action:resource, * for any';

CREATE TABLE public.applied_transaction (
    id uuid NOT NULL,
    site text NOT NULL,
    epoch uuid,
    "position" bigint,
    kind text NOT NULL,
    schema_version integer NOT NULL,
    actor text NOT NULL,
    token_id uuid,
    idempotency_key text,
    body_hash text,
    answer json,
    occurred_at timestamp with time zone NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    duplicate_of uuid,
    CONSTRAINT applied_transaction_check CHECK (((epoch IS NULL) = ("position" IS NULL))),
    CONSTRAINT applied_transaction_check1 CHECK (((idempotency_key IS NULL) OR (body_hash IS NOT NULL))),
    CONSTRAINT applied_transaction_outcome_check CHECK ((outcome = ANY (ARRAY['applied'::text, 'duplicate'::text, 'failed'::text, 'parked'::text, 'discarded'::text])))
);

COMMENT ON TABLE public.applied_transaction IS 'Every transaction ever executed on the main database; kept for ever: it makes a second execution impossible and answers a repeated idempotency key';

COMMENT ON COLUMN public.applied_transaction.epoch IS 'The site log''s epoch; null for a direct write';

COMMENT ON COLUMN public.applied_transaction.answer IS 'The first answer, replayed for its idempotency key';

COMMENT ON COLUMN public.applied_transaction.occurred_at IS 'When the site accepted it';

COMMENT ON COLUMN public.applied_transaction.duplicate_of IS 'The first transaction with the same idempotency key, which this one repeats; it has had no effect of its own';

CREATE TABLE public.executed_obs_unit (
    id uuid NOT NULL,
    obs_unit_id integer NOT NULL,
    status text NOT NULL,
    start_time timestamp with time zone NOT NULL,
    end_time timestamp with time zone,
    mean_pwv_mm double precision,
    mean_elevation_deg double precision,
    quality text,
    reason text,
    comment text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT executed_obs_unit_check CHECK ((end_time >= start_time)),
    CONSTRAINT executed_obs_unit_check1 CHECK (((status = 'running'::text) = (end_time IS NULL))),
    CONSTRAINT executed_obs_unit_mean_elevation_deg_check CHECK (((mean_elevation_deg >= (0)::double precision) AND (mean_elevation_deg <= (90)::double precision))),
    CONSTRAINT executed_obs_unit_mean_pwv_mm_check CHECK ((mean_pwv_mm >= (0)::double precision)),
    CONSTRAINT executed_obs_unit_quality_check CHECK ((quality = ANY (ARRAY['good'::text, 'usable'::text, 'bad'::text]))),
    CONSTRAINT executed_obs_unit_status_check CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'aborted'::text, 'failed'::text]))),
    CONSTRAINT executed_obs_unit_version_check CHECK ((version > 0))
);

COMMENT ON COLUMN public.executed_obs_unit.mean_pwv_mm IS 'mean precipitable water vapour during the execution, mm';

COMMENT ON COLUMN public.executed_obs_unit.mean_elevation_deg IS 'mean elevation during the execution, degrees';

COMMENT ON COLUMN public.executed_obs_unit.quality IS 'the observer''s judgement';

COMMENT ON COLUMN public.executed_obs_unit.reason IS 'why it was aborted or has failed';

CREATE TABLE public.held_transaction (
    id uuid NOT NULL,
    number bigint NOT NULL,
    site text NOT NULL,
    epoch uuid NOT NULL,
    "position" bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    entry json NOT NULL,
    moves text[] NOT NULL,
    code text,
    constraint_name text,
    reason text,
    conflicts json,
    held_at timestamp with time zone NOT NULL,
    CONSTRAINT held_transaction_check CHECK (((state = 'failed'::text) = (reason IS NOT NULL))),
    CONSTRAINT held_transaction_state_check CHECK ((state = ANY (ARRAY['failed'::text, 'parked'::text])))
);

COMMENT ON TABLE public.held_transaction IS 'Buffered transactions that the main database refused (failed), and those behind them that concern the same rows (parked), until a person resolves them';

COMMENT ON COLUMN public.held_transaction.number IS 'The order in which they were held, which is the order of the site''s log';

COMMENT ON COLUMN public.held_transaction.entry IS 'The transaction as the site logged it, or as an operator has corrected it';

COMMENT ON COLUMN public.held_transaction.moves IS 'Guards of the rows it changes and the ranges it claims: whoever reads or changes them waits behind it';

COMMENT ON COLUMN public.held_transaction.code IS 'SQLSTATE of the refusal';

COMMENT ON COLUMN public.held_transaction.conflicts IS 'For a conflict, each row as the site saw it and as the main database had it';

ALTER TABLE public.held_transaction ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.held_transaction_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.instrument (
    id integer NOT NULL,
    telescope_id integer NOT NULL,
    name text NOT NULL,
    instrument_type text,
    available boolean NOT NULL,
    description text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT instrument_version_check CHECK ((version > 0))
);

COMMENT ON COLUMN public.instrument.available IS 'In service; read by the scheduler';

ALTER TABLE public.instrument ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.instrument_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.instrument_module (
    id integer NOT NULL,
    instrument_id integer NOT NULL,
    name text NOT NULL,
    pixels integer,
    frequency_min_ghz double precision,
    frequency_max_ghz double precision,
    available boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT instrument_module_check CHECK ((frequency_min_ghz <= frequency_max_ghz)),
    CONSTRAINT instrument_module_frequency_min_ghz_check CHECK ((frequency_min_ghz > (0)::double precision)),
    CONSTRAINT instrument_module_pixels_check CHECK ((pixels > 0)),
    CONSTRAINT instrument_module_version_check CHECK ((version > 0))
);

COMMENT ON COLUMN public.instrument_module.available IS 'In service; read by the scheduler';

ALTER TABLE public.instrument_module ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.instrument_module_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.obs_mode (
    id integer NOT NULL,
    name text NOT NULL,
    description text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT obs_mode_version_check CHECK ((version > 0))
);

ALTER TABLE public.obs_mode ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.obs_mode_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.obs_unit (
    id integer NOT NULL,
    name text NOT NULL,
    observing_program_id integer NOT NULL,
    source_id integer NOT NULL,
    obs_mode_id integer NOT NULL,
    instrument_id integer NOT NULL,
    line_id text,
    priority integer NOT NULL,
    requested_minutes integer,
    min_elevation_deg double precision,
    max_elevation_deg double precision,
    max_pwv_mm double precision,
    available boolean NOT NULL,
    comment text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT obs_unit_check CHECK ((min_elevation_deg <= max_elevation_deg)),
    CONSTRAINT obs_unit_max_elevation_deg_check CHECK (((max_elevation_deg >= (0)::double precision) AND (max_elevation_deg <= (90)::double precision))),
    CONSTRAINT obs_unit_max_pwv_mm_check CHECK ((max_pwv_mm > (0)::double precision)),
    CONSTRAINT obs_unit_min_elevation_deg_check CHECK (((min_elevation_deg >= (0)::double precision) AND (min_elevation_deg <= (90)::double precision))),
    CONSTRAINT obs_unit_priority_check CHECK (((priority >= 0) AND (priority <= 100))),
    CONSTRAINT obs_unit_requested_minutes_check CHECK ((requested_minutes > 0)),
    CONSTRAINT obs_unit_version_check CHECK ((version > 0))
);

COMMENT ON COLUMN public.obs_unit.priority IS '0 to 100, the higher the sooner';

COMMENT ON COLUMN public.obs_unit.max_pwv_mm IS 'precipitable water vapour above which it should not be observed, mm';

COMMENT ON COLUMN public.obs_unit.available IS 'Read by the scheduler; an execution may be recorded all the same, because it records a fact';

ALTER TABLE public.obs_unit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.obs_unit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.observatory (
    id integer NOT NULL,
    name text NOT NULL,
    description text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT observatory_version_check CHECK ((version > 0))
);

ALTER TABLE public.observatory ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.observatory_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.observing_program (
    id integer NOT NULL,
    short_name text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    lead text,
    allocated_hours double precision,
    description text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT observing_program_allocated_hours_check CHECK ((allocated_hours >= (0)::double precision)),
    CONSTRAINT observing_program_kind_check CHECK ((kind = ANY (ARRAY['science'::text, 'technical'::text]))),
    CONSTRAINT observing_program_version_check CHECK ((version > 0))
);

ALTER TABLE public.observing_program ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.observing_program_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.schema_migration (
    "MigrationId" character varying(150) NOT NULL,
    "ProductVersion" character varying(32) NOT NULL
);

CREATE TABLE public.site_watermark (
    site text NOT NULL,
    epoch uuid NOT NULL,
    "position" bigint NOT NULL,
    transaction_id uuid,
    revision bigint DEFAULT 0 NOT NULL,
    holds uuid,
    begun_at timestamp with time zone NOT NULL,
    previous_epoch uuid,
    fork_position bigint,
    applied_position bigint,
    seen_position bigint,
    reason text,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    missing_position bigint,
    CONSTRAINT site_watermark_check CHECK (((previous_epoch IS NULL) = (fork_position IS NULL))),
    CONSTRAINT site_watermark_position_check CHECK (("position" >= 0))
);

COMMENT ON TABLE public.site_watermark IS 'How far the log of each site has been applied; advanced in the same commit as the effects, so a replica''s row proves what that replica contains';

COMMENT ON COLUMN public.site_watermark.revision IS 'Raised by operators'' interventions; the processor''s compare-and-set includes it';

COMMENT ON COLUMN public.site_watermark.holds IS 'Names the present content of held_transaction for the site: another value whenever that changes';

COMMENT ON COLUMN public.site_watermark.begun_at IS 'When the main database first met this epoch; the newest is the present one';

COMMENT ON COLUMN public.site_watermark.previous_epoch IS 'The epoch that this one follows, after the log had lost entries';

COMMENT ON COLUMN public.site_watermark.fork_position IS 'Up to here the log still is that of the previous epoch';

COMMENT ON COLUMN public.site_watermark.applied_position IS 'How far the previous epoch had been applied';

COMMENT ON COLUMN public.site_watermark.seen_position IS 'The last position of the previous epoch that a process of the site knew of; null when none did';

COMMENT ON COLUMN public.site_watermark.acknowledged_at IS 'When an operator acknowledged that positions are missing';

COMMENT ON COLUMN public.site_watermark.missing_position IS 'The first position of the previous epoch that may be missing, where positions have been used again; else the one after the fork and after what was applied';

CREATE TABLE public.source (
    id integer NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    ra_deg double precision,
    dec_deg double precision,
    v_lsr_km_s double precision,
    naif_id integer,
    catalogue text,
    comment text,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT source_check CHECK (((type <> 'fixed'::text) OR ((ra_deg IS NOT NULL) AND (dec_deg IS NOT NULL)))),
    CONSTRAINT source_check1 CHECK (((type <> 'solar_system'::text) OR ((naif_id IS NOT NULL) AND (ra_deg IS NULL) AND (dec_deg IS NULL)))),
    CONSTRAINT source_dec_deg_check CHECK (((dec_deg >= ('-90'::integer)::double precision) AND (dec_deg <= (90)::double precision))),
    CONSTRAINT source_ra_deg_check CHECK (((ra_deg >= (0)::double precision) AND (ra_deg < (360)::double precision))),
    CONSTRAINT source_type_check CHECK ((type = ANY (ARRAY['fixed'::text, 'solar_system'::text, 'constant_elevation'::text]))),
    CONSTRAINT source_version_check CHECK ((version > 0))
);

COMMENT ON COLUMN public.source.ra_deg IS 'ICRS right ascension, degrees';

COMMENT ON COLUMN public.source.dec_deg IS 'ICRS declination, degrees';

COMMENT ON COLUMN public.source.v_lsr_km_s IS 'radial velocity in the local standard of rest, km/s';

COMMENT ON COLUMN public.source.naif_id IS 'NAIF integer code of a solar-system body';

COMMENT ON COLUMN public.source.catalogue IS 'where the position was published';

ALTER TABLE public.source ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.telescope (
    id integer NOT NULL,
    observatory_id integer NOT NULL,
    name text NOT NULL,
    longitude_deg double precision NOT NULL,
    latitude_deg double precision NOT NULL,
    altitude_m double precision NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    modified_by text NOT NULL,
    transaction_id uuid NOT NULL,
    CONSTRAINT telescope_altitude_m_check CHECK (((altitude_m >= ('-500'::integer)::double precision) AND (altitude_m <= (10000)::double precision))),
    CONSTRAINT telescope_latitude_deg_check CHECK (((latitude_deg >= ('-90'::integer)::double precision) AND (latitude_deg <= (90)::double precision))),
    CONSTRAINT telescope_longitude_deg_check CHECK (((longitude_deg >= ('-180'::integer)::double precision) AND (longitude_deg <= (180)::double precision))),
    CONSTRAINT telescope_version_check CHECK ((version > 0))
);

COMMENT ON COLUMN public.telescope.longitude_deg IS 'geodetic, WGS 84, degrees, east positive';

COMMENT ON COLUMN public.telescope.latitude_deg IS 'geodetic, WGS 84, degrees, north positive';

COMMENT ON COLUMN public.telescope.altitude_m IS 'metres above mean sea level';

ALTER TABLE public.telescope ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.telescope_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.transaction_intervention (
    id uuid NOT NULL,
    site text NOT NULL,
    transaction_id uuid,
    epoch uuid,
    "position" bigint,
    action text NOT NULL,
    actor text NOT NULL,
    token_id uuid,
    note text,
    outcome text NOT NULL,
    before json,
    after json,
    at timestamp with time zone NOT NULL,
    CONSTRAINT transaction_intervention_action_check CHECK ((action = ANY (ARRAY['retry'::text, 'edit'::text, 'discard'::text, 'continue'::text, 'acknowledge_loss'::text])))
);

COMMENT ON TABLE public.transaction_intervention IS 'Audit: what operators did about transactions that could not be applied; kept for ever';

COMMENT ON COLUMN public.transaction_intervention.before IS 'The transaction before a correction';

INSERT INTO public.api_token VALUES ('01a21af2-3811-73ac-b989-0559be683a09', 'night-script', 'svc', 'instrument-team', '9192e95388205eb11e7c1190ba721c4d27bed5e20ffba8b9a9a3bf5c5cf00216', '{read:*,write:executions}', '2027-02-25 03:00:09.531352+00', NULL, 1, '2026-11-27 03:00:11.526223+00', 'system', '2026-11-27 03:00:11.526223+00', 'system', '01a21af2-3886-7164-adb7-1f200db1dbab');

INSERT INTO public.applied_transaction VALUES ('01a21af2-2c81-780e-8da9-763f1c7113e5', 'main', NULL, NULL, 'catalogue.load', 1, 'system', NULL, NULL, NULL, NULL, '2026-11-27 03:00:08.449513+00', '2026-11-27 03:00:09.00422+00', 'applied', NULL);
INSERT INTO public.applied_transaction VALUES ('01a21af2-3886-7164-adb7-1f200db1dbab', 'main', NULL, NULL, 'tokens.create', 1, 'system', NULL, NULL, NULL, NULL, '2026-11-27 03:00:11.526223+00', '2026-11-27 03:00:12.991922+00', 'applied', NULL);
INSERT INTO public.applied_transaction VALUES ('01a21af2-5f6d-7333-8be8-7dcfd8fbbcf5', 'main', NULL, NULL, 'executions.start', 1, 'instrument-team', '01a21af2-3811-73ac-b989-0559be683a09', 'night-1', 'e544d6c0dba3e84939529435faac8feb873e157ea21aa9ab262ea4f662552c48', '{"id":"01a21af2-5e98-7fa5-b02a-262babcc13cc","obs_unit_id":1,"status":"running","start_time":"2026-11-26T01:00:00Z","end_time":null,"mean_pwv_mm":null,"mean_elevation_deg":null,"quality":null,"reason":null,"comment":"clear, wind from the west","version":1,"created_at":"2026-11-27T03:00:21.485789Z","created_by":"instrument-team","modified_at":"2026-11-27T03:00:21.485789Z","modified_by":"instrument-team"}', '2026-11-27 03:00:21.485789+00', '2026-11-27 03:00:21.92137+00', 'applied', NULL);
INSERT INTO public.applied_transaction VALUES ('01a21af2-61d6-743d-9840-fccc5747b8b6', 'main', NULL, NULL, 'executions.finish', 1, 'instrument-team', '01a21af2-3811-73ac-b989-0559be683a09', NULL, NULL, NULL, '2026-11-27 03:00:22.102836+00', '2026-11-27 03:00:22.190998+00', 'applied', NULL);
INSERT INTO public.applied_transaction VALUES ('01a21af2-629e-7e89-85f4-f8ae84f30cb2', 'main', NULL, NULL, 'executions.start', 1, 'instrument-team', '01a21af2-3811-73ac-b989-0559be683a09', 'night-2', 'f7598816adfe07aa4931218f92ab1dd6afe4d10f9bad2b49806fa2e00019ad16', '{"id":"01a21af2-629e-7dcb-a545-58aecb0cbebb","obs_unit_id":2,"status":"running","start_time":"2026-11-26T02:00:00Z","end_time":null,"mean_pwv_mm":null,"mean_elevation_deg":null,"quality":null,"reason":null,"comment":"Grüße – é ∑","version":1,"created_at":"2026-11-27T03:00:22.302711Z","created_by":"instrument-team","modified_at":"2026-11-27T03:00:22.302711Z","modified_by":"instrument-team"}', '2026-11-27 03:00:22.302711+00', '2026-11-27 03:00:22.307707+00', 'applied', NULL);
INSERT INTO public.applied_transaction VALUES ('0197a000-0000-7000-8000-000000000007', 'observatory', '0197a000-0000-7000-8000-000000000001', 7, 'executions.start', 1, 'observer', NULL, 'k-7', '0000000000000000000000000000000000000000000000000000000000000000', '{ "id" : "as written" }', '2026-11-26 03:00:00+00', '2026-11-26 03:00:01+00', 'failed', NULL);

INSERT INTO public.executed_obs_unit VALUES ('01a21af2-5e98-7fa5-b02a-262babcc13cc', 1, 'completed', '2026-11-26 01:00:00+00', '2026-11-27 03:00:22.084778+00', NULL, NULL, 'good', NULL, 'clear, wind from the west', 2, '2026-11-27 03:00:21.485789+00', 'instrument-team', '2026-11-27 03:00:22.102836+00', 'instrument-team', '01a21af2-61d6-743d-9840-fccc5747b8b6');
INSERT INTO public.executed_obs_unit VALUES ('01a21af2-629e-7dcb-a545-58aecb0cbebb', 2, 'running', '2026-11-26 02:00:00+00', NULL, NULL, NULL, NULL, NULL, 'Grüße – é ∑', 1, '2026-11-27 03:00:22.302711+00', 'instrument-team', '2026-11-27 03:00:22.302711+00', 'instrument-team', '01a21af2-629e-7e89-85f4-f8ae84f30cb2');

INSERT INTO public.held_transaction OVERRIDING SYSTEM VALUE VALUES ('0197a000-0000-7000-8000-000000000007', 1, 'observatory', '0197a000-0000-7000-8000-000000000001', 7, 'executions.start', 'failed', '{"id":"0197a000-0000-7000-8000-000000000007"}', '{executed_obs_unit}', '23503', NULL, 'no such obs unit', NULL, '2026-11-26 03:00:01+00');

INSERT INTO public.instrument VALUES (1, 1, 'CHAI', 'heterodyne_array', true, 'Dual-band heterodyne array receiver, two arrays of 64 pixels', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.instrument VALUES (2, 1, 'Prime-Cam', 'continuum_camera', true, 'Wide-field continuum camera with exchangeable instrument modules', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');

INSERT INTO public.instrument_module VALUES (1, 1, 'LFA', 64, 455, 495, true, 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.instrument_module VALUES (2, 1, 'HFA', 64, 800, 820, true, 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.instrument_module VALUES (3, 2, '280 GHz', 10000, 250, 310, true, 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.instrument_module VALUES (4, 2, '850 GHz', 40000, 800, 900, true, 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');

INSERT INTO public.obs_mode VALUES (1, 'on_the_fly_map', 'Map scanned row by row at constant speed with a reference position outside the map', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_mode VALUES (2, 'position_switched', 'Single pointing, alternating with a fixed reference position', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_mode VALUES (3, 'beam_switched', 'Single pointing, alternating with a reference at a constant azimuth throw', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_mode VALUES (4, 'raster_map', 'Continuum map of parallel scans without a reference position', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_mode VALUES (5, 'daisy_scan', 'Continuum scan in a petal pattern about a compact source', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_mode VALUES (6, 'pointing', 'Cross scan or small map to measure the pointing offset', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_mode VALUES (7, 'focus', 'Series of short scans at different focus positions', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_mode VALUES (8, 'skydip', 'Sky brightness measured over a range of elevations at a fixed azimuth', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');

INSERT INTO public.obs_unit VALUES (1, 'GEco-oCet-CO43-01', 1, 5, 3, 1, 'CO43', 64, 40, 30, 80, 1, true, NULL, 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_unit VALUES (2, 'GEco-NGC253-CO43-01', 1, 2, 1, 1, 'CO43', 80, 180, 40, 80, 1, true, '5 x 3 arcmin along the disc', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.obs_unit VALUES (3, 'GEco-NGC253-CI10-01', 1, 2, 1, 1, 'CI10', 78, 180, 40, 80, 0.8, true, '5 x 3 arcmin along the disc', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');

INSERT INTO public.observatory VALUES (1, 'CCAT Observatory', 'Submillimetre observatory on Cerro Chajnantor, Chile', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');

INSERT INTO public.observing_program VALUES (1, 'GEco', 'Galactic Ecology', 'science', NULL, 1500, 'Maps of the interstellar medium and of evolved stars in CO, atomic carbon and continuum', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.observing_program VALUES (2, 'Cal', 'Calibration', 'technical', NULL, 250, 'Pointing, focus and flux calibration', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.observing_program VALUES (3, 'ENG', 'Engineering', 'technical', NULL, 120, 'Tests of the telescope and the instruments', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');

INSERT INTO public.schema_migration VALUES ('202611210900_create_transactions', '10.0.0');
INSERT INTO public.schema_migration VALUES ('202611210910_create_catalogue', '10.0.0');
INSERT INTO public.schema_migration VALUES ('202611210920_create_executions', '10.0.0');
INSERT INTO public.schema_migration VALUES ('202611210930_create_tokens', '10.0.0');
INSERT INTO public.schema_migration VALUES ('202611211500_hold_refused_transactions', '10.0.0');
INSERT INTO public.schema_migration VALUES ('202611211530_begin_log_anew', '10.0.0');
INSERT INTO public.schema_migration VALUES ('202611212230_name_first_missing', '10.0.0');
INSERT INTO public.schema_migration VALUES ('202611212320_keep_answers_as_written', '10.0.0');

INSERT INTO public.site_watermark VALUES ('observatory', '0197a000-0000-7000-8000-000000000001', 7, '0197a000-0000-7000-8000-000000000007', 0, '0197a000-0000-7000-8000-0000000000aa', '2026-11-26 00:00:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO public.source VALUES (1, 'J0006-0623', 'fixed', 1.557887, -6.3931487, NULL, NULL, 'ICRF3', 'pointing source', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.source VALUES (2, 'NGC 253', 'fixed', 11.888, -25.2882222, 236, NULL, '2MASS', 'near-infrared nucleus', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.source VALUES (3, 'WX Psc', 'fixed', 16.60825, 12.5980556, 9, NULL, '2MASS', 'CIT 3; OH/IR star', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.source VALUES (4, 'R Scl', 'fixed', 21.7420625, -32.5431769, -19, NULL, 'Hipparcos (van Leeuwen 2007)', 'carbon star', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.source VALUES (5, 'o Cet', 'fixed', 34.8366338, -2.9776378, 46.5, NULL, 'Hipparcos (van Leeuwen 2007)', 'Mira; Mira A, the giant of the pair', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.source VALUES (6, 'W3(OH)', 'fixed', 36.7659167, 61.8736667, -46, NULL, 'Reid et al. 2014', 'ultracompact H II region with masers; stays below 20 degrees elevation at the site', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');
INSERT INTO public.source VALUES (7, 'J0238+1636', 'fixed', 39.6622088, 16.6164652, NULL, NULL, 'ICRF3', 'pointing source', 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');

INSERT INTO public.telescope VALUES (1, 1, 'FYST', -67.7403, -22.9859, 5600, 1, '2026-11-27 03:00:08.449513+00', 'system', '2026-11-27 03:00:08.449513+00', 'system', '01a21af2-2c81-780e-8da9-763f1c7113e5');

INSERT INTO public.transaction_intervention VALUES ('0197a000-0000-7000-8000-0000000000bb', 'observatory', NULL, NULL, NULL, 'continue', 'admin', NULL, 'seen', 'continued', NULL, NULL, '2026-11-26 04:00:00+00');

SELECT pg_catalog.setval('public.held_transaction_number_seq', 1, true);

SELECT pg_catalog.setval('public.instrument_id_seq', 2, true);

SELECT pg_catalog.setval('public.instrument_module_id_seq', 4, true);

SELECT pg_catalog.setval('public.obs_mode_id_seq', 8, true);

SELECT pg_catalog.setval('public.obs_unit_id_seq', 3, true);

SELECT pg_catalog.setval('public.observatory_id_seq', 1, true);

SELECT pg_catalog.setval('public.observing_program_id_seq', 3, true);

SELECT pg_catalog.setval('public.source_id_seq', 7, true);

SELECT pg_catalog.setval('public.telescope_id_seq', 1, true);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT "PK_schema_migration" PRIMARY KEY ("MigrationId");

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.applied_transaction
    ADD CONSTRAINT applied_transaction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.executed_obs_unit
    ADD CONSTRAINT executed_obs_unit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.held_transaction
    ADD CONSTRAINT held_transaction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.instrument_module
    ADD CONSTRAINT instrument_module_instrument_id_name_key UNIQUE (instrument_id, name);

ALTER TABLE ONLY public.instrument_module
    ADD CONSTRAINT instrument_module_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.instrument
    ADD CONSTRAINT instrument_name_key UNIQUE (name);

ALTER TABLE ONLY public.instrument
    ADD CONSTRAINT instrument_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.obs_mode
    ADD CONSTRAINT obs_mode_name_key UNIQUE (name);

ALTER TABLE ONLY public.obs_mode
    ADD CONSTRAINT obs_mode_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.obs_unit
    ADD CONSTRAINT obs_unit_name_key UNIQUE (name);

ALTER TABLE ONLY public.obs_unit
    ADD CONSTRAINT obs_unit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.observatory
    ADD CONSTRAINT observatory_name_key UNIQUE (name);

ALTER TABLE ONLY public.observatory
    ADD CONSTRAINT observatory_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.observing_program
    ADD CONSTRAINT observing_program_name_key UNIQUE (name);

ALTER TABLE ONLY public.observing_program
    ADD CONSTRAINT observing_program_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.observing_program
    ADD CONSTRAINT observing_program_short_name_key UNIQUE (short_name);

ALTER TABLE ONLY public.site_watermark
    ADD CONSTRAINT site_watermark_pkey PRIMARY KEY (site, epoch);

ALTER TABLE ONLY public.source
    ADD CONSTRAINT source_name_key UNIQUE (name);

ALTER TABLE ONLY public.source
    ADD CONSTRAINT source_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.telescope
    ADD CONSTRAINT telescope_name_key UNIQUE (name);

ALTER TABLE ONLY public.telescope
    ADD CONSTRAINT telescope_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.transaction_intervention
    ADD CONSTRAINT transaction_intervention_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX applied_transaction_key ON public.applied_transaction USING btree (site, actor, idempotency_key, ((epoch IS NULL))) WHERE ((idempotency_key IS NOT NULL) AND (outcome <> 'duplicate'::text));

CREATE INDEX applied_transaction_position ON public.applied_transaction USING btree (site, epoch, "position") WHERE ("position" IS NOT NULL);

CREATE INDEX executed_obs_unit_obs_unit ON public.executed_obs_unit USING btree (obs_unit_id, start_time);

CREATE INDEX executed_obs_unit_running ON public.executed_obs_unit USING btree (status) WHERE (status = 'running'::text);

CREATE INDEX executed_obs_unit_start ON public.executed_obs_unit USING btree (start_time, id);

CREATE INDEX held_transaction_site ON public.held_transaction USING btree (site, number);

CREATE INDEX obs_unit_program ON public.obs_unit USING btree (observing_program_id);

CREATE INDEX obs_unit_source ON public.obs_unit USING btree (source_id);

CREATE INDEX transaction_intervention_site ON public.transaction_intervention USING btree (site, at);

CREATE INDEX transaction_intervention_transaction ON public.transaction_intervention USING btree (transaction_id);

ALTER TABLE ONLY public.applied_transaction
    ADD CONSTRAINT applied_transaction_duplicate_of_fkey FOREIGN KEY (duplicate_of) REFERENCES public.applied_transaction(id);

ALTER TABLE ONLY public.executed_obs_unit
    ADD CONSTRAINT executed_obs_unit_obs_unit_id_fkey FOREIGN KEY (obs_unit_id) REFERENCES public.obs_unit(id);

ALTER TABLE ONLY public.held_transaction
    ADD CONSTRAINT held_transaction_id_fkey FOREIGN KEY (id) REFERENCES public.applied_transaction(id);

ALTER TABLE ONLY public.instrument_module
    ADD CONSTRAINT instrument_module_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES public.instrument(id);

ALTER TABLE ONLY public.instrument
    ADD CONSTRAINT instrument_telescope_id_fkey FOREIGN KEY (telescope_id) REFERENCES public.telescope(id);

ALTER TABLE ONLY public.obs_unit
    ADD CONSTRAINT obs_unit_instrument_id_fkey FOREIGN KEY (instrument_id) REFERENCES public.instrument(id);

ALTER TABLE ONLY public.obs_unit
    ADD CONSTRAINT obs_unit_obs_mode_id_fkey FOREIGN KEY (obs_mode_id) REFERENCES public.obs_mode(id);

ALTER TABLE ONLY public.obs_unit
    ADD CONSTRAINT obs_unit_observing_program_id_fkey FOREIGN KEY (observing_program_id) REFERENCES public.observing_program(id);

ALTER TABLE ONLY public.obs_unit
    ADD CONSTRAINT obs_unit_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.source(id);

ALTER TABLE ONLY public.telescope
    ADD CONSTRAINT telescope_observatory_id_fkey FOREIGN KEY (observatory_id) REFERENCES public.observatory(id);

