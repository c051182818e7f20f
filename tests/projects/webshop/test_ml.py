import numpy as np
import pandas as pd
import pytest
from shop import ml


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"width": [1.0, 2.0, 3.0], "height": [2.0, 1.0, 5.0], "price": [5.0, 4.0, 13.0]},
        index=pd.Index(["a", "b", "c"], name="item"),
    )


def test_pipeline(frame):
    fitted = ml.fit(frame, {"rate": 1.0, "steps": 10}, tags=frozenset({"red", "blue", "green"}))
    np.testing.assert_allclose(fitted["weights"], [1.0, 2.0])
    assert fitted["tags"] == {"red", "blue", "green"}
    prices = ml.predict(fitted, frame)
    assert list(prices.index) == ["a", "b", "c"]
    np.testing.assert_allclose(prices, frame["price"])


def test_same_call_in_other_words(frame):
    first = ml.fit(frame, {"rate": 2.0, "steps": 10})
    first["weights"][:] = 0  # what one caller does to its value is nothing to the next
    again = ml.fit(config={"steps": 10, "rate": 2.0}, frame=frame.copy())
    np.testing.assert_allclose(again["weights"], [2.0, 4.0])
