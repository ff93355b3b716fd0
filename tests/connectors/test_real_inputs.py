"""Real answers, where somebody put them beside the project: every file is read or refused as it deserves."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewqueue import connectors
from reviewqueue.core.errors import Invalid

INPUTS = Path(__file__).parents[3] / "shared" / "inputs" / "crm"
FILES = [
    (folder, path)
    for folder in ("salesforce_org", "salesforce", "hubspot")
    for path in (INPUTS / folder).glob("*.json")
]

if FILES:  # the folder is working material, not part of the project

    @pytest.mark.parametrize(("folder", "path"), FILES, ids=lambda one: getattr(one, "name", one))
    def test_every_answer_is_read_or_refused(folder: str, path: Path) -> None:
        """Whole error bodies are refused; everything else gives records that say what they are."""
        system = folder.removesuffix("_org")
        whole_error = path.name.startswith("err_") and "partial" not in path.name
        if whole_error:
            with pytest.raises(Invalid, match="answered with an error"):
                list(connectors.read(system, path))
        else:
            found = list(connectors.read(system, path))
            assert found
            assert all(one.external_id and one.object != "unknown" for one in found)
