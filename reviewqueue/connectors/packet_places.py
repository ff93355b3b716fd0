"""Where in a deal's record the fields of a handoff packet stand. Reads only a policy."""

from __future__ import annotations

from reviewqueue.connectors.schema import Shape
from reviewqueue.policy.model.policy import Trigger

# The trigger's fact for a packet field of another name.
FACT_OF_FIELD = {"sales_owner": "owner"}


def pointers(trigger: Trigger, shape: Shape, key: str) -> tuple[str, ...]:
    """Where in a deal the packet's field of that key is looked for, as JSON Pointers."""
    return (trigger.name, *shape.name) if key == "deal" else trigger.fields.get(FACT_OF_FIELD.get(key, key), ())
