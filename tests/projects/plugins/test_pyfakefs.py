import disk
import pytest


def test_in_a_fake_file_system(fs):
    fs.create_file("/no/such/folder/file", contents="fake")
    assert disk.load("/no/such/folder/file") == "fake"
    with pytest.raises(FileNotFoundError):
        disk.load("/no/such/folder/other")


def test_in_the_real_one():
    with pytest.raises(FileNotFoundError):
        disk.load("/no/such/folder")
