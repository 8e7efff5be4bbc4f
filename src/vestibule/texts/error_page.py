"""What the sentences are called that stand where no question is asked: errors and farewells."""

from __future__ import annotations

from vestibule.texts.keys import ERROR, UX, keys

ERROR_PAGE = {
    **keys(
        UX,
        {
            "skip_to_content": "page.skip",
            "heading": "page.error.title",
            "heading_request": "page.error.title.request",
            "heading_stopped": "page.error.title.stopped",
            "heading_lost": "page.error.title.lost",
            "heading_logout": "page.error.title.logout",
            "error_code": "page.error.code",
            "correlation_id": "page.error.correlation",
            "timestamp": "page.error.time",
            "remedy": "page.error.remedy",
            "button_start_again": "page.error.again",
            "button_copy": "page.copy",
            "copied": "page.copied",
            "sign_out_heading": "page.signout.title",
            "sign_out_message": "page.signout.text",
            "button_sign_out": "page.signout.button",
            "signed_out_heading": "page.signedout.title",
            "signed_out_message": "page.signedout.text",
            "signed_out_others": "page.signedout.others",
            "working_heading": "page.working.title",
            "working_message": "page.working.text",
            "working_link": "page.working.now",
            "returning_heading": "page.formpost.title",
            "returning_message": "page.formpost.text",
            "button_continue": "page.continue",
        },
    ),
    **keys(
        ERROR,
        {
            "UserMessageIfUserAccountDisabled": "account.disabled",
            "UserMessageIfClaimsPrincipalDoesNotExist": "account.gone",
            "UserMessageIfIdentityDoesNotExist": "account.not_federated",
            "UserMessageIfSessionDoesNotExist": "page.error.lost",
            "UserMessageIfRequestForged": "page.error.forgery",
            "UserMessageIfJourneyNotSupported": "flow.cannot_run",
            # of API connectors, by B2C's names for those of custom policies
            "UserMessageFromApi": "connector.message",
            "UserMessageIfBlocked": "connector.blocked",
            "DefaultUserMessageIfRequestFailed": "connector.http",
            "UserMessageIfResponseUnreadable": "connector.unreadable",
            "UserMessageIfRequestTimeout": "connector.timeout",
            "UserMessageIfDnsResolutionFailed": "connector.unreachable",
            "UserMessageIfCircuitOpen": "connector.paused",
            "UserMessageIfCredentialsRefused": "connector.credentials",
            "UserMessageIfCertificateRefused": "connector.certificate",
        },
    ),
}
