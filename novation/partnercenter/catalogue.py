"""Products, SKUs and availabilities (New Commerce), and the offers of the legacy catalogue.

``catalog_item_id`` of an availability changes over time: fetch it right before an order.
"""

from __future__ import annotations

from typing import Any

from novation.partnercenter.paging import Listing, make_listing
from novation.partnercenter.resources import Part, Resource
from novation.partnercenter.sending import Sender


class Kind(Part, frozen=True, kw_only=True, rename="camel"):
    """A product type."""

    id: str | None = None
    display_name: str | None = None


class Product(Resource, frozen=True, kw_only=True, rename="camel"):
    """A product of the catalogue."""

    id: str
    title: str | None = None
    description: str | None = None
    product_type: Kind | None = None
    is_microsoft_product: bool | None = None
    publisher_name: str | None = None


class Sku(Resource, frozen=True, kw_only=True, rename="camel"):
    """One way to buy a product."""

    id: str
    product_id: str | None = None
    title: str | None = None
    description: str | None = None
    minimum_quantity: int | None = None
    maximum_quantity: int | None = None
    is_trial: bool | None = None
    supported_billing_cycles: list[str] | None = None
    purchase_prerequisites: list[str] | None = None
    inventory_variables: list[str] | None = None
    provisioning_variables: list[str] | None = None
    dynamic_attributes: dict[str, Any] | None = None

    @property
    def needs_agreement(self) -> bool:
        """Whether buying needs a Microsoft Customer Agreement on record."""
        return "MicrosoftCustomerAgreement" in (self.purchase_prerequisites or ())


class Currency(Part, frozen=True, kw_only=True, rename="camel"):
    """ISO 4217 code and symbol."""

    code: str | None = None
    symbol: str | None = None


class Term(Part, frozen=True, kw_only=True, rename="camel"):
    """Duration (``P1M``, ``P1Y``, ``P3Y``) with a billing cycle."""

    duration: str | None = None
    description: str | None = None
    billing_cycle: str | None = None


class Availability(Resource, frozen=True, kw_only=True, rename="camel"):
    """A SKU for one country and segment."""

    id: str
    product_id: str | None = None
    sku_id: str | None = None
    catalog_item_id: str | None = None
    default_currency: Currency | None = None
    segment: str | None = None
    country: str | None = None
    is_purchasable: bool | None = None
    is_renewable: bool | None = None
    terms: list[Term] | None = None


class Offer(Resource, frozen=True, kw_only=True, rename="camel"):
    """An offer of the legacy catalogue."""

    id: str
    name: str | None = None
    description: str | None = None
    minimum_quantity: int | None = None
    maximum_quantity: int | None = None
    rank: int | None = None
    country: str | None = None
    is_add_on: bool | None = None
    is_available_for_purchase: bool | None = None
    billing: str | None = None


class Catalogue:
    """``country`` is ISO 3166-1 alpha-2; ``target_view`` such as ``OnlineServices``, ``Azure``,
    ``Software``."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def products(self, *, country: str, target_view: str, segment: str | None = None) -> Listing[Product]:
        """Return products (page ``get-a-list-of-products``). A wrong view gives (403, 400036)."""
        query = {"country": country, "targetView": target_view, "targetSegment": segment}
        request = self._sender.request("catalogue.products", query=query)
        return make_listing(self._sender, request, Product)

    async def product(self, product_id: str, *, country: str) -> Product:
        """Return one product."""
        request = self._sender.request(
            "catalogue.product", {"product_id": product_id}, query={"country": country}
        )
        return await self._sender.fetch(request, Product)

    def skus(self, product_id: str, *, country: str, segment: str | None = None) -> Listing[Sku]:
        """Return the SKUs of a product."""
        query = {"country": country, "targetSegment": segment}
        request = self._sender.request("catalogue.skus", {"product_id": product_id}, query=query)
        return make_listing(self._sender, request, Sku)

    async def sku(self, product_id: str, sku_id: str, *, country: str) -> Sku:
        """Return one SKU."""
        values = {"product_id": product_id, "sku_id": sku_id}
        request = self._sender.request("catalogue.sku", values, query={"country": country})
        return await self._sender.fetch(request, Sku)

    def availabilities(
        self, product_id: str, sku_id: str, *, country: str, segment: str | None = None
    ) -> Listing[Availability]:
        """Return the availabilities of a SKU."""
        values = {"product_id": product_id, "sku_id": sku_id}
        query = {"country": country, "targetSegment": segment}
        request = self._sender.request("catalogue.availabilities", values, query=query)
        return make_listing(self._sender, request, Availability)

    async def availability(
        self, product_id: str, sku_id: str, availability_id: str, *, country: str
    ) -> Availability:
        """Return one availability."""
        values = {"product_id": product_id, "sku_id": sku_id, "availability_id": availability_id}
        request = self._sender.request("catalogue.availability", values, query={"country": country})
        return await self._sender.fetch(request, Availability)

    def customer_products(
        self, tenant_id: str, *, target_view: str, segment: str | None = None
    ) -> Listing[Product]:
        """Return what this customer may buy; its own country is taken."""
        query = {"targetView": target_view, "targetSegment": segment}
        request = self._sender.request("catalogue.customer_products", {"tenant_id": tenant_id}, query=query)
        return make_listing(self._sender, request, Product)

    def customer_skus(self, tenant_id: str, product_id: str, *, segment: str | None = None) -> Listing[Sku]:
        """Return the SKUs that this customer may buy."""
        values = {"tenant_id": tenant_id, "product_id": product_id}
        request = self._sender.request("catalogue.customer_skus", values, query={"targetSegment": segment})
        return make_listing(self._sender, request, Sku)

    def customer_availabilities(
        self, tenant_id: str, product_id: str, sku_id: str, *, segment: str | None = None
    ) -> Listing[Availability]:
        """Return the availabilities for this customer."""
        values = {"tenant_id": tenant_id, "product_id": product_id, "sku_id": sku_id}
        query = {"targetSegment": segment}
        request = self._sender.request("catalogue.customer_availabilities", values, query=query)
        return make_listing(self._sender, request, Availability)

    def offers(self, *, country: str) -> Listing[Offer]:
        """Return the legacy offers of a market."""
        request = self._sender.request("catalogue.offers", query={"country": country})
        return make_listing(self._sender, request, Offer)

    async def offer(self, offer_id: str, *, country: str) -> Offer:
        """Return one legacy offer."""
        request = self._sender.request("catalogue.offer", {"offer_id": offer_id}, query={"country": country})
        return await self._sender.fetch(request, Offer)

    def offer_addons(self, offer_id: str, *, country: str) -> Listing[Offer]:
        """Return the add-ons of a legacy offer."""
        values, query = {"offer_id": offer_id}, {"country": country}
        request = self._sender.request("catalogue.offer_addons", values, query=query)
        return make_listing(self._sender, request, Offer)

    def offer_categories(self, *, country: str) -> Listing[Resource]:
        """Return the legacy categories; see ``raw``."""
        request = self._sender.request("catalogue.offer_categories", query={"country": country})
        return make_listing(self._sender, request, Resource)
