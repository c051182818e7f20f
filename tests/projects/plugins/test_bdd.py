import lab
from pytest_bdd import given, parsers, scenarios, then, when

scenarios("lab.feature")


@given(parsers.parse("a load of {grams:d} grams"), target_fixture="load")
def load(grams):
    return lab.Scale("bdd"), grams


@when("it is weighed", target_fixture="weight")
def weigh(load):
    scale, grams = load
    assert scale.load(grams) == 1
    assert scale.loads == [grams]
    return lab.weigh("bdd", grams)


@then(parsers.parse("it weighs {grams:d} grams"))
def weighs(weight, grams):
    assert weight["kilos"][1] == grams
