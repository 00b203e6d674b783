"""The background work of deliveries, but for sending: settling, climbing, ending; each is harmless when run twice."""

from typing import Any

from incidents.deliveries import call_ends, demote, in_app, met, replan, settle, waves
from incidents.deliveries import climb as climbing
from incidents.foundation.jobs import register


@register("deliveries.widen", due=waves.due)
def widen(kit: Any, fan_out_id: str) -> None:
    """Open the next wave of one fan-out, or pause it."""
    waves.look(kit, fan_out_id)


@register("deliveries.demote", due=demote.due)
def judge_provider(kit: Any, provider: str) -> None:
    """Demote or promote one provider."""
    demote.look(kit, provider)


@register("deliveries.plan", due=replan.due, queue="long")
def plan_to_the_end(kit: Any, fan_out_id: str) -> None:
    """Finish a plan that was broken off."""
    replan.plan_to_the_end(kit, fan_out_id)


@register("deliveries.settle", due=settle.due)
def settle_batch(kit: Any, batch_id: str) -> None:
    """Ask after what is open in one batch."""
    settle.settle_batch(kit, batch_id)


@register("deliveries.climb", due=climbing.due)
def climb(kit: Any, fan_out_id: str) -> None:
    """Give people of one fan-out their next route."""
    climbing.climb(kit, fan_out_id)


@register("deliveries.end_lists", due=call_ends.due)
def end_lists(kit: Any, fan_out_id: str) -> None:
    """Send people of one fan-out on who wait on a list that is shut."""
    call_ends.turn_away(kit, fan_out_id)


@register("deliveries.end", due=met.due)
def end(kit: Any, fan_out_id: str) -> None:
    """Note the end of one fan-out, and what it met."""
    met.end(kit, fan_out_id)


@register("deliveries.in_app", due=in_app.due)
def take_down(kit: Any, batch_id: str) -> None:
    """Delete what of one batch has stood on the feed long enough."""
    in_app.take_down(kit, batch_id)
