"""One flow of Debian's python3-msal. Settings come as JSON in SETTINGS; what it got goes out as one line of JSON.

Where somebody has to sign in, it prints {"visit": address} or {"userCode": code} first, and reads a line of JSON: the
members that came back to the app.
"""

import json
import os
import sys

import msal

settings = json.loads(os.environ["SETTINGS"])
# Documented parameters only: where the authority is, and which certificate authority requests trusts.
common = {
    "authority": settings["authority"],
    "instance_discovery": False,
    "verify": settings["caFile"],
}


def say(value):
    print(json.dumps(value), flush=True)


def hear():
    return json.loads(sys.stdin.readline())


def confidential(credential, client_id=settings["daemon"]):
    return msal.ConfidentialClientApplication(client_id, client_credential=credential, **common)


def public():
    return msal.PublicClientApplication(settings["desktop"], **common)


def sign_in(app):
    flow = app.initiate_auth_code_flow([settings["scope"]], redirect_uri=settings["redirectUri"])
    say({"visit": flow["auth_uri"]})
    return app.acquire_token_by_auth_code_flow(flow, hear())


def device_code():
    app = public()
    flow = app.initiate_device_flow([settings["scope"]])
    say({"userCode": flow["user_code"]})
    hear()
    return app.acquire_token_by_device_flow({**flow, "interval": 0})


def renewed():
    app = public()
    sign_in(app)
    return app.acquire_token_silent([settings["scope"]], app.get_accounts()[0], force_refresh=True)


flows = {
    "authorization code": lambda: sign_in(public()),
    "refresh": renewed,
    "device code": device_code,
    "client secret": lambda: confidential(settings["secret"]).acquire_token_for_client([settings["default"]]),
    "certificate": lambda: confidential(
        {"private_key": settings["privateKey"], "thumbprint": settings["thumbprint"]}
    ).acquire_token_for_client([settings["default"]]),
    "assertion": lambda: confidential({"client_assertion": settings["federatedToken"]}).acquire_token_for_client(
        [settings["default"]]
    ),
    "on-behalf-of": lambda: confidential(settings["secret"], settings["api"]).acquire_token_on_behalf_of(
        settings["userToken"], [settings["downstream"]]
    ),
}

say(flows[sys.argv[1]]())
