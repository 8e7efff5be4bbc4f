"""How a sign-in ends or pauses for a person. Pages say it in their own words (`texts`); the
application is told what is sent to it.

Source: runtime.md 2.3, 5.8, Appendix A.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.oidc.catalogue.entry import Entry

PEOPLE: Mapping[str, Entry] = {
    "90027": Entry(
        "server_error",
        "An API connector did not accept the user name and password that it was called with.",
        "Set authenticationConfiguration of the connector.",
    ),
    "90028": Entry(
        "server_error",
        "An API connector could not be called with its client certificate: none is valid, or it"
        " was refused.",
        "Upload a certificate that is valid and that the connector accepts.",
    ),
    "90035": Entry(
        "temporarily_unavailable",
        "The service is busy.",
        "Try again in a moment.",
    ),
    "90037": Entry(
        "server_error",
        "The user flow has something in it that this version cannot run; the page names it.",
        "Change the user flow.",
    ),
    "90046": Entry(
        "invalid_request",
        "The sign-in is over, or was started in another browser.",
        "Start again at the application.",
    ),
    "90053": Entry(
        "access_denied",
        "There is no account of this name.",
        "Correct the name, or sign up.",
    ),
    "90054": Entry(
        "access_denied",
        "The name or the password is not right.",
        "Correct it, or reset the password.",
    ),
    "90075": Entry(
        "server_error",
        "An API connector answered with an HTTP error, or did not answer; the page names it.",
        "Look at its last calls, which tell what came; mend the connector.",
    ),
    "90091": Entry(
        "access_denied",
        "The user has cancelled entering self-asserted information.",
        "Offer to begin again.",
    ),
    "90111": Entry(
        "access_denied",
        "The account is disabled.",
        "An administrator can enable it.",
    ),
    "90114": Entry(
        "access_denied",
        "The account is locked for a while, after too many wrong passwords.",
        "Wait a minute, or reset the password.",
    ),
    "90118": Entry(
        "access_denied",
        "The user has forgotten their password.",
        "Send the user to the password reset flow.",
    ),
    "90157": Entry(
        "access_denied",
        "The user has exceeded the maximum number of retries for a self-asserted step.",
        "Start the flow again; the directory refused what the user typed too often.",
    ),
    "90243": Entry(
        "server_error",
        "The identity provider does not accept what this server proves itself by. {reason}",
        "Correct the client id and the secret, or the key, of the identity provider.",
    ),
    "90244": Entry(
        "temporarily_unavailable",
        "There are too many requests at the moment.",
        "Try again in a moment.",
    ),
    "90261": Entry(
        "server_error",
        "An API connector returned a response that cannot be understood; the page names it.",
        "Look at its last calls, which tell what is wrong with it; mend the connector.",
    ),
    "90273": Entry(
        "access_denied",
        "The identity provider sent the user back without a proof that counts. {reason}",
        "Offer to begin again; where nobody gets through, correct the identity provider.",
    ),
    "90289": Entry(
        "temporarily_unavailable",
        "The identity provider cannot be reached. {reason}",
        "Try again in a moment; where it stays so, correct the addresses of the identity provider.",
    ),
    "99002": Entry(
        "access_denied",
        "There is no account of who signed in at the identity provider.",
        "Send the user to a flow that signs up.",
    ),
}
