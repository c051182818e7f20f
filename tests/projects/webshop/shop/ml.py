"""Takes long, and wants a machine that CI does not have."""

import time

import numpy as np
import pandas as pd

from only_live import only_live


def fit(frame, config, tags=frozenset()):
    only_live("fit")
    time.sleep(0.4)
    values = frame[["width", "height"]].to_numpy()
    weights = np.linalg.lstsq(values, frame["price"].to_numpy(), rcond=None)[0]
    return {"weights": weights * config["rate"], "columns": ["width", "height"], "tags": tags}


def predict(fitted, frame):
    only_live("predict")
    time.sleep(0.4)
    values = frame[fitted["columns"]].to_numpy()
    return pd.Series(values @ fitted["weights"], index=frame.index, name="price")
