"""Destinations: Northbeam's policy with one more of them, to which a gate releases."""

from __future__ import annotations

from reviewqueue.policy import policy_versions
from tests import northbeam
from tests.world import World

PLANS, PACKETS = "gates/implementation-launch.toml", "gates/handoff-quality.toml"
FILE = {"kind": '"file"', "system": '"project"', "folder": '"plans"'}


def files_with(gate: str, **keys: str) -> dict[str, str]:
    """The policy by which what is approved at that gate goes to a destination with these keys, as TOML writes them."""
    files, name = northbeam.files(), "destinations.toml"
    said = "".join(f"{key} = {value}\n" for key, value in keys.items())
    files[name] += (
        f'\n[[destination]]\nkey = "elsewhere"\nname = "Elsewhere"\ndoes = "Writes what was approved"\n{said}'
    )
    files[gate] = files[gate].replace("\nsla_hours = ", '\nrelease = "elsewhere"\nsla_hours = ', 1)
    return files


def activate(world: World, gate: str, **keys: str) -> None:
    """That policy is active from now on."""
    with world.session() as session:
        policy_versions.activate(session, files_with(gate, **keys), "system:cli", world.now)
