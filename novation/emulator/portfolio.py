"""What a seeded customer owns in the source account. Drawn when first looked at, always the same.

Proportions (without ``plain``): 3 % of customers have no subscription, 76 % one to six, 16 % seven to
fifteen, 5 % twenty-six to forty. Of the subscriptions 92 % renew by themselves, 1.5 % are trials,
1.5 % suspended, 3 % have a scheduled change, 4 % a promotion, 1 % are older than New Commerce; 4 % of
customers have an Azure plan. 16 % have an agreement older than 2023-04-01 or of the old kind only,
8 % accepted directly. 80 % have an active GDAP with the source, 15 % the old DAP, 5 % neither; 4 % have a request
of the source that nobody has approved.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from novation.emulator import agreements as mca
from novation.emulator.agreements import Agreement
from novation.emulator.calendar import TERM_MONTHS, add_months, midnight
from novation.emulator.catalogue import AZURE_PLAN, LEGACY, LICENCES, Sku
from novation.emulator.customers import Customer, CustomerFile, Relationship
from novation.emulator.gdap import AdminRelationship, Assignment
from novation.emulator.ids import guid, order_id
from novation.emulator.partners import SOURCE
from novation.emulator.rich_seed import enrich_file
from novation.emulator.subscriptions import Subscription, open_cancel_window

_WEIGHTS = [sku.weight for sku in LICENCES]
_TERMS = (("P1Y", "annual"), ("P1Y", "monthly"), ("P1M", "monthly"), ("P3Y", "annual"), ("P3Y", "monthly"))
_TERM_WEIGHTS = (40, 28, 22, 5, 5)
PARTNER_ROLES = (
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
)


def open_file(
    customer: Customer, seed: int, start: datetime, *, plain: bool, rich: bool = False
) -> CustomerFile:
    """Everything that this customer owns on the first day; ``rich`` adds what real accounts hold."""
    draw = Random(f"{seed}/{customer.index}/portfolio")
    since = start - timedelta(days=draw.randrange(200, 3000))
    gdap, dap = _admin(draw, customer, start, plain)
    if not plain:
        gdap |= _unapproved(Random(f"{seed}/{customer.index}/unapproved"), customer, start)
    items = _subscriptions(draw, start, plain)
    file = CustomerFile(
        relationships={"source": Relationship(since=since, dap=dap)},
        subscriptions={item.id: item for item in items},
        originals=frozenset(item.id for item in items if item.status == "active"),
        agreements=_agreements(draw, customer, since, plain),
        gdap=gdap,
    )
    if rich:
        enrich_file(customer, file, seed, start)
    return file


def _count(draw: Random, plain: bool) -> int:
    roll = draw.random()
    if roll < 0.03:
        return 1 if plain else 0
    if roll < 0.79:
        return draw.choices((1, 2, 3, 4, 5, 6), (22, 24, 20, 15, 11, 8))[0]
    if roll < 0.95:
        return draw.randrange(7, 16)
    return draw.randrange(26, 41)


def _subscriptions(draw: Random, start: datetime, plain: bool) -> list[Subscription]:
    made: list[Subscription] = []
    seats = draw.choices((3, 8, 20, 60, 250), (30, 32, 22, 12, 4))[0]
    order = order_id(draw)
    for _ in range(_count(draw, plain)):
        if draw.random() < 0.5:
            order = order_id(draw)
        sku = draw.choices(LICENCES, _WEIGHTS)[0]
        legacy = not plain and draw.random() < 0.01
        item = _item(draw, LEGACY if legacy else sku, start, draw.randrange(1, seats + 1), order)
        if sku.addon and made:
            item.parent_id = made[0].id if not made[0].sku.addon and not made[0].legacy else None
        if not plain and not legacy:
            _add_oddities(draw, item)
        made.append(item)
    if not plain and made and draw.random() < 0.04:
        made.append(_azure_plan(draw, start))
    for item in made:
        item.add_step("term", "renew", item.effective_start)
    return made


def _item(draw: Random, sku: Sku, start: datetime, quantity: int, order: str) -> Subscription:
    term, cycle = draw.choices(_TERMS, _TERM_WEIGHTS)[0]
    if sku is LEGACY:
        term, cycle = "P1Y", "monthly"
    span = 30 if term == "P1M" else 365
    ends = midnight(start) + timedelta(days=draw.randrange(1, span + 1))
    begun = add_months(ends, -TERM_MONTHS[term])
    sid = guid(draw)
    item = Subscription(
        id=sid,
        account="source",
        lineage=sid,
        order_id=order,
        sku=sku,
        friendly_name=sku.title,
        quantity=quantity,
        status="active",
        term=term,
        cycle=cycle,
        auto_renew=draw.random() < 0.92,
        created=add_months(begun, -12 * draw.randrange(0, 3))
        + timedelta(seconds=draw.randrange(28_800, 61_200)),
        effective_start=begun,
        commitment_end=ends,
        cancel_until=None,
    )
    window = begun + timedelta(days=7)
    if window > start:
        item.cancel_until = window
        open_cancel_window(item, begun, quantity)
    return item


def _add_oddities(draw: Random, item: Subscription) -> None:
    roll = draw.random()
    if roll < 0.015:
        item.is_trial, item.auto_renew, item.term, item.cycle = True, False, "P1M", "monthly"
        item.quantity = 25
    elif roll < 0.03:
        item.status, item.suspension_reasons = "suspended", ["CustomerCancellation"]
    elif roll < 0.06 and item.auto_renew:
        item.scheduled = {
            "product": {
                "productId": item.sku.product_id,
                "skuId": item.sku.sku_id,
                "availabilityId": item.sku.availability_id,
                "billingCycle": item.cycle,
                "termDuration": item.term,
                "promotionId": None,
            },
            "quantity": max(1, item.quantity - draw.randrange(0, 3)),
            "customTermEndDate": None,
        }
    elif roll < 0.10:
        item.promotion_id = f"39NFJQT1X{draw.randrange(1000, 9999)}:0001:39NFJQT1Q5KK"


def _azure_plan(draw: Random, start: datetime) -> Subscription:
    begun = midnight(start) - timedelta(days=draw.randrange(30, 900))
    sid = guid(draw)
    return Subscription(
        id=sid,
        account="source",
        lineage=sid,
        order_id=order_id(draw),
        sku=AZURE_PLAN,
        friendly_name="Azure plan",
        quantity=1,
        status="active",
        term="P1Y",
        cycle="monthly",
        auto_renew=True,
        created=begun,
        effective_start=begun,
        commitment_end=datetime(9999, 12, 14, tzinfo=UTC),
        cancel_until=None,
        azure={"name": f"Azure subscription {draw.randrange(1, 4)}", "id": guid(draw)},
    )


def _agreements(draw: Random, customer: Customer, since: datetime, plain: bool) -> list[Agreement]:
    contact = customer.contact
    roll = draw.random()
    kind, template, account = mca.MCA, mca.MCA_TEMPLATE, "source"
    agreed = mca.CURRENT_SINCE + timedelta(days=draw.randrange(5, 1200), seconds=draw.randrange(86_400))
    if not plain:
        if roll < 0.12:
            agreed = mca.CURRENT_SINCE - timedelta(days=draw.randrange(10, 1100))
        elif roll < 0.16:
            kind, template = mca.CLOUD, mca.CLOUD_TEMPLATE
            agreed = since
    mail = contact.email or f"office@{customer.domain}"
    record = Agreement(
        account,
        template,
        kind,
        contact.first_name,
        contact.last_name,
        mail,
        contact.phone,
        agreed,
        SOURCE.user_id,
    )
    records = [record]
    if 0.16 <= roll < 0.24:
        records.append(
            Agreement(
                None, mca.MCA_TEMPLATE, mca.MCA, contact.first_name, contact.last_name, mail, "", agreed
            )
        )
    return records


def _admin(
    draw: Random, customer: Customer, start: datetime, plain: bool
) -> tuple[dict[str, AdminRelationship], bool]:
    roll = draw.random()
    if not plain and roll < 0.05:
        return {}, False
    if not plain and roll < 0.20:
        return {}, True
    activated = start - timedelta(days=draw.randrange(5, 715), seconds=draw.randrange(86_400))
    rid = f"{guid(draw)}-{customer.tid}"
    relationship = AdminRelationship(
        id=rid,
        account="source",
        display_name=f"Altmark_{customer.index}_{customer.domain.removesuffix('.example')}"[:50],
        duration="P730D",
        roles=list(PARTNER_ROLES),
        created_at=activated - timedelta(days=2),
        changed_at=activated,
        auto_extend="P180D" if draw.random() < 0.6 else "PT0S",
        customer_id=customer.tid,
        customer_name=customer.name,
        status="active",
        locked_at=activated - timedelta(days=2),
        activated_at=activated,
        ends_at=activated + timedelta(days=730),
    )
    aid = guid(draw)
    relationship.assignments[aid] = Assignment(
        aid, SOURCE.group_id, "securityGroup", list(PARTNER_ROLES), activated, activated, "active"
    )
    return {rid: relationship}, False


def _unapproved(draw: Random, customer: Customer, start: datetime) -> dict[str, AdminRelationship]:
    """A request for admin rights that waits for the customer's approval and may wait until it runs out."""
    if draw.random() >= 0.04:
        return {}
    asked = start - timedelta(days=draw.randrange(1, 80), seconds=draw.randrange(86_400))
    rid = f"{guid(draw)}-{customer.tid}"
    request = AdminRelationship(
        id=rid,
        account="source",
        display_name=f"Altmark_{customer.index}_renewed",
        duration="P730D",
        roles=list(PARTNER_ROLES),
        created_at=asked,
        changed_at=asked,
        customer_id=customer.tid,
        customer_name=customer.name,
        status="approvalPending",
        locked_at=asked,
    )
    return {rid: request}
