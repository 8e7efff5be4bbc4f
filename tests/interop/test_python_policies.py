"""policies/authenticationFlowsPolicy through the Python SDKs."""

from __future__ import annotations

from typing import Any

from interop.python_sdk import BOTH, Sdk, run
from live import Live


@BOTH
def test_self_service_sign_up_is_turned_on_and_off(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        policy = graph.policies.authentication_flows_policy
        before = (await policy.get()).self_service_sign_up.is_enabled
        for enabled in (not before, before):
            configuration = sdk.SelfServiceSignUpAuthenticationFlowConfiguration(is_enabled=enabled)
            await policy.patch(sdk.AuthenticationFlowsPolicy(self_service_sign_up=configuration))
            assert (await policy.get()).self_service_sign_up.is_enabled is enabled

    run(live, sdk, story)
