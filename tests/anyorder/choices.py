"""What is drawn for a step: names, passwords, pages' fields, and how a request is bent."""

from __future__ import annotations

from hypothesis import strategies as st

from anyorder.acts import HOST, NEW
from anyorder.town import FLOWS

BOB, FAY, NINA = (f"{n}0000000-0000-4000-8000-000000000000" for n in "bf1")
OLD = {"bob": "Bobs-Horse-1", "fay": "Fays-Horse-1", "nina": "Ninas-Horse-1"}
CAST = ("bob", "fay", "nina", "ada")  # ada has no account yet
TYPED = (*(f"{name}@{HOST}" for name in CAST), "BOB@Contoso.example", "ADA@contoso.example", "nina")

ROPC = "B2C_1_ropc"
TABS = st.integers(0, 5)
WHO = st.sampled_from(CAST)
WISHES = st.sampled_from(("signin", "signup", "forgot"))
FLOW = st.sampled_from([name for name in FLOWS if name != ROPC])
ANY_FLOW = st.sampled_from(list(FLOWS))
TWISTS = st.sampled_from(
    (
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "browser",
        "flow",
        "journey",
        "forged",
        "foreign token",
        "earlier",
        "no turn",
    )
)
CODES = st.sampled_from(("mailed", "mailed", "mailed", "mailed", "first", "last", "000000"))
FIELDS = st.fixed_dictionaries(
    {"email": st.sampled_from(TYPED)},
    optional={
        "signInName": st.sampled_from(TYPED),
        "password": st.sampled_from((*OLD.values(), *NEW)),
        "newPassword": st.sampled_from((*NEW, OLD["fay"], "weak")),
        "reenterPassword": st.sampled_from(NEW),
        "city": st.sampled_from(("Bonn", "Köln", "")),
    },
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(TYPED),
        "signInName": st.sampled_from(TYPED),
        "password": st.sampled_from((*OLD.values(), *NEW)),
        "newPassword": st.sampled_from((*NEW, OLD["fay"], "weak")),
        "city": st.just(""),
        "action": st.sampled_from(("continue", "create", "verify_code", "signin")),
    },
)
AHEAD = st.sampled_from(("", "", "", "create", "continue", "confirmed"))
ACTIONS = st.sampled_from(
    ("signin", "continue", "create", "send_code", "verify_code", "change_email", "signup", "forgot",
     "cancel", "confirmed", "unified", "jump")
)  # fmt: skip
DIALECTS = st.sampled_from(("form", "form", "control", "request"))
EVENTS = st.sampled_from(("wait", "wait", "administer", "sign out", "put back", "pass on"))
WAITS = st.sampled_from((9, 590, 600, 900, 900, 1800, 3600, 86400))
