"""Run folders as bytes, to send them from a host to the driver."""

import io
import tarfile
from pathlib import Path


def pack(folder: Path) -> bytes:
    """Return the regular files of a folder as a compressed archive; a folder that does not exist is empty."""
    content = io.BytesIO()
    # Most files are compressed or small: a higher level costs time and saves little.
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=3) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                archive.add(path, arcname=str(path.relative_to(folder)))
    return content.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Write an archive's files into a new folder; raise tarfile.TarError for a member that would leave the folder."""
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        archive.extractall(folder, filter="data")
