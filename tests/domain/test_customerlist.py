"""The customer list of Partner Center: every variant is read, every bad row is named, no good row is lost."""

import uuid

import pytest

from novation.domain.customerlist import CustomerRow, read_customer_list
from novation.domain.errors import BadInput

HEADER = "Microsoft ID,Company name,Primary domain name,Relationship"
ID = "11111111-2222-4333-8444-555555555555"
OTHER = "66666666-2222-4333-8444-555555555555"


def tenant(number: int) -> str:
    return str(uuid.UUID(int=number + (4 << 76) + (8 << 60)))


def rows(text: str) -> list[CustomerRow]:
    found, problems = read_customer_list(text)
    assert problems == []
    return found


def sentences(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.sentence) for problem in read_customer_list(text)[1]]


def test_the_export_is_read() -> None:
    (row,) = rows(f"{HEADER}\n{ID},Contoso s.r.o.,contoso.onmicrosoft.com,Cloud Reseller\n")
    assert row == CustomerRow(2, ID, "Contoso s.r.o.", "contoso.onmicrosoft.com")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_marks_and_line_ends_are_understood(delimiter: str, mark: str, ending: str) -> None:
    lines = [HEADER.replace(",", delimiter), delimiter.join((ID, "A, B; C", "c.example", "Reseller"))]
    if delimiter in ",;":
        lines[1] = lines[1].replace("A, B; C", '"A, B; C"')
    assert rows(mark + ending.join(lines))[0].name == "A, B; C"


@pytest.mark.parametrize(
    "header",
    [
        "Microsoft ID;Company name",
        "Customer ID;Customer",
        "TENANT_ID;  Organization ",
        "Customer tenant id;Customer name",
        '"Id";"Name"',
    ],
)
def test_headers_may_be_spelt_in_many_ways(header: str) -> None:
    assert rows(f"{header}\n{ID};Contoso\n")[0].name == "Contoso"


def test_columns_may_stand_in_any_order_among_others() -> None:
    header = "Notes,Relationship,Company name,Contact email,Country,Microsoft ID,Language,Contact name"
    text = f"{header}\nx,Indirect Reseller,Contoso,Jana@Contoso.example,cz,{ID},CS,Jana Nová\n"
    (row,) = rows(text)
    assert (row.email, row.contact, row.country, row.language) == (
        "Jana@Contoso.example",
        "Jana Nová",
        "CZ",
        "cs",
    )


def test_a_name_may_hold_quotes_and_line_breaks_and_lines_are_counted_right() -> None:
    text = f'{HEADER}\n{ID},"Contoso ""East""\nBranch",c.example,\nbad,Name,,\n'
    found, problems = read_customer_list(text)
    assert found[0].name == 'Contoso "East"\nBranch'
    assert problems[0].line == 4


def test_one_bad_row_of_five_thousand_is_named_and_the_others_are_kept() -> None:
    lines = [f"{tenant(n)},Company {n},c{n}.example,Reseller" for n in range(5000)]
    lines[2345] = "not-a-guid,Company 2345,c.example,Reseller"
    found, problems = read_customer_list("\n".join([HEADER, *lines]))
    assert len(found) == 4999
    assert [(p.line, p.sentence) for p in problems] == [
        (2347, "The Microsoft ID 'not-a-guid' is not a tenant id (a GUID).")
    ]


def test_a_quote_that_is_never_closed_costs_one_row_only() -> None:
    lines = [f"{tenant(n)},Company {n},c{n}.example,Reseller" for n in range(5000)]
    lines[10] = f'{tenant(10)},"Company 10,c.example,Reseller'
    found, problems = read_customer_list("\n".join([HEADER, *lines]))
    assert len(found) == 4999
    assert [problem.line for problem in problems] == [12]


def test_a_field_of_a_megabyte_costs_one_row_only() -> None:
    text = f"{HEADER}\n{ID},{'x' * 1_000_000},c.example,\n{OTHER},Good,,\n"
    found, problems = read_customer_list(text)
    assert [row.name for row in found] == ["Good"]
    assert [problem.line for problem in problems] == [2]


BAD = {
    f"{ID},Contoso": "The row has 2 of 4 columns.",
    "42,Contoso,,": "The Microsoft ID '42' is not a tenant id (a GUID).",
    ",Contoso,,": "The Microsoft ID '' is not a tenant id (a GUID).",
    f"{ID},,,": "The company name is empty.",
    f"{ID},{'x' * 301},,": "The company name is longer than 300 characters.",
    f"{ID},Contoso,no domain,": "The domain 'no domain' is not a domain name.",
    f"{ID},Contoso,c.example,Advisor": "The relationship is 'advisor'; only resellers' customers are moved.",
}


@pytest.mark.parametrize(("row", "sentence"), BAD.items(), ids=list(BAD.values()))
def test_a_row_that_cannot_be_used_says_why(row: str, sentence: str) -> None:
    assert sentences(f"{HEADER}\n{row}\n") == [(2, sentence)]


def test_an_address_that_is_none_is_named() -> None:
    text = f"Microsoft ID,Company name,Email\n{ID},Contoso,jana(at)contoso\n"
    assert sentences(text) == [(2, "The e-mail address 'jana(at)contoso' is not one.")]


def test_a_customer_that_stands_twice_is_taken_once() -> None:
    text = f"{HEADER}\n{ID},Contoso,,\n{{{ID.upper()}}},Contoso again,,\n"
    found, problems = read_customer_list(text)
    assert [row.name for row in found] == ["Contoso"]
    assert problems[0].sentence == f"The Microsoft ID {ID} stands in line 2 already."


def test_empty_lines_are_no_rows() -> None:
    assert len(rows(f"\n{HEADER}\n\n{ID},Contoso,,\n,,,\n")) == 1


def test_domains_of_every_script_are_taken() -> None:
    for domain in ("contoso.onmicrosoft.com", "xn--bcher-kva.example", "bücher.example", "a.b-c.co.uk"):
        assert rows(f"{HEADER}\n{ID},Contoso,{domain},\n")[0].domain == domain


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_customer_list(text)
    assert "no column 'Microsoft ID' and no column 'Company name'" in caught.value.what
    assert "Partner Center" in caught.value.remedy


def test_a_file_without_the_id_says_which_column_is_missing() -> None:
    with pytest.raises(BadInput, match="no column 'Microsoft ID'"):
        read_customer_list("Company name,Domain\nContoso,c.example\n")


def test_a_binary_file_is_refused_in_one_sentence() -> None:
    with pytest.raises(BadInput):
        read_customer_list("PK\x03\x04\x00\x00binary\x00stuff")
