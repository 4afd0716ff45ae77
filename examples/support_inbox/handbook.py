"""What the support team knows: articles for retrieval, and the handbook that goes before every answer.

The handbook is long on purpose (some 4,500 tokens), so that keeping it in the provider's prompt cache pays.
"""

from __future__ import annotations

ARTICLES = [
    "Add an administrator: Settings, People, Invite, role Administrator. An owner has to confirm.",
    "Download your data: Settings, Data, Export. A link arrives by mail and works for seven days.",
    "Change the invoice address: Settings, Billing, Address. Past invoices stay as they are.",
    "Regions: files are kept in the region chosen at sign-up. Pro accounts can move once a year.",
    "Unpaid invoices: the shop stays open for 14 days, then it becomes read-only, and is never deleted at once.",
    "Deleted orders can be restored for 30 days, after that they are gone.",
    "The audit log is visible to owners and administrators, for 12 months.",
    "Several shops in one account: Pro plan only, Settings, Shops, New.",
    "Labels: open the order, Print, Label. The printer needs the paper size A6.",
    "Data processing agreements are signed under Settings, Legal, by an owner.",
    "The mobile app is part of every plan.",
    "Refunds: within 30 days of the charge, to the card that paid. Larger amounts need a second pair of eyes.",
]

_AREAS = {
    "IMP": ("imports", "the import log", "the file's first failing line"),
    "EXP": ("exports", "the export list", "the name of the file"),
    "HOK": ("webhooks", "the delivery log", "the event id"),
    "SSO": ("single sign-on", "the sign-in log", "the identity provider's name"),
    "REP": ("reports", "the report's settings", "the months chosen"),
    "BIL": ("billing", "the invoice list", "the invoice number"),
    "API": ("the API", "the request log", "the request id"),
    "APP": ("the mobile app", "the app's version page", "the device and its system"),
}
_CAUSES = [
    "a quota was reached; it is lifted at midnight UTC",
    "a permission is missing; an administrator can add it under People",
    "the same event was taken twice; the second one can be undone for 7 days",
    "a certificate or key ran out; it is renewed under Settings, Security",
    "a field has a format that is not supported; the help page lists those that are",
    "the other side did not answer within 30 seconds; the job is tried again on the hour",
    "two people changed the same thing; the later change is kept as a draft",
    "maintenance was under way; nothing needs to be done",
    "a name holds a character the target system refuses; renaming helps",
    "a link was followed after it had run out; a new one can be asked for on the same page",
    "the account's clock is set to another time zone; Settings, General shows which",
    "an add-on changed the same field; switching it off for a day shows whether it is the cause",
    "the plan does not include it; the price list shows which plan does",
]


def _error_lines() -> list[str]:
    return [
        f"{code}-{number:02}: in {area}, {cause}. Look into {place} first. Ask the customer for {wanted}."
        for code, (area, place, wanted) in _AREAS.items()
        for number, cause in enumerate(_CAUSES, 1)
    ]


HANDBOOK = "\n".join(
    [
        "You answer customers of a shop system. Be short, kind and exact. Never promise a date. If the handbook does "
        "not hold the answer, say that you are not sure.",
        "",
        "Articles:",
        *(f"- {article}" for article in ARTICLES),
        "",
        "Error codes:",
        *(f"- {line}" for line in _error_lines()),
    ]
)

REFUND_POLICY = (
    "Refunds are money: check the date, the amount and the account before you promise one. Up to 50 you may grant "
    "yourself. Above, and whenever a lawyer is mentioned, say that you are not sure and that a colleague will answer."
)
