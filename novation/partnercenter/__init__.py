"""A typed async client of Microsoft Partner Center, Graph (GDAP, billing exports) and their sign-in service.

    async with PartnerCenter(account) as pc:
        async for customer in pc.customers.list():
            print(customer.company_name)

Reads return typed objects or raise an error of ``errors``. Writes raise nothing of the kind: they return
exactly one of ``Done``, ``NotDone`` (provably no effect) and ``Unknown``. This package imports nothing else
of Novation's.
"""

from novation.partnercenter import errors
from novation.partnercenter.account import Account, Endpoints
from novation.partnercenter.agreements import (
    Agreement,
    AgreementDocument,
    AgreementTemplate,
    Attestation,
    AttestationStatus,
    Contact,
)
from novation.partnercenter.api_calls import API_CALLS, ApiCall
from novation.partnercenter.audit import AuditRecord
from novation.partnercenter.budget import Budget, MemoryBudget, Place
from novation.partnercenter.client import PartnerCenter
from novation.partnercenter.clock import Clock, SystemClock
from novation.partnercenter.customers import Address, BillingProfile, CompanyProfile, Customer, Relationship
from novation.partnercenter.file_budget import FileBudget
from novation.partnercenter.gdap import AccessAssignment, AssignmentStatus, GdapRelationship, GdapStatus
from novation.partnercenter.outcomes import Call, Done, Exchange, NotDone, Outcome, Unknown, record_reads
from novation.partnercenter.pace import Pace
from novation.partnercenter.paging import Listing
from novation.partnercenter.relationships import Invitation
from novation.partnercenter.resources import Presence, Resource
from novation.partnercenter.signing_in import SignedIn
from novation.partnercenter.subscriptions import Subscription, SubscriptionStatus
from novation.partnercenter.transfers import MAX_ITEMS, Transfer, TransferLine, TransferStatus
from novation.partnercenter.uncertain import Uncertain
from novation.partnercenter.users import Licence, SubscribedSku, User
from novation.partnercenter.wire import Timeouts

__all__ = [
    "API_CALLS",
    "MAX_ITEMS",
    "AccessAssignment",
    "Account",
    "Address",
    "Agreement",
    "AgreementDocument",
    "AgreementTemplate",
    "ApiCall",
    "AssignmentStatus",
    "Attestation",
    "AttestationStatus",
    "AuditRecord",
    "BillingProfile",
    "Budget",
    "Call",
    "Clock",
    "CompanyProfile",
    "Contact",
    "Customer",
    "Done",
    "Endpoints",
    "Exchange",
    "FileBudget",
    "GdapRelationship",
    "GdapStatus",
    "Invitation",
    "Licence",
    "Listing",
    "MemoryBudget",
    "NotDone",
    "Outcome",
    "Pace",
    "PartnerCenter",
    "Place",
    "Presence",
    "Relationship",
    "Resource",
    "SignedIn",
    "SubscribedSku",
    "Subscription",
    "SubscriptionStatus",
    "SystemClock",
    "Timeouts",
    "Transfer",
    "TransferLine",
    "TransferStatus",
    "Uncertain",
    "Unknown",
    "User",
    "errors",
    "record_reads",
]
