"""Stand-ins of az, azd and pwsh, which get a developer's tokens from the local endpoint.

They accept azure-identity's arguments, and no others. Follows
https://learn.microsoft.com/cli/azure/account#az-account-get-access-token,
https://learn.microsoft.com/azure/developer/azure-developer-cli/reference#azd-auth-token and
https://learn.microsoft.com/powershell/module/az.accounts/get-azaccesstoken
"""

from __future__ import annotations

import sys
from pathlib import Path

from tds_embedded.identity.endpoint import IdentityEndpoint
from tds_embedded.identity.managed import PROGRAM

_COMMON = """#!{python} -IS
import base64, datetime, json, re, sys, urllib.error, urllib.parse, urllib.request

def token(resource):
    query = urllib.parse.urlencode({{"program": "{program}", "resource": resource}})
    address = "{address}?" + query
    request = urllib.request.Request(address, headers={{"X-IDENTITY-HEADER": "{header}"}})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        sys.exit("ERROR: " + json.load(refusal)["error_description"])

given = sys.argv[1:]
"""
_AZ = """
if given[:4] != ["account", "get-access-token", "--output", "json"] or given[4] != "--resource":
    sys.exit("az: unknown arguments")
got = token(given[5])
expires = int(got["expires_on"])
local = datetime.datetime.fromtimestamp(expires).strftime("%Y-%m-%d %H:%M:%S.%f")
print(json.dumps({"accessToken": got["access_token"], "expiresOn": local,
    "expires_on": expires, "tokenType": "Bearer"}))
"""
_AZD = """
if given[:5] != ["auth", "token", "--output", "json", "--no-prompt"] or given[5] != "--scope":
    sys.exit("azd: unknown arguments")
got = token(re.sub("[.]default$", "", given[6]))
moment = datetime.datetime.fromtimestamp(int(got["expires_on"]), datetime.timezone.utc)
print(json.dumps({"token": got["access_token"],
    "expiresOn": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}))
"""
_PWSH = """
if given[:3] != ["-NoProfile", "-NonInteractive", "-EncodedCommand"]:
    sys.exit("pwsh: unknown arguments")
script = base64.b64decode(given[3]).decode("utf-16-le")
if "Get-AzAccessToken" not in script:
    sys.exit("pwsh: unknown script")
got = token(re.search("'ResourceUrl' = '([^']*)'", script).group(1))
print("azsdk%{}%{}".format(got["access_token"], got["expires_on"]))
"""
_PROGRAMS = {"az": _AZ, "azd": _AZD, "pwsh": _PWSH}


def install(folder: Path, endpoint: IdentityEndpoint, *names: str) -> None:
    """Write stand-ins (default: all) into a folder, for the front of PATH."""
    for name in names or _PROGRAMS:
        common = _COMMON.format(
            python=sys.executable,
            program=name,
            address=endpoint.url + PROGRAM,
            header=endpoint.header,
        )
        file = folder / name
        file.touch(mode=0o700)
        file.write_text(common + _PROGRAMS[name])
