import pytest
from small_problems import share_programs


@pytest.fixture(autouse=True, scope="session")
def shared_programs():
    share_programs()
