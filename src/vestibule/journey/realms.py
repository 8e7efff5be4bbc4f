"""Where an account at the tenant's own authority proves itself: words that its steps share.

Source: runtime 8.4, 8.5.
"""

from __future__ import annotations

PASSWORD = "password"
"""The realm of those who have a password here."""
MAIL = "mail"
"""The realm of those who prove their address by a passcode."""
STRANGER = ""
"""The realm of an address that may neither sign in nor sign up."""

ANOTHER = (
    *("account", "proven", "code_sent", "registration", "answers"),
    *("provider", "identity", "idp", "idp_access_token", "auth_time"),
)
"""What is forgotten when somebody goes back to name another account: a proof above all."""

PASSCODE = "emailOtp"
"""The purpose of the codes that prove a guest's address."""
PASSCODE_LENGTH = 8
