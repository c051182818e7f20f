import lab
import pytest


def test_mock_wins(mocker):
    mocker.patch("lab.weigh", return_value="mocked")
    mocker.patch.object(lab.Scale, "load", autospec=True, return_value=7)
    assert lab.weigh("mock") == "mocked"
    assert lab.Scale("mock").load(1) == 7


def test_target_is_back():
    assert lab.weigh("mock", 2)["kilos"] == [0.002, 2]
    assert lab.Scale("mock").load(1) == 1


def test_monkeypatch_wins(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(lab, "weigh", lambda what: "patched")
        assert lab.weigh("mock") == "patched"
    assert lab.weigh("mock", 2)["kilos"] == [0.002, 2]


def test_spies(mocker):
    spy = mocker.spy(lab, "weigh")
    loads = mocker.spy(lab.Scale, "load")
    assert lab.weigh("spied", 3)["kilos"] == [0.003, 3]
    with pytest.raises(ValueError):
        lab.weigh("spied", -1)
    scale = lab.Scale("spied")
    assert scale.load(1) == 1 and scale.load(1) == 2
    assert scale.loads == [1, 1]
    spy.assert_called_with("spied", -1)
    assert spy.call_count == loads.call_count == 2
    assert isinstance(spy.spy_exception, ValueError)
