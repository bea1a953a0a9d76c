"""What a customer may type, and the sentence for each thing that cannot be used."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from novation.domain import states
from novation.notices.markup import line

#: The five decisions, in the order of the page. None is chosen for the customer.
KINDS = states.CHOICES

#: Kinds that bind, so that somebody entitled must say them.
BINDING = states.BINDING


class Line(forms.CharField):
    """One line of text of any script, without control and direction marks."""

    def __init__(self, *, longest: int, required: bool, missing: Any = "") -> None:
        super().__init__(
            max_length=longest,
            required=required,
            error_messages={
                "required": missing,
                "max_length": _("This is too long: at most %(limit_value)d characters."),
            },
        )

    def to_python(self, value: Any) -> str:
        # A megabyte need not be cleaned before it is refused.
        text = str(value or "")
        return line(text) if len(text) <= 20 * (self.max_length or 1) else text


class Choice(forms.Form):
    """The page with the five decisions."""

    decision = forms.ChoiceField(
        choices=[(kind, kind) for kind in KINDS],
        error_messages={
            "required": _("Please choose one of the five."),
            "invalid_choice": _("Please choose one of the five."),
        },
    )
    reason = forms.CharField(
        max_length=2000,
        required=False,
        error_messages={"max_length": _("Please keep the reason below 2,000 characters.")},
    )
    question = forms.CharField(
        max_length=5000,
        required=False,
        error_messages={"max_length": _("Please keep the question below 5,000 characters.")},
    )
    colleague_name = Line(longest=200, required=False)
    colleague_email = forms.EmailField(
        max_length=254,
        required=False,
        error_messages={"invalid": _("This is not a complete e-mail address. Example: name@company.com")},
    )

    def __init__(self, *args: Any, own_address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own_address = own_address

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        kind = values.get("decision")
        if kind == "question" and not values.get("question", "").strip() and "question" not in self.errors:
            self.add_error("question", _("Please write what you would like to know."))
        if kind == "delegated":
            if not values.get("colleague_name") and "colleague_name" not in self.errors:
                self.add_error("colleague_name", _("Please give your colleague’s name."))
            address = values.get("colleague_email", "")
            if not address and "colleague_email" not in self.errors:
                self.add_error("colleague_email", _("Please give your colleague’s e-mail address."))
            elif address and address.lower() == self.own_address.lower():
                self.add_error(
                    "colleague_email", _("This is your own address. Your colleague needs another.")
                )
        else:
            # What belongs to a decision that was not chosen cannot stand in its way.
            for field in ("colleague_name", "colleague_email"):
                self.errors.pop(field, None)
        return values


class Administrator(forms.Form):
    """For whom an administrator account of the customer's own shall be."""

    person = Line(longest=200, required=True, missing=_("Please give the person’s name."))
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": _("Please give the person’s e-mail address."),
            "invalid": _("This is not a complete e-mail address. Example: name@company.com"),
        },
    )


class FakeReport(forms.Form):
    """A mail or page that looks like a fake of ours."""

    TOO_MANY = _("Several reports came from your network already. Please call us.")

    text = forms.CharField(
        max_length=5000,
        error_messages={
            "required": _("Please write what you got."),
            "max_length": _("Please keep it below 5,000 characters."),
        },
    )
    reference = Line(longest=40, required=False)
    reply_to = forms.EmailField(
        max_length=254,
        required=False,
        error_messages={"invalid": _("This is not a complete e-mail address. Example: name@company.com")},
    )


class Confirmation(forms.Form):
    """The page on which a choice is confirmed."""

    page = forms.UUIDField(required=False)
    name = Line(longest=200, required=True, missing=_("Please write your full name."))
    function = Line(longest=200, required=False)
    phone = Line(longest=60, required=False)
    authority = forms.BooleanField(required=False)
    code = Line(longest=40, required=True, missing=_("Please type the six digits."))

    def __init__(self, *args: Any, kind: str, proven: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.proven = proven
        # Who signed in at Microsoft needs no code.
        self.fields["code"].required = not proven

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if len(name) < 2:
            raise forms.ValidationError(_("Please write your full name."))
        return name

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if self.proven:
            return ""
        digits = digits_in(code)
        if len(digits) != 6:
            raise forms.ValidationError(
                _("The code has six digits. You typed %(count)d.") % {"count": len(digits)}
            )
        return code

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.kind in BINDING:
            if not values.get("function") and "function" not in self.errors:
                self.add_error("function", _("Please write your position in the company."))
            if not values.get("authority"):
                self.add_error("authority", _("Only somebody who may act for the company can decide this."))
        return values


def digits_in(code: str) -> str:
    """The digits of a code as it was typed; blanks and dashes do not count."""
    return "".join(c for c in code if c.isdigit())


def echoed(form: forms.Form) -> dict[str, str]:
    """What was typed, to be shown again; overlong input is cut where it became too long."""
    values = {}
    for name, field in form.fields.items():
        longest = getattr(field, "max_length", None) or 400
        values[name] = str(form.data.get(name, ""))[: longest + 1]
    return values


def faults(form: forms.Form) -> dict[str, list[str]]:
    """The sentences about a form, in the order in which its fields stand on the page."""
    if not form.is_bound:
        return {}
    order = ("__all__", *form.fields)
    return {name: [str(text) for text in form.errors[name]] for name in order if name in form.errors}
