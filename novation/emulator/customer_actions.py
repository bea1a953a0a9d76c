"""What only the customer's side can do: accept partners and agreements, approve admin relationships, leave.

The real services have no API for these. The control port and the admin pages call them.
"""

from __future__ import annotations

from datetime import timedelta

from novation.emulator import agreements, gdap_rules, transfer_rules
from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer, Relationship
from novation.emulator.partners import PARTNERS
from novation.emulator.refusals import Illegal
from novation.emulator.world import World


def _customer(world: World, tid: str) -> Customer:
    customer = world.customers.get(tid)
    if customer is None:
        raise Illegal("There is no customer with this tenant id.")
    return customer


def _account(account: object) -> str:
    if account not in PARTNERS:
        raise Illegal("partner must be 'source' or 'target'.")
    return str(account)


def accept_relationship(world: World, tid: str, account: object, actor: str, person: str | None) -> None:
    """A Global Administrator of the customer accepts a partner's invitation."""
    customer, partner = _customer(world, tid), _account(account)
    if world.sold_by(customer, partner):
        raise Illegal("The customer already has a relationship with this partner.")
    world.file(customer).relationships[partner] = Relationship(since=world.now)
    world.rosters[partner].add(tid)
    record = world.log_activity(
        partner, customer, "partner_customer_relationship", "create_partner_relationship",
        {"customerId": tid, "relationshipToPartner": "reseller"},
    )  # fmt: skip
    world.queue_event(
        partner, "reseller-relationship-accepted-by-customer", f"/v1/customers/{tid}", "Customer", record
    )
    world.call_record.record_act(
        "accept-relationship", wire_time(world.now), tid, actor, partner=partner, person=person
    )


def remove_relationship(world: World, tid: str, account: object, actor: str) -> None:
    """The customer ends a relationship. Pending transfers of that partner end with it."""
    customer, partner = _customer(world, tid), _account(account)
    file = world.file(customer)
    if not world.sold_by(customer, partner):
        raise Illegal("The customer has no relationship with this partner.")
    if any(i.live and i.account == partner for i in file.subscriptions.values()):
        raise Illegal("The partner still bills subscriptions of this customer; it has to be asked.")
    end_relationship(world, customer, partner)
    world.call_record.record_act("remove-relationship", wire_time(world.now), tid, actor, partner=partner)


def end_relationship(world: World, customer: Customer, account: str) -> None:
    """Takes the customer off the account's list."""
    file = world.file(customer)
    world.rosters[account].remove(customer.tid)
    file.relationships[account].removed_at = world.now
    transfer_rules.cancel_pending_transfers(world, customer, account)


def accept_agreement(
    world: World, tid: str, account: object, first: str, last: str, email: str, actor: str = "customer"
) -> None:
    """The customer accepts the agreement directly in its own admin center."""
    customer = _customer(world, tid)
    if account is not None:
        _account(account)
    if not (first and last and email):
        raise Illegal("firstName, lastName and email of the person who accepts are needed.")
    world.file(customer).agreements.append(
        agreements.Agreement(None, agreements.MCA_TEMPLATE, agreements.MCA, first, last, email, "", world.now)
    )
    world.call_record.record_act(
        "accept-agreement", wire_time(world.now), tid, actor, partner=account, person=email
    )


def answer_attestation(world: World, attestation_id: str, actor: str, *, accepted: bool) -> None:
    """The signatory answers on the component page."""
    attestation = world.attestations.get(attestation_id)
    if attestation is None:
        raise Illegal("There is no attestation with this id.")
    state = attestation.state_at(world.now)
    if state != "created":
        raise Illegal(
            "The link has expired."
            if state == "expired"
            else f"The attestation was answered before: it is {state}."
        )
    attestation.status = "accepted" if accepted else "refused"
    attestation.accepted_at = world.now
    kind = "accept-attestation" if accepted else "refuse-attestation"
    world.call_record.record_act(
        kind, wire_time(world.now), attestation.customer_id, actor, attestation=attestation_id,
        company=attestation.company_name, person=attestation.email,
    )  # fmt: skip


def approve_gdap(world: World, rid: str, tid: object, actor: str) -> None:
    """A Global Administrator of the customer approves an admin relationship."""
    relationship = world.gdap_relationship(rid)
    customer = _customer(world, str(tid))
    if relationship is None:
        raise Illegal("There is no admin relationship with this id.")
    gdap_rules.approve(world, relationship, customer)
    world.call_record.record_act("approve-gdap", wire_time(world.now), customer.tid, actor, relationship=rid)


def reject_gdap(world: World, rid: str, tid: object, actor: str) -> None:
    """The customer says no to an admin relationship."""
    relationship = world.gdap_relationship(rid)
    customer = _customer(world, str(tid))
    if relationship is None:
        raise Illegal("There is no admin relationship with this id.")
    gdap_rules.reject(world, relationship, customer)
    world.call_record.record_act("reject-gdap", wire_time(world.now), customer.tid, actor, relationship=rid)


def terminate_gdap(world: World, rid: str, tid: object, actor: str) -> None:
    """The customer ends an admin relationship that is in force."""
    relationship = world.gdap_relationship(rid)
    customer = _customer(world, str(tid))
    if relationship is None or relationship.customer_id != customer.tid:
        raise Illegal("This customer has no such admin relationship.")
    if relationship.status not in {"active", "expiring"}:
        raise Illegal(f"The admin relationship is {relationship.status}.")
    gdap_rules.terminate(world, relationship, delay=timedelta(0))
    world.call_record.record_act(
        "terminate-gdap", wire_time(world.now), customer.tid, actor, relationship=rid
    )
