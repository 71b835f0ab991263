"""Read the files of MNIST (IDX) and CIFAR-10 (pickles), believing nothing they say before it is checked.

Every complaint is a ValueError that names the file, the rule, what was found and the likely cause.
"""

from __future__ import annotations

import hashlib
import math
import pickle
import warnings
from pathlib import Path

import numpy as np

IMAGES, LABELS = 2051, 2049  # the first four bytes of an IDX file of images, of labels
MNIST_FILES = {  # by stem: what the file holds, and the md5 of the file everybody uses
    "train-images": (IMAGES, "6bbc9ace898e44ae57da46a324031adb"),
    "train-labels": (LABELS, "a25bea736e30d166cdddb491f175f624"),
    "t10k-images": (IMAGES, "2646ac647ad5339dbf082846283269ea"),
    "t10k-labels": (LABELS, "27ae3e4e09519cfbb04c329615203637"),
}
TRAINING_BATCHES = [f"data_batch_{i}" for i in range(1, 6)]


def read_mnist(folder):
    """The four arrays of MNIST: training images (n, 28, 28) and labels (n,), test images and labels, uint8."""
    paths = {stem: _find_idx(Path(folder), stem, kind) for stem, (kind, _) in MNIST_FILES.items()}
    arrays = {
        stem: read_idx_images(path) if MNIST_FILES[stem][0] == IMAGES else read_idx_labels(path)
        for stem, path in paths.items()
    }
    for part in ("train", "t10k"):
        images, labels = arrays[f"{part}-images"], arrays[f"{part}-labels"]
        if len(images) != len(labels):
            raise ValueError(
                f"{paths[f'{part}-images']} holds {len(images)} images and {paths[f'{part}-labels']} "
                f"{len(labels)} labels; every image has one label. Files of two data sets may have been mixed."
            )
    for stem, path in paths.items():
        _compare_digest(path, MNIST_FILES[stem][1])
    return tuple(arrays.values())


def _find_idx(folder, stem, kind):
    """The IDX file of that name; Kaggle's copy of MNIST has each file under two names."""
    dimensions = 3 if kind == IMAGES else 1
    dotted, dashed = f"{stem}.idx{dimensions}-ubyte", f"{stem}-idx{dimensions}-ubyte"
    return _find([folder / dotted, folder / dashed / dashed, folder / dashed], folder)


def _find(candidates, folder):
    for path in candidates:
        if path.is_file():
            return path
    there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    raise FileNotFoundError(
        f"no {' or '.join(path.relative_to(folder).as_posix() for path in candidates)} in {folder}; "
        f"found there: {', '.join(there[:12]) or 'nothing'}"
    )


def read_idx_images(path, size=(28, 28)):
    """Images (n, H, W) of uint8 from an IDX file; (H, W) must be `size`."""
    n, H, W = _idx_header(path, IMAGES, dimensions=3)
    if (H, W) != tuple(size):
        raise _malformed(path, f"its images must be {size[0]} × {size[1]}", f"{H} × {W}", "another data set")
    return np.fromfile(path, dtype=np.uint8, offset=16).reshape(n, H, W)  # read in place: no second copy


def read_idx_labels(path):
    """Labels (n,) of uint8, each from 0 to 9, from an IDX file."""
    _idx_header(path, LABELS, dimensions=1)
    labels = np.fromfile(path, dtype=np.uint8, offset=8)
    if labels.max() > 9:
        where = int(np.argmax(labels > 9))
        raise _malformed(path, "a label is from 0 to 9", f"{labels[where]} at label {where}", "another data set")
    return labels


def _idx_header(path, magic, dimensions):
    """The sizes in the header, once the file has exactly the bytes that they ask for."""
    length = 4 + 4 * dimensions
    head = _head(path)
    received = int.from_bytes(head[:4], "big")
    if received != magic or len(head) < length:
        causes = {IMAGES: "a file of images under a labels name", LABELS: "a file of labels under an images name"}
        cause = "the file was cut short" if received == magic else causes.get(received, "this is not an IDX file")
        rule = f"an IDX header has {length} bytes and starts with {magic}"
        raise _malformed(path, rule, f"{len(head[:length])} bytes starting with {received}", cause)
    sizes = [int.from_bytes(head[i : i + 4], "big") for i in range(4, length, 4)]
    payload, size = math.prod(sizes), path.stat().st_size
    expected = length + payload
    if size != expected:
        cause = "it was cut short" if size < expected else "something was added at its end"
        raise _malformed(path, f"its header {sizes} asks for {expected} bytes", f"{size} bytes", cause)
    if not payload:
        raise _malformed(path, "it must hold at least one item", f"sizes {sizes}", "an empty data set was saved")
    return sizes


def _compare_digest(path, known):
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "md5").hexdigest()
    if digest != known:
        warnings.warn(
            f"{path} is a well-formed file, but not the MNIST file that everybody uses: "
            f"its md5 is {digest}, the known one is {known}; results will differ",
            UserWarning,
            stacklevel=6,
        )


def read_cifar10(folder):
    """The four arrays of CIFAR-10: images (n, 3, 32, 32) and labels (n,), training then test, uint8."""
    folder = Path(folder)
    home = folder / "cifar-10-batches-py"
    home = home if home.is_dir() else folder
    there = [name for name in TRAINING_BATCHES if (home / name).is_file()] or TRAINING_BATCHES[:1]
    paths = [_find([home / name], home) for name in [*there, "test_batch"]]
    *training, test = [read_cifar_batch(path) for path in paths]
    missing = [name for name in TRAINING_BATCHES if name not in there]
    images = np.concatenate([images for images, _ in training])
    labels = np.concatenate([labels for _, labels in training])
    if missing:
        warnings.warn(
            f"{home} has no {', '.join(missing)}: CIFAR-10 is incomplete, using its {len(images)} other "
            "training images",
            UserWarning,
            stacklevel=5,
        )
    return images, labels, *test


def read_cifar_batch(path):
    """Images (n, 3, 32, 32) and labels (n,) of one batch file, a pickle written by Python 2."""
    batch = _unpickle(path)
    keys = sorted(map(repr, batch)) if isinstance(batch, dict) else type(batch).__name__
    if not isinstance(batch, dict) or not {b"data", b"labels"} <= batch.keys():
        cause = "this is CIFAR-100" if "b'fine_labels'" in keys else "another program wrote this file"
        raise _malformed(path, "a batch is a dictionary with b'data' and b'labels'", f"{keys}", cause)
    data, labels = batch[b"data"], batch[b"labels"]
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != 3072:
        received = f"{data.dtype} {data.shape}" if isinstance(data, np.ndarray) else type(data).__name__
        raise _malformed(path, "b'data' is a uint8 array (n, 3072)", received, "the pictures were converted")
    if not isinstance(labels, list) or len(labels) != len(data) or not labels:
        size = len(labels) if isinstance(labels, list) else "?"
        received = f"{type(labels).__name__} of {size} for {len(data)} images"
        raise _malformed(path, "b'labels' is a list with one label per image", received, "the file was rewritten")
    wrong = [label for label in labels if type(label) is not int or not 0 <= label <= 9]
    if wrong:
        raise _malformed(path, "a label is a whole number from 0 to 9", repr(wrong[0])[:80], "another data set")
    return np.array(data.reshape(-1, 3, 32, 32), order="C"), np.array(labels, dtype=np.uint8)


# All that a pickled array calls, taken from NumPy itself, wherever this version of it keeps them.
_RECONSTRUCT = np.zeros(1, np.uint8).__reduce__()[0]
_FROM_BUFFER = np.zeros(1, np.uint8).__reduce_ex__(5)[0]
_ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy.core.numeric", "_frombuffer"): _FROM_BUFFER,
    ("numpy._core.numeric", "_frombuffer"): _FROM_BUFFER,
}


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that builds NumPy arrays and plain containers, and nothing else.

    A pickle is a program that may call whatever it names; this one finds only what is in `_ALLOWED`.
    """

    def find_class(self, module, name):
        if (module, name) == ("_codecs", "encode"):  # how Python 3 writes bytes for Python 2 to read
            return lambda text, encoding: text.encode("latin1")
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"the file asks to run {module}.{name}; refused, nothing of it was run")
        return _ALLOWED[module, name]


def _unpickle(path):
    _head(path)
    with open(path, "rb") as file:
        try:
            content = _ArraysOnly(file, encoding="bytes").load()
        except Exception as error:  # a damaged pickle can raise anything
            short = isinstance(error, EOFError) or "truncated" in str(error)
            cause = "it was cut short" if short else "the file is damaged, or it is not CIFAR-10"
            raise _malformed(path, "a batch is one pickle of NumPy arrays", str(error)[:200], cause) from error
        rest = file.read(1)
    if rest:
        raise _malformed(path, "a batch ends with its pickle", "more bytes", "something was added at its end")
    return content


def _head(path):
    """The first bytes of a file, unless they are those of an archive, a web page or nothing."""
    with open(path, "rb") as file:
        head = file.read(512)
    kind = recognise(head)
    if kind:
        raise _malformed(path, "it must be the data file itself", kind, CAUSES[kind])
    return head


CAUSES = {
    "an empty file": "the download or the disk stopped",
    "a gzip archive": "it was not unpacked",
    "a zip archive": "it was not unpacked",
    "a web page (HTML)": "a network's sign-in page or an error page was saved under this name",
}


def recognise(head):
    """What the first bytes of a file show it to be, if it is one of the usual mistakes; else None."""
    if not head:
        return "an empty file"
    if head.startswith(b"\x1f\x8b"):
        return "a gzip archive"
    if head.startswith(b"PK"):
        return "a zip archive"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<!--")):
        return "a web page (HTML)"
    return None


def _malformed(path, rule, received, cause):
    return ValueError(f"{path} is malformed: {rule}; received {received}. Likely cause: {cause}.")
