"""Quality: the weekly sample, its second reviews and what was disputed."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
