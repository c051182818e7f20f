# test_forecast.py
from forecast import train

def test_forecast():
    assert train([18, 20, 22], days=2) == [20.0, 20.0]
