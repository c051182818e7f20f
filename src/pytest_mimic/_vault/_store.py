"""The objects under one URL, by way of fsspec, which whoever uses a local vault never imports."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from pytest_mimic import _system as system
from pytest_mimic._location import redacted
from pytest_mimic.errors import MimicUsageError, VaultError

# Bytes, from which on it pays to ask for the size first and fetch several parts at once.
_LARGE: Final = 32 << 20


class ObjectStore:
    """Objects that are named by their URLs, below one.

    A failure is a ``VaultError`` that says what could not be done, where and why; its causes hold
    whatever a service answered, so they are not shown.

    Args:
        url: The URL, without credentials.

    Raises:
        MimicUsageError: fsspec or what it needs for this URL is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        # A connection does not outlive a fork; nor may a child close its parent's.
        self._connections: dict[int, tuple[Any, str]] = {system.getpid(): self._connect()}

    def get(self, url: str, size: int = 0) -> bytes | None:
        """Fetch an object.

        Args:
            url: The object.
            size: Its size, where that is known.

        Returns:
            Its contents; None where there is no such object.

        Raises:
            VaultError: It cannot be fetched.
        """
        files, path = self._at(url)
        with self._failing(f"cannot read {url}"):
            try:
                return _fetch(files, path, size)
            except FileNotFoundError as error:
                _check_bucket(error)
                return None

    def get_all(self, urls: Sequence[str]) -> list[bytes | None]:
        """Fetch several small objects at once.

        Args:
            urls: The objects.

        Returns:
            Their contents; None for each that is not there, or has no contents.

        Raises:
            VaultError: One of them cannot be fetched.
        """
        files, _ = self._connection()
        with self._failing(f"cannot read {self.url}"):
            found = files.cat_ranges([self._at(url)[1] for url in urls], 0, None)
        return [self._found(url, data) for url, data in zip(urls, found, strict=True)]

    def put(self, url: str, data: bytes, *, exclusive: bool = False) -> bool:
        """Store an object, whole or not at all.

        Args:
            url: The object.
            data: Its contents.
            exclusive: Whether an object that is there already stays.

        Returns:
            Whether it is stored.

        Raises:
            VaultError: It cannot be stored.
        """
        files, path = self._at(url)
        how = {"mode": "create"} if exclusive else {}
        return self._put(url, lambda: files.pipe_file(path, data, **how))

    def put_file(self, url: str, file: str) -> None:
        """Store an object, whole or not at all.

        Args:
            url: The object.
            file: The path of a local file that holds its contents.

        Raises:
            VaultError: It cannot be stored.
        """
        files, path = self._at(url)
        self._put(url, lambda: files.put_file(file, path))

    def delete(self, url: str) -> None:
        """Delete an object, if it is there.

        Args:
            url: The object.

        Raises:
            VaultError: It cannot be deleted.
        """
        files, path = self._at(url)
        with self._failing(f"cannot delete {url}"), contextlib.suppress(FileNotFoundError):
            files.rm_file(path)

    def sizes(self, url: str) -> dict[str, int]:
        """List the objects in a folder, and in the folders in it.

        Args:
            url: The folder.

        Returns:
            The size of each by its URL, sorted.

        Raises:
            VaultError: They cannot be listed.
        """
        files, path = self._at(url)
        with self._failing(f"cannot read {url}"):
            found = files.find(path, detail=True)
        start = len(path)
        return {url + name[start:]: info["size"] or 0 for name, info in sorted(found.items())}

    def age(self, url: str) -> float:
        """Tell how long ago an object was stored.

        Args:
            url: The object.

        Returns:
            The seconds; none where it is not there, or nothing tells.

        Raises:
            VaultError: The store does not answer.
        """
        files, path = self._at(url)
        with self._failing(f"cannot read {url}"):
            try:
                return system.time() - float(files.modified(path).timestamp())
            except (FileNotFoundError, NotImplementedError):
                return 0.0

    def exists(self) -> bool:
        """Tell whether there is anything below the URL.

        Raises:
            VaultError: The store does not answer.
        """
        files, path = self._at(self.url)
        with self._failing(f"cannot read the vault {self.url}"):
            return bool(files.exists(path))

    def _at(self, url: str) -> tuple[Any, str]:
        """Give what fsspec knows an object by."""
        files, root = self._connection()
        return files, root + url[len(self.url) :]

    def _connection(self) -> tuple[Any, str]:
        pid = system.getpid()
        found = self._connections.get(pid)
        if found is None:
            found = self._connections[pid] = self._connect()
        return found

    def _connect(self) -> tuple[Any, str]:
        try:
            from fsspec import url_to_fs
        except ImportError:
            raise MimicUsageError(
                f"the vault {self.url} needs fsspec: pip install 'pytest-mimic[remote]', and what "
                "fsspec needs for the URL (s3fs for s3://, gcsfs for gs://, adlfs for az://)"
            ) from None
        try:
            # Others write there too, and what the code under test connects to is its own affair.
            files, root = url_to_fs(self.url, use_listings_cache=False, skip_instance_cache=True)
            if "s3" in files.protocol:
                # s3fs would take its credentials from whatever environment a test has made.
                files.connect()
        except Exception as error:  # noqa: BLE001  # each store raises what it likes
            raise MimicUsageError(f"cannot open the vault {self.url}: {_reason(error)}") from None
        return files, root.rstrip("/")

    def _found(self, url: str, data: bytes | BaseException) -> bytes | None:
        if isinstance(data, FileNotFoundError):
            return None
        if isinstance(data, BaseException):
            # Alone, it is told apart from one that is empty.
            return self.get(url)
        return data

    def _put(self, url: str, put: Callable[[], object]) -> bool:
        with self._failing(f"cannot write {url}"):
            try:
                try:
                    put()
                except FileNotFoundError as error:
                    _check_bucket(error)
                    self._make_folders(url)
                    put()
            except FileExistsError:
                return False
            return True

    def _make_folders(self, url: str) -> None:
        """Make the folders that an object needs, in a store that has folders: never a bucket."""
        files, path = self._at(url)
        _, root = self._connection()
        ends = (index for index, char in enumerate(path) if char == "/" and index >= len(root))
        # What stands alone at the root may be a bucket.
        for folder in [path[:end] for end in ends if "/" in path[1:end]]:
            with contextlib.suppress(FileExistsError):
                files.mkdir(folder, create_parents=False)

    @contextlib.contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  # each store raises what it likes
            raise VaultError(f"{what}: {_reason(error)}") from None


def _fetch(files: Any, path: str, size: int) -> bytes:
    if size > _LARGE:
        return bytes(files.cat_file(path))
    try:
        # With a start given, s3fs asks for the object alone, and not for its size before.
        return bytes(files.cat_file(path, start=0))
    except Exception as error:
        # An empty object has no first byte to start from; each store says so in words of its own.
        if "range" not in str(error).lower():
            raise
        return bytes(files.cat_file(path))


def _check_bucket(error: FileNotFoundError) -> None:
    """Raise an error again that is not about an object, but about the bucket that it is not in."""
    response = getattr(error.__cause__, "response", None)
    if isinstance(response, dict) and response["Error"]["Code"] == "NoSuchBucket":
        raise error


def _reason(error: Exception) -> str:
    words = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    # Below the first line, some services show their whole answer.
    return redacted(words.strip().partition("\n")[0] or type(error).__name__)
