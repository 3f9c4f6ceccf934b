"""What a run hears of dbt: ends of nodes, and whatever is no event for the debugger."""

from dbt.events.types import NodeFinished
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note

from orchestration.build.dbt_shortcuts import HEARD, dbt_shortcuts


def heard_of_three_events() -> list[str]:
    """What a listener hears of a note for the debugger, a warning and the end of a node."""
    heard: list[str] = []
    get_event_manager().add_callback(
        lambda message: heard.append(f"{message.info.name} {message.info.level}")
    )
    fire_event(Note(msg="one of many"), level=EventLevel.DEBUG)
    fire_event(Note(msg="one of few"), level=EventLevel.WARN)
    fire_event(NodeFinished())
    return heard


def test_a_listener_hears_warnings_and_ends_of_nodes_while_a_run_calls_dbt():
    with dbt_shortcuts():
        assert heard_of_three_events() == ["Note warn", f"{HEARD} debug"]


def test_who_listened_before_hears_everything_again():
    before = get_event_manager()
    with dbt_shortcuts():
        assert get_event_manager() is not before
    assert get_event_manager() is before
    assert heard_of_three_events() == ["Note debug", "Note warn", f"{HEARD} debug"]
    before.callbacks.clear()
