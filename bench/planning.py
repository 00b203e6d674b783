"""A notice planned for made people, on the database of a bench."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.sending import WRITER, Bench
from incidents.deliveries.dispatch import Dispatch
from incidents.deliveries.plan import Terms, begin_plan, write_plan
from incidents.deliveries.reach import Routes
from incidents.deliveries.regions import Regions
from incidents.deliveries.tables import FanOut
from incidents.deliveries.ways import Ways, ways_of
from notifiers.message import AddressKind

TEXTS = {
    "push": {
        "title": "About your data",
        "body": "Please open the app and read the notice of 6 March.",
    },
    "sms": {
        "short": "Data of your account was exposed on 6 March. Please open our app and read the notice. Ref MQ-7K3Q."
    },
    "email": {"subject": "About your data", "plain": "Dear reader,\n" + "what happened and what you can do.\n" * 40},
}


def dispatch(bench: Bench, readers: pa.Table, channel: str) -> Dispatch:
    """The notice as approved, for these readers on this channel alone."""
    return Dispatch(
        notice_id=f"not_{channel}",
        incident_id=bench.incident_id,
        company="smo",
        party="smo",
        sender_name="SMO",
        audience="cohorts",
        language="en",
        snapshot_id=None,
        content_digest="c",
        audience_digest="a",
        ladders=({"one_by_one": [channel]},),
        texts={"v1": {channel: TEXTS[channel]}},
        readers=readers,
    )


def routes(bench: Bench, channel: str) -> Routes:
    """What is open to them."""
    providers = bench.kit.providers
    return Routes(bench.kit.packs, "smo", providers, Regions({}), worded=[channel])


def begin(bench: Bench, readers: pa.Table, channel: str) -> tuple[FanOut, Ways]:
    """A fan-out without its rows, and the ways of its readers."""
    told = dispatch(bench, readers, channel)
    ways = ways_of(readers, told.ladders, routes(bench, channel))
    nothing = SimpleNamespace(announcements=(), reach=SimpleNamespace(people=readers.num_rows, not_one_by_one=0))
    with bench.kit.begin() as tx:
        terms = Terms(soak_minutes=0)
        fan_out = begin_plan(tx, told, nothing, terms=terms, by=WRITER, kit=bench.kit)  # type: ignore[arg-type]
    return fan_out, ways


def plan(bench: Bench, readers: pa.Table, channel: str) -> FanOut:
    """The whole of it, in one wave."""
    fan_out, ways = begin(bench, readers, channel)
    write_plan(bench.kit, fan_out.id, readers, ways)
    with bench.kit.begin() as tx:
        tx.get_one(FanOut, fan_out.id).wave = 99
    return fan_out


def made_readers(count: int) -> pa.Table:
    """`count` readers in Myanmar, with an address of every kind."""
    numbers = pa.array(np.arange(count, dtype=np.int64)).cast(pa.string())
    padded = pc.utf8_lpad(numbers, 8, "0")
    same = {name: pa.array([value]).take(pa.array(np.zeros(count, np.int64))) for name, value in _SAME.items()}
    columns = {"person_id": pc.binary_join_element_wise("u", padded, ""), **same}
    columns |= {kind.value: pa.nulls(count, pa.string()) for kind in AddressKind}
    columns["phone"] = pc.binary_join_element_wise("+959", padded, "")
    columns["email"] = pc.binary_join_element_wise("reader", padded, "@example.org", "")
    columns["device_token"] = pc.binary_join_element_wise("APA91bF" + "x" * 120, padded, "")
    return pa.table(columns)


_SAME = {"residence": "MM", "role": "reader", "variant": "v1"}
