"""The invitation link and partner relationships (pages ``request-reseller-relationship``, ``relationships``)."""

from __future__ import annotations

from novation.emulator.http.calls import Answer, Call, collection
from novation.emulator.http.routes import USER, route
from novation.emulator.refusals import invalid

_TYPES = {"isindirectcloudsolutionproviderof", "isindirectresellerof"}  # also written with underscores


@route("GET", "/v1/customers/relationshiprequests", "relationships.invitation", group="customer", tokens=USER,
       page="request-reseller-relationship",
       note="the host is the emulator's own admin center")  # fmt: skip
def invitation(call: Call) -> Answer:
    """The same link for every customer: it names the partner only."""
    url = (
        f"{call.base}/Adminportal/Home?invType=ResellerRelationship&partnerId={call.partner.tenant_id}"
        "&msppId=0&DAP=false#/BillingAccounts/partner-invitation"
    )
    return Answer(200, {"url": url, "attributes": {"objectType": "RelationshipRequest"}})


@route("GET", "/v1/relationships", "relationships.list", group="customer", tokens=USER,
       page="get-a-list-of-indirect-resellers",
       note="always empty: both accounts are direct-bill partners")  # fmt: skip
def relationships(call: Call) -> Answer:
    """Indirect resellers or providers of the caller: none."""
    if call.query.get("relationship_type", "").replace("_", "").lower() not in _TYPES:
        raise invalid("relationship_type", "IsIndirectCloudSolutionProviderOf or IsIndirectResellerOf")
    return Answer(200, collection([]))


@route("GET", "/v1/customers/{customer_id}/relationships", "relationships.of_customer", group="customer",
       page="get-indirect-resellers-of-a-customer",
       note="always empty: both accounts are direct-bill partners")  # fmt: skip
def of_customer(call: Call) -> Answer:
    """Partners on this customer in the indirect model: none."""
    call.customer()
    return Answer(200, collection([]))
