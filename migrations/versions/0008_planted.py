"""Planted: known-bad drafts, sealed when they are planted."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
