# forecast.py
import time

def train(temperatures, days=3):
    time.sleep(2)  # stands for what your tests cannot wait for
    return [sum(temperatures) / len(temperatures)] * days
