"""Standings: which messages of a lane may go by themselves, since when, and why no longer."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
