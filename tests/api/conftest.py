"""The API's tests run on SQLite; those whose point is the engine say so and run on both."""

import pytest


@pytest.fixture
def engine_name() -> str:
    """One engine is enough to hold a contract against."""
    return "sqlite"
