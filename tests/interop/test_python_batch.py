"""JSON batches through the Python SDKs."""

from __future__ import annotations

from typing import Any

from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

from interop.python_sdk import BOTH, Sdk, refused, run
from interop.test_python_flows import body, builder
from live import Live


@BOTH
def test_requests_go_in_a_batch(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, "b2x")
        flow = body(sdk, "b2x")
        name = f"B2X_1_{flow.id}"
        requests = {
            "1": flows.to_post_request_information(flow),
            "2": one(name).to_get_request_information(),
            "3": one(name).to_delete_request_information(),
        }
        content = BatchRequestContent()
        for number, request in requests.items():
            before = [str(int(number) - 1)] if number > "1" else []
            content.add_request(number, BatchRequestItem(request, number, before))
        answer = await BatchRequestBuilder(graph.request_adapter).post(content)
        assert answer.get_response_status_codes() == {"1": 201, "2": 200, "3": 204}
        # A limit of the SDK against any server: it keeps bodies that are text, and these are not.
        assert answer.get_response_stream_by_id("2") is None
        await refused(sdk, one(name).get(), 404)

    run(live, sdk, story)
