-- Dates out of their parts, offsets and time zones.

CREATE FUNCTION tsql.made_timestamp(target text, year int4, month int4, day int4, hour int4,
    minute int4, second int4, fraction int4, scale int4)
RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
    IF year NOT BETWEEN 1 AND 9999 OR fraction NOT BETWEEN 0 AND 10 ^ scale - 1
        OR hour NOT BETWEEN 0 AND 23 OR minute NOT BETWEEN 0 AND 59 OR second NOT BETWEEN 0 AND 59
    THEN
        PERFORM tsql.error(289, target);
    END IF;
    RETURN make_timestamp(year, month, day, hour, minute, second)
        + trunc(fraction * 10 ^ (6 - scale)) * interval '1 microsecond';
EXCEPTION WHEN datetime_field_overflow THEN
    PERFORM tsql.error(289, target);
END $$;
CREATE FUNCTION tsql.datefromparts(year int4, month int4, day int4) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.made_timestamp('date', year, month, day, 0, 0, 0, 0, 0)::date;
CREATE FUNCTION tsql.timefromparts(hour int4, minute int4, second int4, fraction int4, scale int4)
    RETURNS time LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.made_timestamp('time', 1900, 1, 1, hour, minute, second, fraction, scale)::time;
CREATE FUNCTION tsql.datetime2fromparts(year int4, month int4, day int4, hour int4, minute int4,
    second int4, fraction int4, scale int4)
    RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    tsql.made_timestamp('datetime2', year, month, day, hour, minute, second, fraction, scale);
CREATE FUNCTION tsql.datetimefromparts(year int4, month int4, day int4, hour int4, minute int4,
    second int4, millisecond int4)
    RETURNS tsql.datetime LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN tsql.to_datetime(
    tsql.made_timestamp('datetime', year, month, day, hour, minute, second, millisecond, 3));
CREATE FUNCTION tsql.smalldatetimefromparts(year int4, month int4, day int4, hour int4, minute int4)
    RETURNS tsql.smalldatetime LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_smalldatetime(
    tsql.made_timestamp('smalldatetime', year, month, day, hour, minute, 0, 0, 0));
CREATE FUNCTION tsql.datetimeoffsetfromparts(year int4, month int4, day int4, hour int4,
    minute int4, second int4, fraction int4, hour_offset int4, minute_offset int4, scale int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.local_datetimeoffset(tsql.made_timestamp('datetimeoffset', year, month, day, hour,
        minute, second, fraction, scale), hour_offset * 60 + minute_offset);

CREATE FUNCTION tsql.parse_offset(text) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN $1 ~ '^[-+](0[0-9]|1[0-4]):[0-5][0-9]$'
    THEN (substring($1 FROM 2 FOR 2)::int4 * 60 + right($1, 2)::int4)
        * CASE WHEN left($1, 1) = '-' THEN -1 ELSE 1 END
    ELSE tsql.error(9812, $1)::int4 END;
CREATE FUNCTION tsql.switchoffset(value tsql.datetimeoffset, minutes int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(tsql.utc(value), minutes);
CREATE FUNCTION tsql.switchoffset(value tsql.datetimeoffset, zone tsql.nvarchar)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(tsql.utc(value), tsql.parse_offset(zone::text));
CREATE FUNCTION tsql.switchoffset(value timestamp, zone tsql.nvarchar)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(value, tsql.parse_offset(zone::text));
CREATE FUNCTION tsql.switchoffset(value timestamp, minutes int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(value, minutes);
CREATE FUNCTION tsql.todatetimeoffset(value timestamp, minutes int4)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.local_datetimeoffset(value, minutes);
CREATE FUNCTION tsql.todatetimeoffset(value timestamp, zone tsql.nvarchar)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.local_datetimeoffset(value, tsql.parse_offset(zone::text));

-- Windows' time zones by CLDR's windowsZones, territory 001.
CREATE TABLE meta.time_zones (name text PRIMARY KEY, iana text NOT NULL);
INSERT INTO meta.time_zones VALUES
    ('Dateline Standard Time', 'Etc/GMT+12'), ('UTC-11', 'Etc/GMT+11'),
    ('Aleutian Standard Time', 'America/Adak'), ('Hawaiian Standard Time', 'Pacific/Honolulu'),
    ('Marquesas Standard Time', 'Pacific/Marquesas'),
    ('Alaskan Standard Time', 'America/Anchorage'), ('UTC-09', 'Etc/GMT+9'),
    ('Pacific Standard Time (Mexico)', 'America/Tijuana'), ('UTC-08', 'Etc/GMT+8'),
    ('Pacific Standard Time', 'America/Los_Angeles'),
    ('US Mountain Standard Time', 'America/Phoenix'),
    ('Mountain Standard Time (Mexico)', 'America/Mazatlan'),
    ('Mountain Standard Time', 'America/Denver'), ('Yukon Standard Time', 'America/Whitehorse'),
    ('Central America Standard Time', 'America/Guatemala'),
    ('Central Standard Time', 'America/Chicago'),
    ('Easter Island Standard Time', 'Pacific/Easter'),
    ('Central Standard Time (Mexico)', 'America/Mexico_City'),
    ('Canada Central Standard Time', 'America/Regina'),
    ('SA Pacific Standard Time', 'America/Bogota'),
    ('Eastern Standard Time (Mexico)', 'America/Cancun'),
    ('Eastern Standard Time', 'America/New_York'),
    ('Haiti Standard Time', 'America/Port-au-Prince'), ('Cuba Standard Time', 'America/Havana'),
    ('US Eastern Standard Time', 'America/Indianapolis'),
    ('Turks And Caicos Standard Time', 'America/Grand_Turk'),
    ('Paraguay Standard Time', 'America/Asuncion'), ('Atlantic Standard Time', 'America/Halifax'),
    ('Venezuela Standard Time', 'America/Caracas'),
    ('Central Brazilian Standard Time', 'America/Cuiaba'),
    ('SA Western Standard Time', 'America/La_Paz'),
    ('Pacific SA Standard Time', 'America/Santiago'),
    ('Newfoundland Standard Time', 'America/St_Johns'),
    ('Tocantins Standard Time', 'America/Araguaina'),
    ('E. South America Standard Time', 'America/Sao_Paulo'),
    ('SA Eastern Standard Time', 'America/Cayenne'),
    ('Argentina Standard Time', 'America/Argentina/Buenos_Aires'),
    ('Greenland Standard Time', 'America/Godthab'),
    ('Montevideo Standard Time', 'America/Montevideo'),
    ('Magallanes Standard Time', 'America/Punta_Arenas'),
    ('Saint Pierre Standard Time', 'America/Miquelon'), ('Bahia Standard Time', 'America/Bahia'),
    ('UTC-02', 'Etc/GMT+2'), ('Azores Standard Time', 'Atlantic/Azores'),
    ('Cape Verde Standard Time', 'Atlantic/Cape_Verde'), ('UTC', 'UTC'),
    ('GMT Standard Time', 'Europe/London'), ('Greenwich Standard Time', 'Atlantic/Reykjavik'),
    ('Sao Tome Standard Time', 'Africa/Sao_Tome'), ('Morocco Standard Time', 'Africa/Casablanca'),
    ('W. Europe Standard Time', 'Europe/Berlin'),
    ('British Columbia Standard Time', 'America/Vancouver'),
    ('Central Europe Standard Time', 'Europe/Budapest'),
    ('Romance Standard Time', 'Europe/Paris'), ('Central European Standard Time', 'Europe/Warsaw'),
    ('W. Central Africa Standard Time', 'Africa/Lagos'), ('Jordan Standard Time', 'Asia/Amman'),
    ('GTB Standard Time', 'Europe/Bucharest'), ('Middle East Standard Time', 'Asia/Beirut'),
    ('Egypt Standard Time', 'Africa/Cairo'), ('E. Europe Standard Time', 'Europe/Chisinau'),
    ('Syria Standard Time', 'Asia/Damascus'), ('West Bank Standard Time', 'Asia/Hebron'),
    ('South Africa Standard Time', 'Africa/Johannesburg'), ('FLE Standard Time', 'Europe/Kiev'),
    ('Israel Standard Time', 'Asia/Jerusalem'), ('South Sudan Standard Time', 'Africa/Juba'),
    ('Kaliningrad Standard Time', 'Europe/Kaliningrad'),
    ('Sudan Standard Time', 'Africa/Khartoum'), ('Libya Standard Time', 'Africa/Tripoli'),
    ('Namibia Standard Time', 'Africa/Windhoek'), ('Arabic Standard Time', 'Asia/Baghdad'),
    ('Turkey Standard Time', 'Europe/Istanbul'), ('Arab Standard Time', 'Asia/Riyadh'),
    ('Belarus Standard Time', 'Europe/Minsk'), ('Russian Standard Time', 'Europe/Moscow'),
    ('E. Africa Standard Time', 'Africa/Nairobi'), ('Iran Standard Time', 'Asia/Tehran'),
    ('Arabian Standard Time', 'Asia/Dubai'), ('Astrakhan Standard Time', 'Europe/Astrakhan'),
    ('Azerbaijan Standard Time', 'Asia/Baku'), ('Russia Time Zone 3', 'Europe/Samara'),
    ('Mauritius Standard Time', 'Indian/Mauritius'), ('Saratov Standard Time', 'Europe/Saratov'),
    ('Georgian Standard Time', 'Asia/Tbilisi'), ('Volgograd Standard Time', 'Europe/Volgograd'),
    ('Caucasus Standard Time', 'Asia/Yerevan'), ('Afghanistan Standard Time', 'Asia/Kabul'),
    ('West Asia Standard Time', 'Asia/Tashkent'),
    ('Ekaterinburg Standard Time', 'Asia/Yekaterinburg'),
    ('Pakistan Standard Time', 'Asia/Karachi'), ('Qyzylorda Standard Time', 'Asia/Qyzylorda'),
    ('India Standard Time', 'Asia/Calcutta'), ('Sri Lanka Standard Time', 'Asia/Colombo'),
    ('Nepal Standard Time', 'Asia/Katmandu'), ('Central Asia Standard Time', 'Asia/Bishkek'),
    ('Bangladesh Standard Time', 'Asia/Dhaka'), ('Omsk Standard Time', 'Asia/Omsk'),
    ('Myanmar Standard Time', 'Asia/Rangoon'), ('SE Asia Standard Time', 'Asia/Bangkok'),
    ('Altai Standard Time', 'Asia/Barnaul'), ('W. Mongolia Standard Time', 'Asia/Hovd'),
    ('North Asia Standard Time', 'Asia/Krasnoyarsk'),
    ('N. Central Asia Standard Time', 'Asia/Novosibirsk'), ('Tomsk Standard Time', 'Asia/Tomsk'),
    ('China Standard Time', 'Asia/Shanghai'), ('North Asia East Standard Time', 'Asia/Irkutsk'),
    ('Singapore Standard Time', 'Asia/Singapore'), ('W. Australia Standard Time', 'Australia/Perth'),
    ('Taipei Standard Time', 'Asia/Taipei'), ('Ulaanbaatar Standard Time', 'Asia/Ulaanbaatar'),
    ('Aus Central W. Standard Time', 'Australia/Eucla'),
    ('Transbaikal Standard Time', 'Asia/Chita'), ('Tokyo Standard Time', 'Asia/Tokyo'),
    ('North Korea Standard Time', 'Asia/Pyongyang'), ('Korea Standard Time', 'Asia/Seoul'),
    ('Yakutsk Standard Time', 'Asia/Yakutsk'), ('Cen. Australia Standard Time',
    'Australia/Adelaide'), ('AUS Central Standard Time', 'Australia/Darwin'),
    ('E. Australia Standard Time', 'Australia/Brisbane'),
    ('AUS Eastern Standard Time', 'Australia/Sydney'),
    ('West Pacific Standard Time', 'Pacific/Port_Moresby'),
    ('Tasmania Standard Time', 'Australia/Hobart'),
    ('Vladivostok Standard Time', 'Asia/Vladivostok'),
    ('Lord Howe Standard Time', 'Australia/Lord_Howe'),
    ('Bougainville Standard Time', 'Pacific/Bougainville'),
    ('Russia Time Zone 10', 'Asia/Srednekolymsk'), ('Magadan Standard Time', 'Asia/Magadan'),
    ('Norfolk Standard Time', 'Pacific/Norfolk'), ('Sakhalin Standard Time', 'Asia/Sakhalin'),
    ('Central Pacific Standard Time', 'Pacific/Guadalcanal'),
    ('Russia Time Zone 11', 'Asia/Kamchatka'), ('New Zealand Standard Time', 'Pacific/Auckland'),
    ('UTC+12', 'Etc/GMT-12'), ('Fiji Standard Time', 'Pacific/Fiji'),
    ('Chatham Islands Standard Time', 'Pacific/Chatham'), ('UTC+13', 'Etc/GMT-13'),
    ('Tonga Standard Time', 'Pacific/Tongatapu'), ('Samoa Standard Time', 'Pacific/Apia'),
    ('Line Islands Standard Time', 'Pacific/Kiritimati');

CREATE FUNCTION tsql.zone_minutes(instant timestamptz, zone text) RETURNS int4
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(extract(epoch FROM (instant AT TIME ZONE zone) - (instant AT TIME ZONE 'UTC')) / 60);
CREATE FUNCTION tsql.iana_zone(zone tsql.nvarchar) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    found text;
BEGIN
    SELECT iana INTO found FROM meta.time_zones WHERE lower(name) = lower(zone::text);
    IF found IS NULL THEN
        PERFORM tsql.error(9820, zone::text);
    END IF;
    RETURN found;
END $$;
-- An hour that comes twice has the offset before the change, one that is left out that after it.
-- PostgreSQL reads the second of two such hours; the first is an hour before it.
CREATE FUNCTION tsql.zone_instant(value timestamp, zone text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN ((value AT TIME ZONE zone) - interval '1 hour') AT TIME ZONE zone = value
    THEN (value AT TIME ZONE zone) - interval '1 hour' ELSE value AT TIME ZONE zone END;
CREATE FUNCTION tsql.at_iana_zone(value timestamp, zone text) RETURNS tsql.datetimeoffset
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN tsql.to_datetimeoffset(tsql.zone_instant(value, zone) AT TIME ZONE 'UTC',
    tsql.zone_minutes(tsql.zone_instant(value, zone), zone));
CREATE FUNCTION tsql.at_iana_zone(value tsql.datetimeoffset, zone text)
    RETURNS tsql.datetimeoffset LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN tsql.to_datetimeoffset(tsql.utc(value),
        tsql.zone_minutes(tsql.utc(value) AT TIME ZONE 'UTC', zone));
