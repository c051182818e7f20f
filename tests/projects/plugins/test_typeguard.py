import pytest
import typed
from typeguard import TypeCheckError


def test_checked():
    assert typed.double(4) == 8
    with pytest.raises(TypeCheckError, match="is not an instance of int"):
        typed.double("4")
