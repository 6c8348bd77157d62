"""The products that the server can present itself as.

Follows "Determine the version of SQL Server" and "ALTER DATABASE compatibility level",
https://learn.microsoft.com/troubleshoot/sql/releases/download-and-install-latest-updates and
https://learn.microsoft.com/sql/t-sql/statements/alter-database-transact-sql-compatibility-level
"""

from __future__ import annotations

from dataclasses import dataclass

from tds_embedded.types import DEFAULT_COLLATION

DEFAULT = "2022"


@dataclass(frozen=True)
class Product:
    """A product: its version as (major, minor, build) and the compatibility level it starts with.

    `engine_edition` is SERVERPROPERTY('EngineEdition'): 3 Enterprise, 5 Azure SQL Database, 8
    Azure SQL Managed Instance.
    """

    name: str
    version: tuple[int, int, int]
    compatibility_level: int
    edition: str = "Developer Edition (64-bit)"
    engine_edition: int = 3

    @property
    def compatibility_year(self) -> int:
        """The SQL Server that has this compatibility level."""
        years = {130: 2016, 140: 2017, 150: 2019, 160: 2022, 170: 2025}
        return years[self.compatibility_level]

    @property
    def product_version(self) -> str:
        """SERVERPROPERTY('ProductVersion')."""
        major, minor, build = self.version
        return f"{major}.{minor}.{build}.0"

    def properties(self, server_name: str) -> dict[str, str | int]:
        """Return the values of SERVERPROPERTY, by its names in lower case."""
        major, minor, build = self.version
        return {
            "buildclrversion": "v4.0.30319",
            "collation": DEFAULT_COLLATION,
            "edition": self.edition,
            "engineedition": self.engine_edition,
            "instancedefaultbackuppath": "/var/opt/mssql/data/",
            "instancedefaultdatapath": "/var/opt/mssql/data/",
            "instancedefaultlogpath": "/var/opt/mssql/data/",
            "instancename": "",
            "isclustered": 0,
            "isfulltextinstalled": 0,
            "ishadrenabled": 0,
            "isintegratedsecurityonly": 0,
            "issingleuser": 0,
            "machinename": server_name,
            "productbuild": str(build),
            "productlevel": "RTM",
            "productmajorversion": str(major),
            "productminorversion": str(minor),
            "productversion": self.product_version,
            "servername": server_name,
        }

    @property
    def version_text(self) -> str:
        """@@VERSION, which names the stand-in."""
        title = "SQL Azure" if self.engine_edition in (5, 8) else f"SQL Server {self.name}"
        return (
            f"Microsoft {title} (stand-in) - {self.product_version} (X64)\n"
            "\tNot Microsoft's product: the embedded server of django-mssql-otel, "
            "T-SQL on PostgreSQL, for tests and demonstrations\n"
            f"\t{self.edition}"
        )


PRODUCTS = {
    product.name: product
    for product in (
        Product("2016", (13, 0, 6300), 130),
        Product("2017", (14, 0, 1000), 140),
        Product("2019", (15, 0, 2000), 150),
        Product("2022", (16, 0, 1000), 160),
        Product("2025", (17, 0, 1000), 170),
        Product("azure", (12, 0, 2000), 170, "SQL Azure", 5),
        Product("managed", (12, 0, 2000), 160, "SQL Azure", 8),
    )
}


def product(name: str) -> Product:
    """Return the product of that name. Raises ValueError naming those there are."""
    if name not in PRODUCTS:
        raise ValueError(f"Unknown product {name!r}: choose one of {', '.join(PRODUCTS)}.")
    return PRODUCTS[name]
