"""What can be bought: product and SKU names and ids are facts; the prices are invented."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Sku:
    """One licence product. ``price`` is the invented price of a seat and month in EUR."""

    product_id: str
    sku_id: str
    availability_id: str
    title: str
    part_number: str
    part_id: str
    price: Decimal
    weight: int
    plans: tuple[tuple[str, str], ...] = ()
    product_type: str = "OnlineServicesNCE"
    addon: bool = False
    minimum: int = 1
    maximum: int = 300

    @property
    def offer_id(self) -> str:
        """product:sku:availability, the form of New Commerce offers."""
        return f"{self.product_id}:{self.sku_id}:{self.availability_id}"


_EXO1 = ("EXCHANGE_S_STANDARD", "9aaf7827-d63c-4b61-89c3-182f06f82e5c")
_EXO2 = ("EXCHANGE_S_ENTERPRISE", "efb87545-963c-4e0d-99df-69c6916d9eb0")
_SPO1 = ("SHAREPOINTSTANDARD", "c7699d2e-19aa-44de-8edf-1736da088ca1")
_SPO2 = ("SHAREPOINTENTERPRISE", "5dbe027f-2339-4123-9542-606e4d348a72")
_TEAMS = ("TEAMS1", "57ff2da0-773e-42df-b2af-ffb7a2317929")
_APPS = ("OFFICE_BUSINESS", "094e7854-93fc-4d55-b2c0-3ab5369ebdc1")
_PROPLUS = ("OFFICESUBSCRIPTION", "43de0ff5-c92c-492b-9116-175376d08c38")
_INTUNE = ("INTUNE_A", "c1ec4a95-1f05-45b3-a911-aa3fa01094f5")
_ENTRA = ("AAD_PREMIUM", "41781fb2-bc02-4b7c-bd55-b576c07bb09d")
_ATP = ("ATP_ENTERPRISE", "f20fedf3-f3c3-43c3-8267-2bfdd51c0939")
_BI = ("BI_AZURE_P2", "70d33638-9c74-4d01-bfd3-562de28bd4ba")
_PHONE = ("MCOEV", "4828c8ec-dc2e-4779-b502-87ac9ce28ab7")
_KIOSK = ("EXCHANGE_S_DESKLESS", "4a82b400-a79f-41a4-b4e2-e94f5787b113")


def _sku(
    product: str, sku: str, title: str, part: str, part_id: str, price: str, weight: int,
    plans: tuple[tuple[str, str], ...], *, addon: bool = False, maximum: int = 10_000_000,
) -> Sku:  # fmt: skip
    availability = f"CFQ7TTC0{product[-4:]}"
    return Sku(
        product,
        sku,
        availability,
        title,
        part,
        part_id,
        Decimal(price),
        weight,
        plans,
        addon=addon,
        maximum=maximum,
    )


LICENCES: tuple[Sku, ...] = (
    _sku("CFQ7TTC0LH18", "0001", "Microsoft 365 Business Basic", "O365_BUSINESS_ESSENTIALS",
         "3b555118-da6a-4418-894f-7df1e2096870", "5.60", 22, (_EXO1, _SPO1, _TEAMS), maximum=300),
    _sku("CFQ7TTC0LDPB", "0001", "Microsoft 365 Business Standard", "O365_BUSINESS_PREMIUM",
         "f245ecc8-75af-4f8e-b61f-27d8114de5f3", "11.70", 20, (_EXO1, _APPS, _TEAMS, _SPO1), maximum=300),
    _sku("CFQ7TTC0LCHC", "0002", "Microsoft 365 Business Premium", "SPB",
         "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "20.60", 14, (_SPO1, _TEAMS, _INTUNE, _ENTRA, _EXO1, _ATP, _APPS),
         maximum=300),
    _sku("CFQ7TTC0LH1G", "0001", "Microsoft 365 Apps for Business", "O365_BUSINESS",
         "cdd28e44-67e3-425e-be4c-737fab2899d3", "9.80", 7, (_APPS,), maximum=300),
    _sku("CFQ7TTC0LH16", "0001", "Exchange Online (Plan 1)", "EXCHANGESTANDARD",
         "4b9405b0-7788-4568-add1-99614e613b69", "3.70", 14, (_EXO1,)),
    _sku("CFQ7TTC0LH1P", "0001", "Exchange Online (Plan 2)", "EXCHANGEENTERPRISE",
         "19ec0d23-8335-4cbd-94ac-6050e30712fa", "7.50", 3, (_EXO2,)),
    _sku("CFQ7TTC0LF8Q", "0001", "Office 365 E1", "STANDARDPACK",
         "18181a46-0d4e-45cd-891e-60aabd171b4e", "9.40", 3, (_SPO1, _EXO1, _TEAMS)),
    _sku("CFQ7TTC0LF8R", "0001", "Office 365 E3", "ENTERPRISEPACK",
         "6fd2c87f-b296-42f0-b197-1e91e994b900", "23.10", 4, (_TEAMS, _SPO2, _EXO2, _PROPLUS)),
    _sku("CFQ7TTC0LFLX", "0001", "Microsoft 365 E3", "SPE_E3",
         "05e9a617-0261-4cee-bb44-138d3ef5d965", "36.20", 4, (_INTUNE, _ENTRA, _SPO2, _PROPLUS, _EXO2, _TEAMS)),
    _sku("CFQ7TTC0LFLZ", "0002", "Microsoft 365 E5", "SPE_E5",
         "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "57.60", 1, (_SPO2, _BI, _TEAMS, _INTUNE, _ENTRA, _EXO2, _PHONE)),
    _sku("CFQ7TTC0LH05", "0001", "Microsoft 365 F3", "SPE_F1",
         "66b55226-6b4f-492c-910c-a3b7a3c9d993", "7.50", 4, (_INTUNE, _TEAMS, _KIOSK, _ENTRA)),
    _sku("CFQ7TTC0L3PB", "0001", "Power BI Pro", "POWER_BI_PRO",
         "f8a1db68-be16-40ed-86d5-cb42ce701560", "13.10", 6, (_BI,)),
    _sku("CFQ7TTC0LHT4", "0001", "Enterprise Mobility + Security E3", "EMS",
         "efccb6f7-5641-4e0e-bd10-b4976e1bf68e", "9.90", 3, (_ENTRA, _INTUNE)),
    _sku("CFQ7TTC0LFLS", "0002", "Microsoft Entra ID P1", "AAD_PREMIUM",
         "078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "5.60", 4, (_ENTRA,)),
    _sku("CFQ7TTC0LH04", "0001", "Microsoft Defender for Office 365 (Plan 1)", "ATP_ENTERPRISE",
         "4ef96642-f096-40de-a3e9-d83fb2f90211", "1.90", 3, (_ATP,)),
    _sku("CFQ7TTC0HD32", "0002", "Visio Plan 2", "VISIOCLIENT",
         "c5928f49-12ba-48f7-ada3-0d743a3601d5", "14.10", 3, ()),
    _sku("CFQ7TTC0HDB0", "0002", "Planner and Project Plan 3", "PROJECTPROFESSIONAL",
         "53818b1b-4a27-454b-8896-0dba576410e6", "28.10", 2, (_SPO2,)),
    _sku("CFQ7TTC0LH0T", "0001", "Microsoft Teams Phone Standard", "MCOEV",
         "e43b5b99-8dfb-405f-9987-dc307f34bcbd", "7.50", 3, (_PHONE,), addon=True),
    _sku("CFQ7TTC0MM8R", "0001", "Microsoft Copilot for Microsoft 365", "Microsoft_365_Copilot",
         "639dec6b-bb19-468b-871c-c5c441c4b0cb", "28.10", 2, (), addon=True),
)  # fmt: skip

AZURE_PLAN = Sku(
    "DZH318Z0BPS6", "0001", "DZH318Z0BMTX", "Azure plan", "AZURE_PLAN", "", Decimal("0"), 0,
    product_type="Azure", maximum=1,
)  # fmt: skip
# Bought once and owned for good; it is paid once, does not renew and cannot be transferred. Id and name are invented.
SOFTWARE = Sku(
    "DG7GMGF0D5RK", "0001", "DG7GMGF0D65N", "Windows Server 2022 Standard, 16 cores", "WINDOWS_SERVER_2022", "",
    Decimal("960.00"), 0, product_type="Software", maximum=1_000,
)  # fmt: skip
# A seat bought before New Commerce: its offer id is a plain GUID and it cannot be transferred.
LEGACY = Sku(
    "", "", "", "Office 365 Enterprise E1 (legacy)", "STANDARDPACK", "18181a46-0d4e-45cd-891e-60aabd171b4e",
    Decimal("8.00"), 0, (_SPO1, _EXO1, _TEAMS), product_type="",
)  # fmt: skip
LEGACY_OFFER_ID = "91FD106F-4B2C-4938-95AC-F54F74E9A239"

BY_PRODUCT: dict[tuple[str, str], Sku] = {(s.product_id, s.sku_id): s for s in (*LICENCES, AZURE_PLAN)}
BY_PART_ID: dict[str, Sku] = {s.part_id: s for s in LICENCES}

# (term, billing cycle) that New Commerce sells, with the invented factor on the monthly price.
TERMS: tuple[tuple[str, str, Decimal], ...] = (
    ("P1M", "monthly", Decimal("1.20")),
    ("P1Y", "monthly", Decimal("1.05")),
    ("P1Y", "annual", Decimal("1.00")),
    ("P3Y", "monthly", Decimal("1.05")),
    ("P3Y", "annual", Decimal("1.00")),
)


def seat_month(sku: Sku, term: str, cycle: str) -> Decimal:
    """The invented price of one seat and month in EUR for a term and billing cycle."""
    for known_term, known_cycle, factor in TERMS:
        if (term, cycle) == (known_term, known_cycle):
            return (sku.price * factor).quantize(Decimal("0.01"))
    return sku.price
