"""The keywords that Microsoft's ODBC driver reads in a connection string; others it ignores.

https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute
"""

from __future__ import annotations

# fmt: off
ODBC_KEYWORDS = frozenset((
    "addr", "address", "ansinpw", "app", "applicationintent", "attachdbfilename",
    "authentication", "autotranslate", "clientcertificate", "clientkey", "columnencryption",
    "concatnullyieldsnull", "connectretrycount", "connectretryinterval", "database",
    "description", "driver", "dsn", "encrypt", "failover_partner", "failoverpartnerspn",
    "filedsn", "getdataextensions", "hostnameincertificate", "ipaddresspreference", "keepalive",
    "keepaliveinterval", "keystoreauthentication", "keystorelocation", "keystoreprincipalid",
    "keystoresecret", "language", "longasmax", "mars_connection", "multisubnetfailover", "net",
    "network", "packetsize", "pwd", "querylog_on", "querylogfile", "querylogtime", "quotedid",
    "regional", "replication", "retryexec", "savefile", "server", "servercertificate",
    "serverspn", "statslog_on", "statslogfile", "transparentnetworkipresolution",
    "trusted_connection", "trustservercertificate", "uid", "usefmtonly", "vectortypesupport",
    "wsid",
))
