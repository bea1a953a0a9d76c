"""The catalogue of before New Commerce (§8): it can still be read, and nothing in it can be bought any more."""

from __future__ import annotations

from typing import Any

from novation.emulator.catalogue import LEGACY, LEGACY_OFFER_ID
from novation.emulator.http.calls import Answer, Call, collection, link
from novation.emulator.http.routes import route
from novation.emulator.refusals import invalid, not_found

_ADDON_ID = "2828BE95-46BA-4F91-B2FD-0BEF192ECF60"
_CATEGORIES = (("Enterprise_Key", "Enterprise", 20), ("SmallBusiness_Key", "Small Business", 10))
_NOTE = "one old offer and one add-on of it"


def _market(call: Call) -> str:
    if "customer_id" in call.params:
        return call.customer().country
    country = call.query.get("country", "")
    if len(country) != 2 or not country.isalpha():
        raise invalid("country", "an ISO code of two letters is needed")
    return country.upper()


def _category(place: int, country: str) -> dict[str, Any]:
    key, name, rank = _CATEGORIES[place]
    return {
        "id": key, "name": name, "rank": rank, "locale": "en-US", "country": country,
        "attributes": {"objectType": "OfferCategory"},
    }  # fmt: skip


def _offer(offer_id: str, name: str, country: str, *, part_id: str, addon: bool) -> dict[str, Any]:
    # The recorded base offer has a link without an address there, the recorded add-on one with.
    more = link("https://www.microsoft.com/microsoft-365")
    links = {
        "learnMore": more if addon else {"method": "GET", "headers": []},
        "self": link(f"/offers/{offer_id}?country={country}"),
    }
    if not addon:
        links["addOns"] = link(f"/offers/{offer_id}/addons?country={country}")
    return {
        "id": offer_id,
        "name": name,
        "description": name,
        "minimumQuantity": 1,
        "maximumQuantity": 10_000_000,
        "rank": 200 if addon else 174,
        "uri": f"/3c95518e-8c37-41e3-9627-0ca339200f53/Offers/{offer_id}",
        "locale": "en-US",
        "country": country,
        "category": _category(0, country),
        "limitUnitOfMeasure": "None",
        "limit": 0,
        "termUnitOfMeasure": "Year",
        "term": 1,
        "prerequisiteOffers": [LEGACY_OFFER_ID] if addon else [],
        "isAddOn": addon,
        "hasAddOns": not addon,
        "isAvailableForPurchase": False,
        "billing": "license",
        "supportedBillingCycles": ["annual", "monthly"],
        "isAutoRenewable": True,
        "isInternal": False,
        "isMicrosoftProduct": True,
        "conversionTargetOffers": [],
        "reselleeQualifications": [],
        "resellerQualifications": [],
        "salesGroupId": "Default",
        "isTrial": False,
        "acquisitionType": "purchase",
        "supportedCatalogTypes": ["live"],
        "actions": ["Cancel", "Edit"],
        "product": {"id": part_id.upper(), "name": name, "unit": "Licenses"},
        "unitType": "Licenses",
        "links": links,
        "attributes": {"objectType": "Offer"},
    }


def _base(country: str) -> dict[str, Any]:
    return _offer(LEGACY_OFFER_ID, LEGACY.title, country, part_id=LEGACY.part_id, addon=False)


def _addon(country: str) -> dict[str, Any]:
    name = "Exchange Online Archiving (legacy)"
    return _offer(_ADDON_ID, name, country, part_id="ee02fd1b-340e-4a4b-b355-4a514e4c8943", addon=True)


@route("GET", "/v1/offers", "offers.list", group="catalogue", page="get-a-list-of-offers-for-a-market",
       also=("/v1/customers/{customer_id}/offers",), note=_NOTE)  # fmt: skip
def offers(call: Call) -> Answer:
    """``offer_category_id``, ``size`` and ``offset`` narrow the list; ``product_id`` picks by licence product."""
    country = _market(call)
    found = [_base(country), _addon(country)]
    if wanted := call.query.get("offer_category_id"):
        found = [offer for offer in found if offer["category"]["id"] == wanted]
    if product := call.query.get("product_id"):
        found = [offer for offer in found if offer["product"]["id"] == product.upper()]
    offset = call.wanted_size("offset", 0, 10_000)
    some = found[offset : offset + call.page_size("size", 1_000, 1_000)]
    return Answer(200, collection(some, f"/offers?country={country}"))


def _find_offer(call: Call, country: str) -> dict[str, Any]:
    for offer in (_base(country), _addon(country)):
        if offer["id"] == call.params["offer_id"].upper():
            return offer
    raise not_found("The offer", 1000)


@route("GET", "/v1/offers/{offer_id}", "offers.get", group="catalogue", page="get-an-offer-by-id", note=_NOTE)
def offer(call: Call) -> Answer:
    """One offer."""
    return Answer(200, _find_offer(call, _market(call)))


@route("GET", "/v1/offers/{offer_id}/addons", "offers.addons", group="catalogue",
       page="get-add-ons-for-an-offer-id", also=("/v1/customers/{customer_id}/offers/{offer_id}/addons",),
       note=_NOTE)  # fmt: skip
def addons(call: Call) -> Answer:
    """What can be put on top of an offer."""
    country = _market(call)
    return Answer(200, collection([] if _find_offer(call, country)["isAddOn"] else [_addon(country)]))


@route("GET", "/v1/offercategories", "offers.categories", group="catalogue",
       page="get-a-list-of-offer-categories-by-market",
       also=("/v1/customers/{customer_id}/offercategories",))  # fmt: skip
def categories(call: Call) -> Answer:
    """The categories of a market."""
    country = _market(call)
    return Answer(200, collection([_category(place, country) for place in range(len(_CATEGORIES))]))
