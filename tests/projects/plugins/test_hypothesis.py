import lab
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

# The same examples in each run, or there would be others to be recorded in each.
SAME = settings(deadline=None, derandomize=True, max_examples=10, stateful_step_count=4)


@SAME
@given(st.integers(0, 100))
def test_value(grams):
    assert lab.weigh("hypothesis", grams)["kilos"][1] == grams


class Counting(RuleBasedStateMachine):
    @rule(start=st.integers(10, 12))
    def count(self, start):
        assert next(lab.countdown(start)) == start


TestCounting = Counting.TestCase
TestCounting.settings = SAME
