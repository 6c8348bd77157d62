"""The syntax tree of the subset of T-SQL that the embedded server supports.

Named after Microsoft's grammar ("Transact-SQL reference",
https://learn.microsoft.com/sql/t-sql/language-reference) and its ScriptDom object model.
Every node is immutable and hashable; `position` is the offset of its first character in the batch,
and comparisons ignore it. Expressions have values, predicates have truth: T-SQL never accepts one
instead of the other, so they are different classes.
Names keep their case; keywords and operators are in upper case.
"""

from __future__ import annotations

from tds_embedded.tsql.ast.batches import *  # noqa: F403
from tds_embedded.tsql.ast.ddl import *  # noqa: F403
from tds_embedded.tsql.ast.dml import *  # noqa: F403
from tds_embedded.tsql.ast.expressions import *  # noqa: F403
from tds_embedded.tsql.ast.nodes import *  # noqa: F403
from tds_embedded.tsql.ast.queries import *  # noqa: F403
