"""Images of PIL: stored with all that there is of them, and changed in place."""

from __future__ import annotations

import gc
import io
import os
import pickle
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mimic._outcome import Before, Returned, encode
from pytest_mimic._outcome._pickles._pickling import Own, dump
from pytest_mimic.errors import UnhashableArgumentError, UnrecordableOutcomeError

if TYPE_CHECKING:
    from tests.conftest import Project

Image: Any = pytest.importorskip("PIL.Image")
ExifTags: Any = pytest.importorskip("PIL.ExifTags")
ImageDraw: Any = pytest.importorskip("PIL.ImageDraw")
ImageOps: Any = pytest.importorskip("PIL.ImageOps")
PngImagePlugin: Any = pytest.importorskip("PIL.PngImagePlugin")

Call = Callable[..., Any]
Digest = Callable[[object], str]

ORIENTATION = ExifTags.Base.Orientation


class Scan(Image.Image):  # type: ignore[misc]  # which is not installed everywhere
    """An image of a user's."""

    def __init__(self, size: tuple[int, int], label: str) -> None:
        super().__init__()
        self.__dict__.update(vars(Image.new("L", size)))
        self.label = label


class Kept(Scan):
    """One that says how it is stored."""

    def __reduce__(self) -> Any:
        return Kept, (self.size, self.label.upper())


def filled(mode: str, size: tuple[int, int] = (6, 5), seed: int = 1) -> Any:
    image = Image.new(mode, size)
    image.frombytes(bytes((index + seed) * 37 % 256 for index in range(len(image.tobytes()))))
    return image


def colours() -> Any:
    return Image.new("RGBA", (4, 4), (1, 2, 3, 4)).quantize(4)


def written(image: Any, form: str, **options: Any) -> Any:
    file = io.BytesIO()
    image.save(file, form, **options)
    return Image.open(io.BytesIO(file.getvalue()))


def state(image: Any) -> Any:
    palette = image.palette and (image.palette.mode, bytes(image.palette.palette))
    pixels = image.tobytes()
    return type(image), image.mode, image.size, pixels, palette, image.info, dict(image.getexif())


class TestResults:
    @pytest.mark.parametrize("mode", Image.MODES)
    def test_modes(self, stored: Call, mode: str) -> None:
        image = filled(mode)
        image.info["dpi"] = (72, 72)
        assert state(stored(image)) == state(image)

    def test_large(self, stored: Call) -> None:
        image = Image.frombytes("RGB", (300, 200), os.urandom(180_000))
        assert state(stored(image)) == state(image)

    def test_transparency_of_a_palette(self, stored: Call) -> None:
        back = stored(colours())
        assert back.convert("RGBA").getpixel((0, 0)) == (1, 2, 3, 4)

    def test_exif(self, stored: Call) -> None:
        image = filled("RGB")
        image.getexif()[ORIENTATION] = 3
        assert dict(stored(image).getexif()) == {ORIENTATION: 3}

    def test_exif_that_cannot_be_written(self, stored: Call) -> None:
        image = filled("RGB")
        image.getexif()[ORIENTATION] = object()
        assert stored(image) == image

    def test_files(self, stored: Call) -> None:
        text = PngImagePlugin.PngInfo()
        text.add_text("by", "me")
        back = stored(written(filled("P"), "PNG", pnginfo=text))
        assert (back.format, back.text, back.n_frames) == ("PNG", {"by": "me"}, 1)
        back.close()

    def test_how_many_frames_there_are(self, stored: Call) -> None:
        assert stored(written(filled("P"), "GIF")).n_frames == 1
        closed = written(filled("P"), "GIF")
        closed.load()
        closed.fp = closed._fp = None
        assert stored(closed).size == closed.size

    def test_tiff(self, stored: Call) -> None:
        back = stored(written(filled("RGB"), "TIFF"))
        assert back.getexif()[ExifTags.Base.ImageWidth] == back.tag_v2[256] == 6

    def test_several_frames(self, digest: Digest) -> None:
        image = written(filled("L"), "GIF", save_all=True, append_images=[filled("L", seed=2)])
        with pytest.raises(UnrecordableOutcomeError, match="several frames"):
            encode(Returned(image), Before([], (), frozenset(), digest))
        with pytest.raises(UnhashableArgumentError, match=r"several frames .*copy\(\)"):
            digest(image)

    def test_a_class_of_the_users(self, stored: Call) -> None:
        back = stored(Scan((2, 2), "a"))
        assert (type(back), back.label, back.size) == (Scan, "a", (2, 2))
        assert stored(Kept((2, 2), "a")).label == "A"


class TestKeys:
    def test_what_counts(self, digest: Digest) -> None:
        opaque = colours()
        opaque.putpalette(opaque.getpalette() or [])
        turned = filled("L")
        turned.getexif()[ORIENTATION] = 3
        labelled = filled("L")
        labelled.label = "a"
        images = [colours(), opaque, filled("L"), turned, labelled]
        images += [Scan((2, 2), "a"), Scan((2, 2), "b")]
        assert len(set(map(digest, images))) == len(images)

    def test_what_does_not(self, digest: Digest) -> None:
        looked_at = filled("L")
        looked_at.getexif()
        assert digest(looked_at) == digest(pickle.loads(pickle.dumps(filled("L"))))
        pens = [ImageDraw.Draw(filled("P")) for _ in range(2)]
        assert len(set(map(digest, pens))) == 1
        pens[0].fontmode = "L"
        assert len(set(map(digest, pens))) == 2


class TestEffects:
    def check(self, call: Call, change: Call, make: Call) -> Any:
        """Compare what a call did to an image with what its replay did."""
        pair = call(change, lambda: [make()])
        assert state(pair.after[0]) == state(pair.before[0]) != state(make())
        return pair

    @pytest.mark.parametrize("mode", Image.MODES)
    def test_pixels(self, call: Call, mode: str) -> None:
        pair = self.check(
            call, lambda one: one.paste(filled(mode, (3, 3), 7)), lambda: filled(mode)
        )
        assert pair.payload.effects == ["a0"]

    @pytest.mark.parametrize(
        ("change", "make"),
        [
            (lambda one: ImageDraw.Draw(one).line((0, 0, 9, 9), 200), lambda: filled("L")),
            (
                lambda one: ImageDraw.Draw(one).line((0, 0, 9, 9), "red"),
                lambda: Image.new("P", (4, 4)),
            ),
            (lambda one: one.putpixel((1, 1), (9, 8, 7)), lambda: filled("RGB", (200, 200))),
            (lambda one: one.thumbnail((2, 2)), lambda: filled("RGB")),
            (lambda one: one.putalpha(7), lambda: filled("RGB")),
            (lambda one: one.putpalette([9, 8, 7] * 256), lambda: filled("P")),
            (lambda one: one.putpalette([9, 8, 7, 6] * 256, "RGBA"), lambda: filled("L")),
            (lambda one: one.info.update(dpi=(1, 1)), lambda: filled("L")),
            (lambda one: one.getexif().update({ORIENTATION: 3}), lambda: filled("L")),
            (lambda one: one.putpixel((1, 1), 3), lambda: written(filled("L"), "PNG")),
        ],
    )
    def test_changes(self, call: Call, change: Call, make: Call) -> None:
        self.check(call, change, make)

    def test_turned_as_its_exif_says(self, call: Call) -> None:
        def make() -> Any:
            image = filled("RGB")
            image.getexif()[ORIENTATION] = 6
            return image

        self.check(call, lambda one: ImageOps.exif_transpose(one, in_place=True), make)

    def test_others_go_on_drawing(self, call: Call) -> None:
        def make() -> list[Any]:
            image = filled("RGB")
            return [image, ImageDraw.Draw(image)]

        pair = call(lambda _, pen: pen.point((1, 1), "red"), make)
        for image, pen in (pair.before, pair.after):
            pen.point((2, 2), "blue")
            assert image.getpixel((1, 1)) == (255, 0, 0)
            assert image.getpixel((2, 2)) == (0, 0, 255)

    def test_attributes(self, call: Call) -> None:
        pair = call(lambda one: setattr(one, "label", [one.info]), lambda: [filled("L")])
        assert pair.after[0].label[0] is pair.after[0].info

    def test_what_changes_nothing(self, call: Call) -> None:
        assert not call(lambda one: one.getexif() and None, lambda: [filled("P")]).payload.effects


def test_in_a_project(project: Project) -> None:
    project.configure("pictures:*")
    project.write(
        {
            "pictures.py": """
                from PIL import Image, ImageDraw
                from only_live import only_live

                def stamp(image, text):
                    only_live("stamp")
                    ImageDraw.Draw(image).text((1, 1), text, fill="white")
                    image.info["stamped"] = text
                    return image

                def blank(mode):
                    only_live("blank")
                    return Image.new(mode, (40, 20))
            """,
            "test_pictures.py": """
                import pytest
                from pictures import blank, stamp

                @pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "CMYK"])
                def test_stamp(mode):
                    image = blank(mode)
                    held = image.info
                    before = image.tobytes()
                    assert stamp(image, "sold") is image
                    assert image.tobytes() != before
                    assert held == {"stamped": "sold"}
            """,
        }
    )
    assert project.record(in_process=True).passed(5).live == ["blank", "stamp"] * 5
    project.replay(in_process=True).passed(5)
    project.run("--mimic-verify", in_process=True).passed(5)


class Token:
    """What can be referred to weakly."""


def test_nothing_stays_behind_where_images_are_known() -> None:
    """What was stored is gone as soon as its owner lets it go."""
    stored = Token()
    left = weakref.ref(stored)
    gc.disable()
    try:
        dump(stored, Own({}))
        del stored
        assert left() is None
    finally:
        gc.enable()
