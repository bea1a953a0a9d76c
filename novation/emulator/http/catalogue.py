"""Products, SKUs, availabilities (§8). Customer-scoped variants take no country."""

from __future__ import annotations

from typing import Any

from novation.emulator.catalogue import AZURE_PLAN, BY_PRODUCT, LICENCES, TERMS, Sku
from novation.emulator.http.calls import Answer, Call, collection, link
from novation.emulator.http.routes import route
from novation.emulator.refusals import Refusal, invalid, not_found

_VIEWS = {
    "azure", "azurereservations", "microsoftazure", "onlineservices", "software", "softwaresuselinux",
    "marketplacesaas",
}  # fmt: skip
_ONE = "/v1/products/{product_id}"
_HIS = "/v1/customers/{customer_id}/products"


def _country(call: Call) -> str:
    if "customer_id" in call.params:
        return call.customer().country
    country = call.query.get("country", "")
    if len(country) != 2:
        raise invalid("country", "an ISO code of two letters is needed")
    return country.upper()


def _product(sku: Sku, country: str) -> dict[str, Any]:
    uri = f"/products/{sku.product_id}"
    return {
        "id": sku.product_id,
        "title": sku.title,
        "description": sku.title,
        "productType": {"id": sku.product_type, "displayName": sku.product_type, "subType": None},
        "isMicrosoftProduct": True,
        "publisherName": "Microsoft Corporation",
        "links": {"skus": link(f"{uri}/skus?country={country}"), "self": link(f"{uri}?country={country}")},
    }


def _sku(sku: Sku, country: str) -> dict[str, Any]:
    uri = f"/products/{sku.product_id}/skus/{sku.sku_id}"
    return {
        "id": sku.sku_id,
        "productId": sku.product_id,
        "title": sku.title,
        "description": sku.title,
        "minimumQuantity": sku.minimum,
        "maximumQuantity": sku.maximum,
        "isTrial": False,
        "supportedBillingCycles": ["monthly", "annual"],
        "purchasePrerequisites": ["MicrosoftCustomerAgreement"],
        "inventoryVariables": [],
        "provisioningVariables": [],
        "dynamicAttributes": {
            "isAddon": "true" if sku.addon else "false",
            "provisioningId": sku.part_id,
            "productType": sku.product_type,
        },
        "links": {
            "availabilities": link(f"{uri}/availabilities?country={country}"),
            "self": link(f"{uri}?country={country}"),
        },
    }


def _availability(sku: Sku, country: str) -> dict[str, Any]:
    uri = f"/products/{sku.product_id}/skus/{sku.sku_id}/availabilities/{sku.availability_id}"
    return {
        "id": sku.availability_id,
        "productId": sku.product_id,
        "skuId": sku.sku_id,
        "catalogItemId": sku.offer_id,
        "defaultCurrency": {"code": "EUR", "symbol": "€"},
        "segment": "commercial",
        "country": country,
        "isPurchasable": True,
        "isRenewable": True,
        "terms": [{"duration": term, "description": term, "billingCycle": cycle} for term, cycle, _ in TERMS],
        "links": {"self": link(f"{uri}?country={country}")},
    }


@route("GET", "/v1/products", "catalogue.products", group="catalogue", page="get-a-list-of-products", also=(_HIS,),
       note="licences under OnlineServices, the Azure plan under Azure; other views are empty")  # fmt: skip
def products(call: Call) -> Answer:
    """country and targetView are needed; targetSegment is taken as commercial."""
    country, view = _country(call), call.query.get("targetview", "").lower()
    if view not in _VIEWS:
        raise Refusal(403, 400036, "The target view is not valid.")
    found = LICENCES if view == "onlineservices" else (AZURE_PLAN,) if view == "azure" else ()
    return Answer(
        200,
        collection(
            [_product(sku, country) for sku in found], f"/products?targetView={view}&country={country}"
        ),
    )


def _skus(call: Call) -> list[Sku]:
    found = [sku for (product, _), sku in BY_PRODUCT.items() if product == call.params["product_id"].upper()]
    if not found:
        raise not_found("The product", 400013)
    return found


def _find_sku(call: Call) -> Sku:
    for sku in _skus(call):
        if sku.sku_id == call.params["sku_id"].upper():
            return sku
    raise not_found("The SKU", 400018)


@route(
    "GET",
    _ONE,
    "catalogue.product",
    group="catalogue",
    page="get-a-product-by-id",
    also=(_HIS + "/{product_id}",),
)
def product(call: Call) -> Answer:
    """One product."""
    return Answer(200, _product(_skus(call)[0], _country(call)))


@route("GET", _ONE + "/skus", "catalogue.skus", group="catalogue", page="get-a-list-of-skus-for-a-product",
       also=(_HIS + "/{product_id}/skus",))  # fmt: skip
def skus(call: Call) -> Answer:
    """The SKUs of a product."""
    country = _country(call)
    uri = f"/products/{call.params['product_id']}/skus?country={country}"
    return Answer(200, collection([_sku(sku, country) for sku in _skus(call)], uri))


@route("GET", _ONE + "/skus/{sku_id}", "catalogue.sku", group="catalogue", page="get-a-sku-by-id",
       also=(_HIS + "/{product_id}/skus/{sku_id}",))  # fmt: skip
def sku_by_id(call: Call) -> Answer:
    """One SKU."""
    return Answer(200, _sku(_find_sku(call), _country(call)))


@route("GET", _ONE + "/skus/{sku_id}/availabilities", "catalogue.availabilities", group="catalogue",
       page="get-a-list-of-availabilities-for-a-sku",
       also=(_HIS + "/{product_id}/skus/{sku_id}/availabilities",))  # fmt: skip
def availabilities(call: Call) -> Answer:
    """What can be bought, with terms and billing cycles."""
    country, sku = _country(call), _find_sku(call)
    uri = f"/products/{sku.product_id}/skus/{sku.sku_id}/availabilities?country={country}"
    return Answer(200, collection([_availability(sku, country)], uri))


@route("GET", _ONE + "/skus/{sku_id}/availabilities/{availability_id}", "catalogue.availability", group="catalogue",
       page="get-an-availability-by-id",
       also=(_HIS + "/{product_id}/skus/{sku_id}/availabilities/{availability_id}",))  # fmt: skip
def availability(call: Call) -> Answer:
    """One availability."""
    country, sku = _country(call), _find_sku(call)
    if call.params["availability_id"].upper() != sku.availability_id:
        raise not_found("The availability", 400019)
    return Answer(200, _availability(sku, country))
