import pytest
from beartype.claw import beartype_package
from beartype.roar import BeartypeCallHintParamViolation

beartype_package("typed_for_beartype")
import typed_for_beartype


def test_checked():
    assert typed_for_beartype.double(4) == 8
    with pytest.raises(BeartypeCallHintParamViolation):
        typed_for_beartype.double("4")
