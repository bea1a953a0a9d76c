"""What is stored of partner accounts and customers. Writes go through `novation.customers.services`."""

from novation.customers.models.account import Account
from novation.customers.models.customer import Contact, Customer, Snapshot
from novation.customers.models.holding import Holding
from novation.customers.models.secret import Secret
from novation.customers.models.webhook_event import WebhookEvent

__all__ = ["Account", "Contact", "Customer", "Holding", "Secret", "Snapshot", "WebhookEvent"]
