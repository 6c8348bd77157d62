"""The tables that the translator's tests read and change: authors and their books."""

from __future__ import annotations

from tds_embedded_tests.conftest import Database

TABLES = """
CREATE TABLE author (
    id int IDENTITY (1, 1) CONSTRAINT pk_author PRIMARY KEY,
    name nvarchar(50) NOT NULL,
    age int NULL,
    salary decimal(10, 2) NULL,
    born datetime2 NULL,
    active bit NOT NULL CONSTRAINT df_author_active DEFAULT 1,
    code varchar(10) NULL,
    exact nvarchar(20) COLLATE Latin1_General_CS_AS NULL,
    rating float NULL,
    small smallint NULL,
    tiny tinyint NULL,
    spent bigint NULL,
    photo varbinary(8) NULL,
    joined datetimeoffset NULL,
    twice AS (age * 2)
);
CREATE TABLE book (
    id int IDENTITY (10, 10) CONSTRAINT pk_book PRIMARY KEY,
    title nvarchar(100) NOT NULL,
    author_id int NULL CONSTRAINT fk_book_author REFERENCES author (id),
    price decimal(8, 2) NULL,
    pages int NULL CONSTRAINT ck_book_pages CHECK (pages > 0),
    CONSTRAINT uq_book UNIQUE (author_id, title)
);
CREATE UNIQUE INDEX ux_author_code ON author (code) WHERE code IS NOT NULL;
"""
ROWS = """
DELETE FROM book;
DELETE FROM author;
SET IDENTITY_INSERT author ON;
INSERT INTO author
    (id, name, age, salary, born, active, code, exact, rating, small, tiny, spent)
VALUES (1, N'Ann', 30, 10.50, '2020-01-02T10:20:30.5', 1, 'a1', N'Xy', 1.5, 4, 3, 100),
    (2, N'Bob', NULL, 20.00, NULL, 0, 'b2', N'xY', NULL, NULL, NULL, NULL),
    (3, N'Cyd', 41, 7.25, '2021-12-31', 1, NULL, N'q', 3, -5, 200, 5);
SET IDENTITY_INSERT author OFF;
SET IDENTITY_INSERT book ON;
INSERT INTO book (id, title, author_id, price, pages)
VALUES (10, N'Ants', 1, 3.50, 100), (20, N'Bees', 1, 5.00, 50), (30, N'Cats', 2, 9.99, 10),
    (40, N'Dogs', NULL, NULL, NULL);
SET IDENTITY_INSERT book OFF;
"""


def build(database: Database) -> None:
    """The tables, with their rows."""
    database.run(TABLES)
    refill(database)


def refill(database: Database) -> None:
    """The rows as they were."""
    database.run(ROWS)
