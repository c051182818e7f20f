import unittest

import lab


def test_subtests(subtests):
    for grams in (1, 1, 2):
        with subtests.test(msg="weighed", grams=grams):
            assert lab.weigh("subtests", grams)["kilos"][1] == grams


class TestUnittest(unittest.TestCase):
    def test_it(self):
        for grams in (3, 4):
            with self.subTest(grams=grams):
                self.assertEqual(lab.weigh("unittest", grams)["kilos"][1], grams)
        with self.assertRaises(ValueError):
            lab.weigh("unittest", -1)
