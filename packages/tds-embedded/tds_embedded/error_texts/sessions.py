"""Transactions, locks, logins, permissions, procedures and the state of the server."""

from __future__ import annotations

MESSAGES: dict[int, tuple[int, str]] = {
    119: (
        15,
        "Must pass parameter number {} and subsequent parameters as '@name = value'. After "
        "the form '@name = value' has been used, all subsequent parameters must be passed "
        "in the form '@name = value'.",
    ),
    179: (15, "Cannot use the OUTPUT option when passing a constant to a stored procedure."),
    201: (16, "Procedure or function '{}' expects parameter '{}', which was not supplied."),
    214: (16, "Procedure expects parameter '{}' of type '{}'."),
    229: (14, "The {} permission was denied on the object '{}', database '{}', schema '{}'."),
    262: (14, "{} permission denied in database '{}'."),
    266: (
        16,
        "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT "
        "statements. Previous count = {}, current count = {}.",
    ),
    300: (14, "{} permission was denied on object 'server', database 'master'."),
    596: (21, "Cannot continue the execution because the session is in the kill state."),
    615: (
        21,
        "Could not find database ID {}, name '{}'. The database may be offline. Wait a few minutes "
        "and try again.",
    ),
    628: (16, "Cannot issue SAVE TRANSACTION when there is no active transaction."),
    701: (17, "There is insufficient system memory in resource pool 'default' to run this query."),
    911: (16, "Database '{}' does not exist. Make sure that the name is entered correctly."),
    916: (
        14,
        'The server principal is not able to access the database "{}" under the current '
        "security context.",
    ),
    926: (
        14,
        "Database '{}' cannot be opened. It has been marked SUSPECT by recovery. See the SQL "
        "Server errorlog for more information.",
    ),
    1105: (
        17,
        "Could not allocate space for object '{}' in database '{}' because the 'PRIMARY' filegroup "
        "is full.",
    ),
    1205: (
        13,
        "Transaction (Process ID {}) was deadlocked on lock resources with another process and "
        "has been chosen as the deadlock victim. Rerun the transaction.",
    ),
    1222: (16, "Lock request time out period exceeded."),
    1223: (
        16,
        "Cannot release the application lock (Database Principal: 'public', Resource: '{}') "
        "because it is not currently held.",
    ),
    2812: (16, "Could not find stored procedure '{}'."),
    3609: (16, "The transaction ended in the trigger. The batch has been aborted."),
    3624: (20, "A system assertion check has failed. {}"),
    3902: (16, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3903: (16, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3906: (16, 'Failed to update database "{}" because the database is read-only.'),
    3930: (
        16,
        "The current transaction cannot be committed and cannot support operations that write "
        "to the log file. Roll back the transaction.",
    ),
    3931: (
        16,
        "The current transaction cannot be committed and cannot be rolled back to a savepoint. "
        "Roll back the entire transaction.",
    ),
    3952: (
        16,
        "Snapshot isolation transaction failed accessing database '{}' because snapshot "
        "isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot "
        "isolation.",
    ),
    3960: (
        16,
        "Snapshot isolation transaction aborted due to update conflict. You cannot use "
        "snapshot isolation to access table '{}' directly or indirectly in database "
        "'{}' to update, delete, or insert the row that has been modified or deleted by"
        " another transaction. Retry the transaction or change the isolation level for "
        "the update/delete statement.",
    ),
    3998: (
        16,
        "Uncommittable transaction is detected at the end of the batch. The transaction is "
        "rolled back.",
    ),
    4060: (
        11,
        'Cannot open database "{}" requested by the login. The login failed.',
    ),
    4221: (
        16,
        "Login to read-secondary failed due to long wait on "
        "'HADR_DATABASE_WAIT_FOR_TRANSITION_TO_VERSIONING'. The replica is not available for login "
        "because row versions are missing for transactions that were in-flight when the replica "
        "was recycled.",
    ),
    4621: (
        16,
        "Permissions at the server scope can only be granted when the current database is master",
    ),
    5701: (0, "Changed database context to '{}'."),
    5703: (0, "Changed language setting to {}."),
    6005: (10, "SHUTDOWN is in progress."),
    6102: (14, "User does not have permission to use the KILL statement."),
    6104: (16, "Cannot use KILL to kill your own process."),
    6106: (16, "Process ID {} is not an active process ID."),
    6401: (16, "Cannot roll back {}. No transaction or savepoint of that name was found."),
    8023: (
        16,
        "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is "
        'incorrect. Parameter {} ("{}"): The supplied value is not a valid instance of data type '
        "{}. Check the source data for invalid values. An example of an invalid value is data of "
        "numeric type with scale greater than precision.",
    ),
    8143: (16, "Parameter '{}' was supplied multiple times."),
    8144: (16, "Procedure or function {} has too many arguments specified."),
    8145: (16, "{} is not a parameter for procedure {}."),
    8146: (16, "Procedure {} has no parameters and arguments were supplied."),
    8162: (
        16,
        'The formal parameter "{}" was not declared as an OUTPUT parameter, but the actual '
        "parameter passed in requested output.",
    ),
    8178: (
        16,
        "The parameterized query '{}' expects the parameter '{}', which was not supplied.",
    ),
    8179: (16, "Could not find prepared statement with handle {}."),
    8180: (16, "Statement(s) could not be prepared."),
    9815: (16, "Waitfor delay and waitfor time cannot be of type {}."),
    10928: (
        20,
        "Resource ID: {}. The {} limit for the database is {} and has been reached.",
    ),
    10929: (
        20,
        "Resource ID: {}. The {} minimum guarantee is {}, maximum limit is {} and the current "
        "usage for the database is {}. However, the server is currently too busy to support "
        "requests greater than {} for this database.",
    ),
    15007: (16, "'{}' is not a valid login or you do not have permission."),
    15023: (16, "User, group, or role '{}' already exists in the current database."),
    15025: (16, "The server principal '{}' already exists."),
    15247: (16, "User does not have permission to perform this action."),
    17300: (
        16,
        "The server cannot run another system task: memory is short, or there are more sessions "
        "than its option 'user connections' allows.",
    ),
    17809: (
        20,
        "Could not connect because the maximum number of '{}' user connections has already been "
        "reached. The system administrator can use sp_configure to increase the maximum value. "
        "The connection has been closed.",
    ),
    18452: (
        14,
        "Login failed. The login is from an untrusted domain and cannot be used with Integrated "
        "authentication.",
    ),
    18456: (
        14,
        "Login failed for user '{}'.",
    ),
    37396: (
        16,
        "Query cannot be executed, access token is expired. Please login with a new access token "
        "and execute query again.",
    ),
    40020: (
        16,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40143: (
        16,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40166: (
        16,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40197: (
        20,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40501: (
        20,
        "The service is currently busy. Retry the request after 10 seconds. Incident ID: {}. "
        "Code: {}.",
    ),
    40540: (
        16,
        "The service has encountered an error processing your request. Please try again. Error "
        "code {}.",
    ),
    40613: (
        17,
        "Database '{}' on server '{}' is not currently available. Please retry the connection "
        "later. If the problem persists, contact customer support, and provide them the session "
        "tracing ID of '{}'.",
    ),
    42108: (
        16,
        "Can not connect to the SQL pool since it is paused. Please resume the SQL pool and try "
        "again.",
    ),
    42109: (16, "The SQL pool is warming up. Please try again."),
    49918: (
        16,
        "Cannot process request. Not enough resources to process request. The service is "
        "currently busy. Please retry the request later.",
    ),
    49919: (
        16,
        "Cannot process create or update request. Too many create or update operations in "
        'progress for subscription "{}".',
    ),
    49920: (
        16,
        'Cannot process request. Too many operations in progress for subscription "{}".',
    ),
}
