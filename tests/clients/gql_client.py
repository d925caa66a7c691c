"""gql, as its documentation says: a query, a live query, the changes and where they go on, and a key that is none."""

import asyncio
import json
import sys

from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

LIVE = gql("subscription { live { teams(first: 1) { nodes { name } } } }")
CHANGES = gql(
    "subscription ($after: String) { changes(after: $after, types: [TEAM]) { token changes { operation } } }"
)


def client(url, key):
    # It looks for the name of the protocol in the answer's headers in capitals that HTTP does not ask for.
    protocol = WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL
    transport = WebsocketsTransport(url=url, subprotocols=[protocol], init_payload={"apiKey": key}, ping_interval=5)
    return Client(transport=transport, fetch_schema_from_transport=False)


async def main(url, key):
    told = {}
    async with client(url, key) as session:
        told["wards"] = (await session.execute(gql("{ wards { totalCount } }")))["wards"]["totalCount"]
        told["me"] = (await session.execute(gql("{ me { name } }")))["me"]["name"]
        names = set()
        async for answer in session.subscribe(LIVE):
            names.add(answer["live"]["teams"]["nodes"][0]["name"])
            if len(names) == 3:
                break
        told["live"] = len(names)
        async for answer in session.subscribe(CHANGES):
            first = answer["changes"]
            break
        told["changes"] = first["changes"][0]["operation"]
        query = CHANGES
        query.variable_values = {"after": first["token"]}
        async for answer in session.subscribe(query):
            told["resumed"] = answer["changes"]["token"] != first["token"]
            break
    try:
        async with client(url, "antq_none") as session:
            await session.execute(gql("{ __typename }"))
    except (ConnectionClosed, TransportConnectionFailed) as error:
        cause = error if isinstance(error, ConnectionClosed) else error.__cause__
        told["refused"] = cause.rcvd.code
    print(json.dumps(told))


asyncio.run(main(*sys.argv[1:]))
