from only_live import only_live


def double(number: int) -> int:
    only_live("double")
    return number * 2
