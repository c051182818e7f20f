import lab


def test_matches(snapshot):
    assert lab.weigh("syrupy", 7) == snapshot
    assert list(lab.countdown(3)) == snapshot
    scale = lab.Scale("syrupy")
    scale.load(3)
    assert scale == snapshot
