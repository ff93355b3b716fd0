"""The facts a template may use, as docs/templates.md lists them. `python -m tests.policy.template_facts` writes the list again."""

from __future__ import annotations

from pathlib import Path

from reviewqueue.policy import loading
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.template_facts import facts

PAGE = Path(__file__).parents[2] / "docs" / "templates.md"
HEADING = "## Facts\n"


def listed(policy: Policy) -> str:
    """The table, as it stands below the heading."""
    rows = [
        f"| `{name}` | {word.says}{'; only in a line that can be left out' if word.sometimes else ''} |"
        for name, word in facts(policy).items()
    ]
    says = "The packet's fields come from `packet.toml`; a field that is added there can be used here."
    return "\n".join(["", says, "", "| fact | what it is |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
    shipped = loading.load(loading.files_in(loading.SHIPPED))
    PAGE.write_text(f"{text}{HEADING}{listed(shipped)}", encoding="utf-8")
