"""Pages of the call list: how it stands with who is to be called back, and one call with script, number and buttons."""

from flask import Response, make_response

from incidents.deliveries.call_counts import WORDS
from incidents.deliveries.calls import find_call
from incidents.record.incident import find
from web.console.door import console, here, page
from web.kit import kit
from web.pages.calls import DISPOSITIONS, call_page, lists_page


@console.get("/incidents/<reference>/calls", endpoint="calls_page")
def show_lists(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        shown = lists_page(tx, one, by=here(), kit=kit())
        return page("calls.html", incident=one, tab="deliveries", shown=shown, meanings=WORDS)


@console.get("/incidents/<reference>/calls/<call_id>", endpoint="call_page")
def show_call(reference: str, call_id: str) -> Response:
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        shown = call_page(tx, find_call(tx, one, call_id), by=here(), kit=kit())
        answer = make_response(
            page("call.html", incident=one, tab="deliveries", shown=shown, dispositions=DISPOSITIONS)
        )
    answer.headers["Cache-Control"] = "no-store"  # the number must not outlive the call in a browser's cache
    return answer
