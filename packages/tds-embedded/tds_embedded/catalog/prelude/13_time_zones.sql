-- Windows' time zones, which SQL Server extrapolates: the first yearly rule of a zone applies back
-- to year 1. From `until` (in UTC) on a zone follows PostgreSQL's zone of that name.
--
-- `daylight` is a yearly rule: month, week (5 is the last), weekday (0 is Sunday) and second of the
-- day at which daylight time begins, in standard time, and the same of its end, in daylight time.
-- Names, offsets and rules are the answers of SQL Server 2025; the namesakes are CLDR's.
CREATE TABLE meta.time_zones (number int4 PRIMARY KEY, name text NOT NULL, iana text NOT NULL,
    standard int4 NOT NULL, daylight float8[], until timestamp);
INSERT INTO meta.time_zones VALUES
    (1, 'Dateline Standard Time', 'Etc/GMT+12', -720, NULL, NULL),
    (2, 'UTC-11', 'Etc/GMT+11', -660, NULL, NULL),
    (3, 'Aleutian Standard Time', 'America/Adak', -600,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 12:00'),
    (4, 'Hawaiian Standard Time', 'Pacific/Honolulu', -600, NULL, NULL),
    (5, 'Marquesas Standard Time', 'Pacific/Marquesas', -570, NULL, NULL),
    (6, 'Alaskan Standard Time', 'America/Anchorage', -540,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 11:00'),
    (7, 'UTC-09', 'Etc/GMT+9', -540, NULL, NULL),
    (8, 'Pacific Standard Time (Mexico)', 'America/Tijuana', -480,
        '{4,1,0,7200,10,5,0,7200}', '2010-03-14 10:00'),
    (9, 'UTC-08', 'Etc/GMT+8', -480, NULL, NULL),
    (10, 'Pacific Standard Time', 'America/Los_Angeles', -480,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 10:00'),
    (11, 'US Mountain Standard Time', 'America/Phoenix', -420, NULL, NULL),
    (12, 'Mountain Standard Time (Mexico)', 'America/Mazatlan', -420,
        '{4,1,0,7200,10,5,0,7200}', '2023-04-02 09:00'),
    (13, 'Mountain Standard Time', 'America/Denver', -420,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 09:00'),
    (14, 'Yukon Standard Time', 'America/Whitehorse', -480,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 10:00'),
    (15, 'Central America Standard Time', 'America/Guatemala', -360, NULL, NULL),
    (16, 'Central Standard Time', 'America/Chicago', -360,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 08:00'),
    (17, 'Easter Island Standard Time', 'Pacific/Easter', -360,
        '{10,2,6,79200,3,2,6,79200}', '2008-03-09 03:00'),
    (18, 'Central Standard Time (Mexico)', 'America/Mexico_City', -360,
        '{4,1,0,7200,10,5,0,7200}', '2023-04-02 08:00'),
    (19, 'Canada Central Standard Time', 'America/Regina', -360, NULL, NULL),
    (20, 'SA Pacific Standard Time', 'America/Bogota', -300, NULL, NULL),
    (21, 'Eastern Standard Time (Mexico)', 'America/Cancun', -360,
        '{4,1,0,7200,10,5,0,7200}', '2015-02-01 08:00'),
    (22, 'Eastern Standard Time', 'America/New_York', -300,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 07:00'),
    (23, 'Haiti Standard Time', 'America/Port-au-Prince', -300,
        '{4,1,6,86399.999,10,5,6,86399.999}', '2007-04-08 04:59:59.999000'),
    (24, 'Cuba Standard Time', 'America/Havana', -300,
        '{4,1,0,0,10,5,0,3600}', '2004-03-28 05:00'),
    (25, 'US Eastern Standard Time', 'America/Indianapolis', -300,
        NULL, '2006-04-02 07:00'),
    (26, 'Turks And Caicos Standard Time', 'America/Grand_Turk', -300,
        '{3,2,0,7200,11,1,0,7200}', '2015-11-01 06:00'),
    (27, 'Atlantic Standard Time', 'America/Halifax', -240,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 06:00'),
    (28, 'Venezuela Standard Time', 'America/Caracas', -240, NULL, '2007-01-01 04:00'),
    (29, 'Central Brazilian Standard Time', 'America/Cuiaba', -240,
        '{11,1,2,0,1,1,4,0}', '2004-11-02 04:00'),
    (30, 'SA Western Standard Time', 'America/La_Paz', -240, NULL, NULL),
    (31, 'Pacific SA Standard Time', 'America/Santiago', -240,
        '{10,2,6,86399.999,3,2,6,86399.999}', '2008-03-09 02:59:59.999000'),
    (32, 'Newfoundland Standard Time', 'America/St_Johns', -210,
        '{4,1,0,60,10,5,0,60}', '2007-03-11 03:31'),
    (33, 'Tocantins Standard Time', 'America/Araguaina', -180,
        NULL, '2012-10-21 03:00'),
    (34, 'E. South America Standard Time', 'America/Sao_Paulo', -180,
        '{11,1,2,0,2,2,6,86399.999}', '2005-02-13 01:59:59.999000'),
    (35, 'SA Eastern Standard Time', 'America/Cayenne', -180, NULL, NULL),
    (36, 'Argentina Standard Time', 'America/Argentina/Buenos_Aires', -180,
        NULL, '2007-12-30 03:00'),
    (37, 'Montevideo Standard Time', 'America/Montevideo', -180,
        '{10,1,0,7200,3,2,0,7200}', '2015-10-04 05:00'),
    (38, 'Magallanes Standard Time', 'America/Punta_Arenas', -240,
        '{10,2,6,86399.999,3,2,6,86399.999}', '2008-03-09 02:59:59.999000'),
    (39, 'Saint Pierre Standard Time', 'America/Miquelon', -180,
        '{4,1,0,7200,10,5,0,7200}', '2007-03-11 05:00'),
    (40, 'Bahia Standard Time', 'America/Bahia', -180,
        NULL, '2011-10-16 02:59:59.999000'),
    (41, 'Paraguay Standard Time', 'America/Asuncion', -240,
        '{10,3,6,86399.999,3,2,6,86399.999}', '2009-03-08 02:59:59.999000'),
    (42, 'UTC-02', 'Etc/GMT+2', -120, NULL, NULL),
    (43, 'Mid-Atlantic Standard Time', 'Etc/GMT+2', -120,
        '{3,5,0,7200,9,5,0,7200}', NULL),
    (44, 'Greenland Standard Time', 'America/Godthab', -180,
        '{3,5,6,79200,10,5,6,82800}', '2007-03-25 01:00'),
    (45, 'Azores Standard Time', 'Atlantic/Azores', -60,
        '{3,5,0,0,10,5,0,3600}', NULL),
    (46, 'Cape Verde Standard Time', 'Atlantic/Cape_Verde', -60, NULL, NULL),
    (47, 'UTC', 'UTC', 0, NULL, NULL),
    (48, 'GMT Standard Time', 'Europe/London', 0, '{3,5,0,3600,10,5,0,7200}', NULL),
    (49, 'Greenwich Standard Time', 'Atlantic/Reykjavik', 0, NULL, NULL),
    (50, 'Sao Tome Standard Time', 'Africa/Sao_Tome', 0, NULL, '2018-01-01 01:00'),
    (51, 'Morocco Standard Time', 'Africa/Casablanca', 0,
        NULL, '2008-05-31 23:59:59.999000'),
    (52, 'W. Europe Standard Time', 'Europe/Berlin', 60,
        '{3,5,0,7200,10,5,0,10800}', NULL),
    (53, 'Central Europe Standard Time', 'Europe/Budapest', 60,
        '{3,5,0,7200,10,5,0,10800}', NULL),
    (54, 'Romance Standard Time', 'Europe/Paris', 60,
        '{3,5,0,7200,10,5,0,10800}', NULL),
    (55, 'Central European Standard Time', 'Europe/Warsaw', 60,
        '{3,5,0,7200,10,5,0,10800}', NULL),
    (56, 'W. Central Africa Standard Time', 'Africa/Lagos', 60, NULL, NULL),
    (57, 'GTB Standard Time', 'Europe/Bucharest', 120,
        '{3,5,0,10800,10,5,0,14400}', NULL),
    (58, 'Middle East Standard Time', 'Asia/Beirut', 120,
        '{3,5,0,0,10,5,0,0}', '2010-03-27 21:59:59.999000'),
    (59, 'Egypt Standard Time', 'Africa/Cairo', 120,
        '{4,5,5,0,9,5,4,86399.999}', '2006-09-21 20:59:59.999000'),
    (60, 'E. Europe Standard Time', 'Europe/Chisinau', 120,
        '{3,5,0,7200,10,5,0,10800}', NULL),
    (61, 'West Bank Standard Time', 'Asia/Hebron', 120,
        '{3,5,4,86399.999,9,3,5,3600}', '2013-09-19 22:00'),
    (62, 'South Africa Standard Time', 'Africa/Johannesburg', 120, NULL, NULL),
    (63, 'FLE Standard Time', 'Europe/Kiev', 120, '{3,5,0,10800,10,5,0,14400}', NULL),
    (64, 'Israel Standard Time', 'Asia/Jerusalem', 120,
        '{4,1,3,3600,9,4,3,3600}', '2005-04-01 00:00'),
    (65, 'South Sudan Standard Time', 'Africa/Juba', 180,
        NULL, '2021-01-31 20:59:59.999000'),
    (66, 'Kaliningrad Standard Time', 'Europe/Kaliningrad', 120,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-30 00:00'),
    (67, 'Sudan Standard Time', 'Africa/Khartoum', 180,
        NULL, '2017-10-31 20:59:59.999000'),
    (68, 'Libya Standard Time', 'Africa/Tripoli', 120, NULL, '2011-12-31 22:00'),
    (69, 'Namibia Standard Time', 'Africa/Windhoek', 60,
        '{9,1,0,7200,4,1,0,7200}', '2018-04-01 00:00'),
    (70, 'Syria Standard Time', 'Asia/Damascus', 120,
        '{4,1,4,0,9,5,4,86399.999}', '2005-03-31 22:00'),
    (71, 'Jordan Standard Time', 'Asia/Amman', 120,
        '{3,5,4,86399.999,10,5,5,3600}', '2012-10-25 22:00'),
    (72, 'Arabic Standard Time', 'Asia/Baghdad', 180,
        '{4,1,4,10800,10,1,5,14400}', '2005-04-01 00:00'),
    (73, 'Turkey Standard Time', 'Europe/Istanbul', 120,
        '{3,5,0,10800,10,5,0,14400}', '2011-03-27 01:00'),
    (74, 'Arab Standard Time', 'Asia/Riyadh', 180, NULL, NULL),
    (75, 'Belarus Standard Time', 'Europe/Minsk', 120,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-30 00:00'),
    (76, 'Russian Standard Time', 'Europe/Moscow', 180,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 23:00'),
    (77, 'E. Africa Standard Time', 'Africa/Nairobi', 180, NULL, NULL),
    (78, 'Volgograd Standard Time', 'Europe/Volgograd', 180,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 23:00'),
    (79, 'Iran Standard Time', 'Asia/Tehran', 210,
        '{3,3,0,0,9,3,1,86399.999}', '2005-03-19 20:30'),
    (80, 'Arabian Standard Time', 'Asia/Dubai', 240, NULL, NULL),
    (81, 'Astrakhan Standard Time', 'Europe/Astrakhan', 180,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 23:00'),
    (82, 'Azerbaijan Standard Time', 'Asia/Baku', 240,
        '{3,5,0,14400,10,5,0,18000}', '2016-03-27 00:00'),
    (83, 'Russia Time Zone 3', 'Europe/Samara', 240,
        '{3,5,0,7200,10,5,0,10800}', '2009-12-31 20:00'),
    (84, 'Mauritius Standard Time', 'Indian/Mauritius', 240, NULL, '2008-10-25 22:00'),
    (85, 'Saratov Standard Time', 'Europe/Saratov', 180,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 23:00'),
    (86, 'Georgian Standard Time', 'Asia/Tbilisi', 240, NULL, NULL),
    (87, 'Caucasus Standard Time', 'Asia/Yerevan', 240,
        '{3,5,0,7200,10,5,0,10800}', '2012-03-24 22:00'),
    (88, 'Afghanistan Standard Time', 'Asia/Kabul', 270, NULL, NULL),
    (89, 'West Asia Standard Time', 'Asia/Tashkent', 300, NULL, NULL),
    (90, 'Ekaterinburg Standard Time', 'Asia/Yekaterinburg', 300,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 21:00'),
    (91, 'Pakistan Standard Time', 'Asia/Karachi', 300,
        NULL, '2008-05-31 18:59:59.999000'),
    (92, 'Qyzylorda Standard Time', 'Asia/Qyzylorda', 360, NULL, '2018-12-20 18:00'),
    (93, 'India Standard Time', 'Asia/Calcutta', 330, NULL, NULL),
    (94, 'Sri Lanka Standard Time', 'Asia/Colombo', 330, NULL, NULL),
    (95, 'Nepal Standard Time', 'Asia/Katmandu', 345, NULL, NULL),
    (96, 'Central Asia Standard Time', 'Asia/Bishkek', 360, NULL, NULL),
    (97, 'Bangladesh Standard Time', 'Asia/Dhaka', 360, NULL, '2009-06-19 17:00'),
    (98, 'Omsk Standard Time', 'Asia/Omsk', 360,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 20:00'),
    (99, 'Myanmar Standard Time', 'Asia/Rangoon', 390, NULL, NULL),
    (100, 'SE Asia Standard Time', 'Asia/Bangkok', 420, NULL, NULL),
    (101, 'Altai Standard Time', 'Asia/Barnaul', 360,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 20:00'),
    (102, 'W. Mongolia Standard Time', 'Asia/Hovd', 420,
        '{3,5,6,7200,9,5,6,7200}', '2007-03-30 19:00'),
    (103, 'North Asia Standard Time', 'Asia/Krasnoyarsk', 420,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 19:00'),
    (104, 'N. Central Asia Standard Time', 'Asia/Novosibirsk', 360,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 20:00'),
    (105, 'Tomsk Standard Time', 'Asia/Tomsk', 360,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 20:00'),
    (106, 'China Standard Time', 'Asia/Shanghai', 480, NULL, NULL),
    (107, 'North Asia East Standard Time', 'Asia/Irkutsk', 480,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 18:00'),
    (108, 'Singapore Standard Time', 'Asia/Singapore', 480, NULL, NULL),
    (109, 'W. Australia Standard Time', 'Australia/Perth', 480,
        NULL, '2006-12-02 18:00'),
    (110, 'Taipei Standard Time', 'Asia/Taipei', 480, NULL, NULL),
    (111, 'Ulaanbaatar Standard Time', 'Asia/Ulaanbaatar', 480,
        NULL, '2015-03-27 18:00'),
    (112, 'Aus Central W. Standard Time', 'Australia/Eucla', 525, NULL, NULL),
    (113, 'Transbaikal Standard Time', 'Asia/Chita', 540,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 17:00'),
    (114, 'Tokyo Standard Time', 'Asia/Tokyo', 540, NULL, NULL),
    (115, 'North Korea Standard Time', 'Asia/Pyongyang', 540, NULL, '2014-12-31 15:00'),
    (116, 'Korea Standard Time', 'Asia/Seoul', 540, NULL, NULL),
    (117, 'Yakutsk Standard Time', 'Asia/Yakutsk', 540,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 17:00'),
    (118, 'Cen. Australia Standard Time', 'Australia/Adelaide', 570,
        '{10,5,0,7200,3,5,0,10800}', '2008-03-29 16:30'),
    (119, 'AUS Central Standard Time', 'Australia/Darwin', 570, NULL, NULL),
    (120, 'E. Australia Standard Time', 'Australia/Brisbane', 600, NULL, NULL),
    (121, 'AUS Eastern Standard Time', 'Australia/Sydney', 600,
        '{10,5,0,7200,3,5,0,10800}', '2008-03-29 16:00'),
    (122, 'West Pacific Standard Time', 'Pacific/Port_Moresby', 600, NULL, NULL),
    (123, 'Tasmania Standard Time', 'Australia/Hobart', 600,
        '{10,1,0,7200,3,5,0,10800}', '2008-03-29 16:00'),
    (124, 'Vladivostok Standard Time', 'Asia/Vladivostok', 600,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 16:00'),
    (125, 'Lord Howe Standard Time', 'Australia/Lord_Howe', 630,
        '{10,5,0,7200,3,5,0,7200}', '2006-03-25 15:00'),
    (126, 'Bougainville Standard Time', 'Pacific/Bougainville', 600,
        NULL, '2014-12-27 16:00'),
    (127, 'Russia Time Zone 10', 'Asia/Srednekolymsk', 660,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 15:00'),
    (128, 'Magadan Standard Time', 'Asia/Magadan', 660,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 15:00'),
    (129, 'Norfolk Standard Time', 'Pacific/Norfolk', 690, NULL, '2015-10-03 14:30'),
    (130, 'Sakhalin Standard Time', 'Asia/Sakhalin', 600,
        '{3,5,0,7200,10,5,0,10800}', '2011-10-29 16:00'),
    (131, 'Central Pacific Standard Time', 'Pacific/Guadalcanal', 660, NULL, NULL),
    (132, 'Russia Time Zone 11', 'Asia/Kamchatka', 720,
        '{3,5,0,7200,10,5,0,10800}', '2009-12-31 12:00'),
    (133, 'New Zealand Standard Time', 'Pacific/Auckland', 720,
        '{10,1,0,7200,3,3,0,10800}', '2007-09-29 14:00'),
    (134, 'UTC+12', 'Etc/GMT-12', 720, NULL, NULL),
    (135, 'Fiji Standard Time', 'Pacific/Fiji', 720, NULL, '2009-11-28 14:00'),
    (136, 'Kamchatka Standard Time', 'Asia/Kamchatka', 720,
        '{3,5,0,7200,10,5,0,10800}', NULL),
    (137, 'Chatham Islands Standard Time', 'Pacific/Chatham', 765,
        '{10,1,0,9900,3,3,0,13500}', '2007-09-29 14:00'),
    (138, 'UTC+13', 'Etc/GMT-13', 780, NULL, NULL),
    (139, 'Tonga Standard Time', 'Pacific/Tongatapu', 780, NULL, '2016-11-05 13:00'),
    (140, 'Samoa Standard Time', 'Pacific/Apia', -660, NULL, '2009-12-31 11:00'),
    (141, 'Line Islands Standard Time', 'Pacific/Kiritimati', 840, NULL, NULL);

CREATE FUNCTION tsql.iana_minutes(utc timestamp, iana text) RETURNS int4
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(extract(epoch FROM (utc AT TIME ZONE 'UTC' AT TIME ZONE iana) - utc) / 60);

-- The moment in a year at which half of a rule begins: its month, week, weekday and second.
CREATE FUNCTION tsql.rule_start(year int4, half float8[]) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT first + ((half[3]::int4 - extract(dow FROM first)::int4 + 7) % 7 + 7
        * (half[2]::int4 - 1 - (half[2] = 5 AND first + (half[3]::int4
            - extract(dow FROM first)::int4 + 7) % 7 + 28 >= first + interval '1 month')::int4))
        + half[4] * interval '1 second'
    FROM (SELECT make_date(year, half[1]::int4, 1)) AS month (first));

CREATE FUNCTION tsql.shift_of(zone meta.time_zones) RETURNS int4
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE zone.name WHEN 'Lord Howe Standard Time' THEN 30 ELSE 60 END;

-- The offset of a zone at a moment in UTC. A yearly rule's year is that of the standard time, and the
-- daylight time is put into it.
CREATE FUNCTION tsql.zone_minutes(utc timestamp, zone meta.time_zones) RETURNS int4
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    shift int4;
    year int4;
    clock timestamp;
    start timestamp;
    stop timestamp;
BEGIN
    IF utc >= zone.until THEN
        RETURN tsql.iana_minutes(utc, zone.iana);
    ELSIF zone.daylight IS NULL THEN
        RETURN zone.standard;
    END IF;
    shift := tsql.shift_of(zone);
    clock := utc + make_interval(mins => zone.standard);
    year := extract(year FROM clock);
    clock := clock + make_interval(mins => shift);
    IF extract(year FROM clock) <> year THEN
        clock := clock - interval '1 year';
    END IF;
    start := tsql.rule_start(year, zone.daylight[1:4]) + make_interval(mins => shift);
    stop := tsql.rule_start(year, zone.daylight[5:8]);
    IF (start <= clock)::int4 + (clock < stop)::int4 > (start < stop)::int4 THEN
        RETURN zone.standard + shift;
    END IF;
    RETURN zone.standard;
END $$;

CREATE FUNCTION tsql.time_zone(wanted tsql.nvarchar) RETURNS meta.time_zones
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    zone meta.time_zones;
BEGIN
    SELECT * INTO zone FROM meta.time_zones z WHERE lower(z.name) = lower(wanted::text);
    IF zone.name IS NULL THEN
        PERFORM tsql.error(9820, wanted::text);
    END IF;
    RETURN zone;
END $$;

-- A time of the clock in a zone, in UTC. A time that comes twice, or not at all, is read in the offset
-- before the change.
CREATE FUNCTION tsql.zone_utc(value timestamp, zone meta.time_zones) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    before int4 := tsql.zone_minutes(value - interval '1 day', zone);
    after int4 := tsql.zone_minutes(value + interval '1 day', zone);
    earlier timestamp := value - make_interval(mins => before);
    later timestamp := value - make_interval(mins => after);
BEGIN
    IF before <> after AND tsql.zone_minutes(earlier, zone) <> before
        AND tsql.zone_minutes(later, zone) = after
    THEN
        RETURN later;
    END IF;
    RETURN earlier;
END $$;

-- AT TIME ZONE. A datetimeoffset whose local time would leave the range is cut off there, in UTC.
CREATE FUNCTION tsql.at_time_zone(value timestamp, zone meta.time_zones, scale int4)
RETURNS tsql.datetimeoffset
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    utc timestamp := tsql.zone_utc(value, zone);
BEGIN
    IF utc < timestamp '0001-01-01' OR utc >= timestamp '10000-01-01' THEN
        PERFORM tsql.error(9813, 'AT TIME ZONE');
    END IF;
    RETURN tsql.to_datetimeoffset(utc, tsql.zone_minutes(utc, zone));
END $$;
CREATE FUNCTION tsql.at_time_zone(value tsql.datetimeoffset, zone meta.time_zones, scale int4)
RETURNS tsql.datetimeoffset
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    utc timestamp := tsql.utc(value);
    minutes int4 := tsql.zone_minutes(utc, zone);
    local timestamp := utc + make_interval(mins => minutes);
BEGIN
    IF local < timestamp '0001-01-01' THEN
        RETURN tsql.to_datetimeoffset(timestamp '0001-01-01', 0);
    ELSIF local >= timestamp '10000-01-01' THEN
        RETURN tsql.to_datetimeoffset(
            timestamp '10000-01-01' - 10.0 ^ -least(scale, 6) * interval '1 second', 0);
    END IF;
    RETURN tsql.to_datetimeoffset(utc, minutes);
END $$;
