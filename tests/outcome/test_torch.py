"""The objects of torch: changed in place, with their gradients, and without their graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import content
from pytest_mimic.errors import UnreplayableOutcomeError

torch: Any = pytest.importorskip("torch")

Call = Callable[..., Any]


def leaf() -> Any:
    return torch.arange(4.0).requires_grad_()


def net() -> Any:
    torch.manual_seed(0)
    return torch.nn.Linear(2, 1)


def test_tensors(call: Call) -> None:
    def change(first: Any, second: Any, third: Any) -> Any:
        first.mul_(2)
        second.resize_(3)
        second.fill_(1)
        third.requires_grad_(True)
        (third * 3).sum().backward()
        return first

    pair = call(change, lambda: [torch.arange(4.0), torch.zeros(2), torch.ones(2)])
    assert pair.replayed is pair.after[0]
    assert pair.after[0].tolist() == [0, 2, 4, 6]
    assert pair.after[1].tolist() == [1, 1, 1]
    assert pair.after[2].requires_grad
    assert pair.after[2].grad.tolist() == [3, 3]


def test_modules(call: Call) -> None:
    def train(model: Any) -> Any:
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(2):
            optimiser.zero_grad()
            model(torch.ones(1, 2)).sum().backward()
            optimiser.step()
        return model

    pair = call(train, lambda: [net()])
    weight = pair.after[0].weight
    assert pair.replayed is pair.after[0]
    assert torch.equal(weight, pair.before[0].weight)
    assert torch.equal(weight.grad, pair.before[0].weight.grad)
    again = call(train, lambda: [net()])
    assert torch.equal(again.after[0].weight, weight)


def test_recurrent_modules_are_trained_in_place(
    call: Call, digest: Callable[[object], str]
) -> None:
    """They keep their parameters twice, once as weak references."""

    def recurrent() -> Any:
        torch.manual_seed(0)
        return torch.nn.LSTM(2, 1)

    def train(model: Any) -> Any:
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        model(torch.ones(3, 1, 2))[0].sum().backward()
        optimiser.step()
        return model(torch.ones(1, 1, 2))[0].detach()

    pair = call(train, lambda: [recurrent()])
    assert torch.equal(pair.replayed, pair.live)
    assert digest(pair.after[0]) == digest(pair.before[0]) != digest(recurrent())
    assert torch.equal(pair.after[0](torch.ones(1, 1, 2))[0], pair.replayed)


def test_generators(call: Call) -> None:
    def draw(generator: Any) -> Any:
        return torch.rand(1, generator=generator).item()

    pair = call(draw, lambda: [torch.Generator().manual_seed(1)])
    assert draw(pair.after[0]) == draw(pair.before[0])


class TestGradients:
    def test_are_part_of_the_key(self) -> None:
        digest = Fingerprinter().digest
        bare, one, two = leaf(), leaf(), leaf()
        one.sum().backward()
        (two * 2).sum().backward()
        assert len({digest(tensor) for tensor in (bare, one, two)}) == 3

    def test_come_back_with_a_result(self, call: Call) -> None:
        def made() -> Any:
            tensor = leaf()
            (tensor * 3).sum().backward()
            return torch.nn.Parameter(tensor), tensor

        parameter, tensor = call(made, list).replayed
        assert parameter.grad is None
        assert tensor.grad.tolist() == [3, 3, 3, 3]

    @pytest.mark.parametrize("before", [False, True], ids=["new", "accumulated"])
    def test_set_in_an_argument(self, call: Call, before: bool) -> None:
        def make() -> Any:
            tensor = leaf()
            if before:
                tensor.sum().backward()
            return [tensor]

        pair = call(lambda tensor: (tensor * 2).sum().backward(), make)
        assert pair.after[0].grad.tolist() == pair.before[0].grad.tolist()

    def test_cleared(self, call: Call) -> None:
        def make() -> Any:
            model = net()
            model(torch.ones(1, 2)).sum().backward()
            return [model]

        pair = call(lambda model: model.zero_grad(), make)
        assert pair.after[0].weight.grad is None

    def test_are_the_callers_own(self, call: Call) -> None:
        def make() -> Any:
            tensor = leaf()
            tensor.sum().backward()
            return [tensor]

        pair = call(lambda tensor: tensor.grad, make)
        assert pair.replayed is pair.after[0].grad

    def test_flow_back_from_an_argument(self, call: Call) -> None:
        """The tensors that they flow to are no argument."""
        leaves: list[Any] = []

        def make() -> Any:
            leaves.append(leaf())
            return [(leaves[-1] * 3).sum()]

        call(lambda loss: loss.backward(), make)
        assert leaves[1].grad.tolist() == [3, 3, 3, 3]

    def test_flow_back_through_nothing_that_was_replayed(self, call: Call) -> None:
        def make() -> Any:
            return [call(lambda tensor: tensor * 3, lambda: [leaf()]).replayed.sum()]

        live = [(leaf() * 3).sum()]
        made = iter([live, make()])
        with pytest.raises(UnreplayableOutcomeError, match="Name a target further out"):
            call(lambda loss: loss.backward(), lambda: next(made))


class TestGraphs:
    def test_are_not_recorded(self, call: Call) -> None:
        replayed = call(lambda tensor: tensor * 2, lambda: [leaf()]).replayed
        assert replayed.requires_grad
        assert not replayed.is_leaf
        assert replayed.tolist() == [0, 2, 4, 6]
        replayed += 1
        with pytest.raises(UnreplayableOutcomeError, match="gradients cannot flow back"):
            replayed.sum().backward()

    def test_what_is_computed_from_a_result_makes_the_same_key(self, call: Call) -> None:
        pair = call(lambda tensor: tensor**2, lambda: [leaf()])
        digest = Fingerprinter().digest
        assert digest(pair.live.mean()) == digest(pair.replayed.mean())

    def test_tell_equal_tensors_apart(self) -> None:
        digest = Fingerprinter().digest
        ones = torch.ones(2, requires_grad=True)
        tensors = [ones, ones**2, ones**3, ones * 1, torch.ones(2), ones.clone().detach()]
        assert len({digest(tensor) for tensor in tensors}) == 5
        with torch.no_grad():
            assert digest(ones) != digest(torch.ones(2))
            off = digest(ones)
        assert digest(ones) != off

    def test_that_gradients_have_left(self) -> None:
        """What the steps kept is gone by then."""
        loss = (leaf() * 2).sum()
        loss.backward()
        assert Fingerprinter().digest(loss)

    def test_attributes(self, call: Call) -> None:
        def mark(tensor: Any) -> Any:
            marked = tensor * 2
            marked.note = "a"
            return marked

        assert call(mark, lambda: [leaf()]).replayed.note == "a"
        marked = mark(leaf())
        other = mark(leaf())
        other.note = "b"
        digest = Fingerprinter().digest
        assert digest(marked) != digest(other)


def test_tensors_for_inference(call: Call) -> None:
    pair = call(torch.inference_mode()(lambda model: model(torch.ones(2))), lambda: [net()])
    assert pair.replayed.is_inference()
    assert torch.equal(pair.live, pair.replayed)


class TestMemory:
    def test_of_an_argument(self, call: Call) -> None:
        def views(tensor: Any) -> Any:
            tensor += 1
            return tensor[1], tensor.t(), tensor.detach(), tensor.numpy()[::-1]

        pair = call(views, lambda: [torch.arange(6.0).reshape(2, 3)])
        row, turned, whole, array = pair.replayed
        assert pair.after[0].tolist() == [[1, 2, 3], [4, 5, 6]]
        row[0] = 7
        assert [turned[0, 1], whole[1, 0], array[0, 0], pair.after[0][1, 0]] == [7] * 4
        assert turned.stride() == pair.live[1].stride()

    def test_that_has_a_graph(self, call: Call) -> None:
        pair = call(lambda tensor: tensor[1:], lambda: [leaf()])
        with torch.no_grad():
            pair.replayed[0] = 7
        assert pair.after[0].tolist() == [0, 7, 2, 3]
        shown = content(bytes(pair.payload))[1]
        assert str(shown).startswith("a view of an object of the caller's own (from element 1,")

    def test_of_an_array(self, call: Call) -> None:
        np = pytest.importorskip("numpy")
        pair = call(lambda array: torch.from_numpy(array)[1:], lambda: [np.zeros(3)])
        pair.replayed[0] = 5
        assert pair.after[0].tolist() == [0, 5, 0]

    def test_of_weights(self, call: Call) -> None:
        pair = call(lambda model: model.state_dict(), lambda: [net()])
        with torch.no_grad():
            pair.after[0].weight.fill_(3)
        assert pair.replayed["weight"].tolist() == [[3, 3]]

    @pytest.mark.parametrize(
        "change",
        [
            lambda tensor: tensor * 1,
            torch.nn.Parameter,
            lambda tensor: tensor.view(torch.int32)[:1],
            lambda tensor: tensor.to_sparse(),
            lambda tensor: tensor[:0],
        ],
    )
    def test_of_its_own(self, call: Call, change: Any) -> None:
        pair = call(change, lambda: [torch.ones(4)])
        assert torch.equal(pair.live.detach().to_dense(), pair.replayed.detach().to_dense())

    def test_laid_otherwise_by_the_call(self, call: Call) -> None:
        def turn(tensor: Any) -> Any:
            tensor.t_()
            return tensor[0]

        pair = call(turn, lambda: [torch.arange(6.0).reshape(2, 3)])
        assert pair.replayed.tolist() == [0, 3]
