"""The import of the modules that hold targets: their bodies run in a namespace that watches.

A target is patched at the moment its name is bound, so that whatever the same body does with it
next, or a module in an import circle, already meets the patched one.
"""

from pytest_mimic._import_hook._finder import MimicFinder

__all__ = ["MimicFinder"]
