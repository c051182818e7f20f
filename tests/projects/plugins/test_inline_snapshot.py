import lab
from inline_snapshot import snapshot


def test_matches():
    assert lab.weigh("inline", 7) == snapshot(
        {"what": "inline", "kilos": [0.007, 7], "tags": {"heavy", "light"}}
    )
    assert list(lab.countdown(3)) == snapshot([3, 2, 1])
