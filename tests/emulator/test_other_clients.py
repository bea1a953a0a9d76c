"""Clients that somebody else wrote work unchanged: msal over TLS, msgraph-sdk over http."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from novation.partnercenter import Account, Endpoints, PartnerCenter, errors
from tests.emulator.running import GRAPH, Bench, running

# msgraph-sdk warns about itself while it is imported.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"


@pytest.fixture
def over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    for name in (
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    with running(tls=True, tls_dir=tmp_path) as bench:
        yield bench


@contextmanager
def _msal(bench: Bench, account: str, **changes: Any) -> Iterator[Any]:
    import msal
    import requests

    known = bench.ready["accounts"][account]
    with requests.Session() as session:
        session.verify = bench.ready["ca"]
        yield msal.ConfidentialClientApplication(
            known["client_id"],
            client_credential=changes.get("secret", known["client_secret"]),
            authority=f"{bench.ready['login']}/{known['tenant_id']}",
            instance_discovery=False,
            http_client=session,
        )


def test_msal_gets_a_token_with_client_credentials(over_tls: Bench) -> None:
    assert over_tls.ready["login"].startswith("https://localhost:")
    with _msal(over_tls, "source") as app:
        answer = app.acquire_token_for_client([f"{GRAPH}/.default"])
        assert answer["access_token"]
        assert app.acquire_token_for_client([f"{GRAPH}/.default"])["access_token"] == answer["access_token"]


def test_msal_redeems_a_refresh_token_and_keeps_the_newer_one(over_tls: Bench) -> None:
    first = over_tls.ready["accounts"]["target"]["refresh_token"]
    scope = ["https://api.partnercenter.microsoft.com/user_impersonation"]
    with _msal(over_tls, "target") as app:
        answer = app.acquire_token_by_refresh_token(first, scopes=scope)
    assert answer["access_token"], answer
    assert answer["refresh_token"] != first


def test_msal_shows_a_wrong_secret_as_invalid_client(over_tls: Bench) -> None:
    with _msal(over_tls, "source", secret="wrong") as app:
        answer = app.acquire_token_for_client([f"{GRAPH}/.default"])
    assert answer["error"] == "invalid_client"


def test_our_client_works_with_the_tokens_of_msal(over_tls: Bench) -> None:
    known = over_tls.ready["accounts"]["source"]

    async def work() -> tuple[int, str]:
        with _msal(over_tls, "source") as app:

            def from_msal(kind: str, resource: str) -> str | None:
                if kind == "user":
                    return None
                return str(app.acquire_token_for_client([f"{resource}/.default"])["access_token"])

            account = Account("source", known["tenant_id"], "unused", "unused", token_source=from_msal)
            ends = Endpoints(
                api=over_tls.ready["api"], login="https://nowhere.invalid", graph=over_tls.ready["graph"]
            )
            context = ssl.create_default_context(cafile=over_tls.ready["ca"])
            async with PartnerCenter(account, ends, verify=context) as pc:
                customers = await pc.customers.list()
                assert all(g.id for g in await pc.gdap.list())
                with pytest.raises(errors.WrongTokenKind):
                    await pc.relationships.invitation()
                return len(customers), str(customers[0].id)

    count, first = asyncio.run(work())
    assert (count, first) == (12, over_tls.customer())


@asynccontextmanager
async def _graph(bench: Bench, account: str) -> AsyncIterator[Any]:
    from kiota_abstractions.authentication import AuthenticationProvider
    from msgraph import GraphRequestAdapter, GraphServiceClient

    token = bench.token(account, "app", GRAPH)

    class Bearer(AuthenticationProvider):
        async def authenticate_request(
            self, request: Any, additional_authentication_context: Any = None
        ) -> None:
            request.headers.add("Authorization", f"Bearer {token}")

    adapter = GraphRequestAdapter(Bearer())
    adapter.base_url = f"{bench.ready['graph']}/v1.0"
    try:
        yield GraphServiceClient(request_adapter=adapter)
    finally:
        # The SDK closes its wrapper and forgets the connection pool inside.
        await adapter._http_client._transport.transport.aclose()


def _relationship(name: str, tid: str | None) -> Any:
    from msgraph.generated.models.delegated_admin_access_details import DelegatedAdminAccessDetails
    from msgraph.generated.models.delegated_admin_relationship import DelegatedAdminRelationship
    from msgraph.generated.models.delegated_admin_relationship_customer_participant import (
        DelegatedAdminRelationshipCustomerParticipant,
    )
    from msgraph.generated.models.unified_role import UnifiedRole

    body = DelegatedAdminRelationship(display_name=name)
    # The SDK writes a timedelta as "730 days, 0:00:00", which Graph refuses.
    body.additional_data = {"duration": "P730D"}
    body.access_details = DelegatedAdminAccessDetails(unified_roles=[UnifiedRole(role_definition_id=READER)])
    if tid:
        body.customer = DelegatedAdminRelationshipCustomerParticipant(tenant_id=tid)
    return body


def test_msgraph_creates_locks_pages_and_reads_assignments(bench: Bench) -> None:
    from msgraph.generated.models.delegated_admin_relationship_request import (
        DelegatedAdminRelationshipRequest,
    )
    from msgraph.generated.models.delegated_admin_relationship_request_action import (
        DelegatedAdminRelationshipRequestAction,
    )
    from msgraph_core.tasks.page_iterator import PageIterator

    tid = bench.customer()

    async def work() -> None:
        async with _graph(bench, "target") as client:
            await use(client)

    async def use(client: Any) -> None:
        relationships = client.tenant_relationships.delegated_admin_relationships
        made = await relationships.post(_relationship("Made by the SDK", tid))
        assert made.status.value == "created"
        assert made.duration.days == 730
        lock = DelegatedAdminRelationshipRequest(
            action=DelegatedAdminRelationshipRequestAction.LockForApproval
        )
        one = relationships.by_delegated_admin_relationship_id(made.id)
        assert (await one.requests.post(lock)).id
        assert (await one.get()).status.value == "approvalPending"
        bench.act(f"/gdap/{made.id}/approve", tenantId=tid)
        bench.advance(minutes=10)
        assert (await one.get()).status.value == "active"
        assert (await one.access_assignments.get()).value == []
        for number in range(4):
            await relationships.post(_relationship(f"More {number}", None))
        builder = relationships
        config = builder.DelegatedAdminRelationshipsRequestBuilderGetQueryParameters(top=2)
        from kiota_abstractions.base_request_configuration import RequestConfiguration

        first = await builder.get(request_configuration=RequestConfiguration(query_parameters=config))
        assert len(first.value) == 2
        names: list[str] = []
        await PageIterator(first, client.request_adapter).iterate(
            lambda item: names.append(item.display_name) or True
        )
        assert sorted(names) == ["Made by the SDK", "More 0", "More 1", "More 2", "More 3"]

    asyncio.run(work())


def test_msgraph_reads_assignments_and_gets_typed_errors(bench: Bench) -> None:
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    rid = bench.granted(bench.customer(), "target", [READER])

    async def work() -> None:
        async with _graph(bench, "target") as client:
            await use(client)

    async def use(client: Any) -> None:
        relationships = client.tenant_relationships.delegated_admin_relationships
        found = await relationships.by_delegated_admin_relationship_id(rid).access_assignments.get()
        (assignment,) = found.value
        assert assignment.status.value == "active"
        assert assignment.access_details.unified_roles[0].role_definition_id == READER
        with pytest.raises(ODataError) as caught:
            await relationships.by_delegated_admin_relationship_id("nothing").get()
        assert (caught.value.response_status_code, caught.value.error.code) == (
            404,
            "Request_ResourceNotFound",
        )
        wrong = _relationship("Wrong", None)
        wrong.additional_data = {"duration": "730 days, 0:00:00"}
        with pytest.raises(ODataError) as refused:
            await relationships.post(wrong)
        assert refused.value.response_status_code == 400

    asyncio.run(work())
