"""The rooms of models, from the ground up. A model reads its own room and those above it in the list."""

from collections.abc import Mapping
from typing import Any

# Each with what it decides, for docs/rooms.md.
ROOMS = {
    "staging": "the latest version of every delivered row, typed",
    "terms": "what items, prices and discounts said from when to when, and which customers are one",
    "fx": "rates into the reporting currency",
    "states": "in which intervals an item counts, and its MRR in each",
    "customers": "who is a customer",
    "ledger": "what changed of each item, and what is scheduled to",
    "definitions": "the same MRR by the definitions of other systems",
    "findings": "rows of the sources that were read with a doubt",
    "movements": "the days and months of a customer, with its usage MRR",
    "reconciliation": "what invoices and other histories of a source say of the same MRR",
    "identity": "which CRM account a customer is, and who sold to it",
    "payments": "invoices, attempts, dunnings, and money that was not billed",
    "waterfall": "what opens, moves and closes, by segment of customers and by plan",
    "core": "what customers were billed",
    "voice": "answers to surveys, tickets, and whose they are",
    "retention": "who left, why and when, and what became of each cohort",
    "growth": "leads, deals, trials, costs and use of the product",
    "health": "the parts of a customer's health",
    "finance": "what was earned, what is billed and not yet earned, by invoice line",
    "forecast": "what MRR will be, by what was known at the end of each month, and how wrong that was",
    "bridge": "from contracted MRR to invoices to revenue, and what is contracted and not billed yet",
    "closes": "what was reported before: closed months, the last release, and why figures are others now",
    "rules": "what the gate asks of the built marts",
}
_ORDER = list(ROOMS)


def rooms_of_models(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The room of every model: where an intermediate model lies; of a mart, the last room that it reads."""
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    rooms: dict[str, str] = {}

    def room(key: str) -> str:
        if key not in rooms:
            layer, folder, *_ = models[key]["path"].split("/")
            if layer == "marts":
                read = [room(read) for read in models[key]["depends_on"]["nodes"] if read in models]
                rooms[key] = max(read, key=_ORDER.index)
            else:
                rooms[key] = folder if layer == "intermediate" else layer
        return rooms[key]

    return {key: room(key) for key in models}


def arrows_up(manifest: Mapping[str, Any]) -> list[str]:
    """The models that read a model of a later room, each in a sentence."""
    rooms = rooms_of_models(manifest)
    return [
        f"{key.split('.')[-1]} of {room} reads {read.split('.')[-1]} of {rooms[read]}"
        for key, room in rooms.items()
        for read in manifest["nodes"][key]["depends_on"]["nodes"]
        if read in rooms and _ORDER.index(rooms[read]) > _ORDER.index(room)
    ]
