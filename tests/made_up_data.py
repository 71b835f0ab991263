"""MNIST and CIFAR-10 as Kaggle stores them, made up and small, and where the real ones are if this machine has them."""

import io
import os
import pickle
from pathlib import Path

import numpy as np

from scratchconv.data import formats

REPOSITORY = Path(__file__).resolve().parent.parent
MNIST_HOME = "datasets/hojjatk/mnist-dataset"
CIFAR_HOME = "datasets/pankrzysiu/cifar10-python"


def idx(magic, array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return magic.to_bytes(4, "big") + sizes + array.astype(np.uint8).tobytes()


def images(n):
    return np.arange(n * 784).reshape(n, 28, 28) % 251


def mnist_files(n_train=3, n_test=2):
    return {
        "train-images.idx3-ubyte": idx(2051, images(n_train)),
        "train-labels.idx1-ubyte": idx(2049, 9 - np.arange(n_train) % 10),
        "t10k-images.idx3-ubyte": idx(2051, images(n_test)),
        "t10k-labels.idx1-ubyte": idx(2049, np.arange(n_test) % 10),
    }


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def nested(files):
    """The other layout of Kaggle's copy: train-images-idx3-ubyte/train-images-idx3-ubyte."""
    return {f"{name.replace('.', '-')}/{name.replace('.', '-')}": content for name, content in files.items()}


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings."""

    dispatch = pickle._Pickler.dispatch | {
        bytes: lambda self, text: self.write(b"T" + len(text).to_bytes(4, "little") + text)
    }


def python2_pickle(thing):
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump(thing)
    return stream.getvalue().replace(b"numpy._core.", b"numpy.core.")


def batch(n=2, **changes):
    content = {"data": np.arange(n * 3072).reshape(n, 3072).astype(np.uint8), "labels": [6, 9, 0, 1][:n]}
    return {name.encode(): value for name, value in (content | changes).items()}


def cifar_files(names=(*formats.TRAINING_BATCHES, "test_batch"), n=2):
    return {f"cifar-10-batches-py/{name}": python2_pickle(batch(n)) for name in names}


def cached(cache, home, files):
    """A cache in which kagglehub finds `files`."""
    write(cache / home / "versions" / "1", files)
    (cache / home / "1.complete").touch()
    return cache


def real_cache(home):
    """The kagglehub cache of this machine, where it has the data set."""
    places = [os.environ.get("KAGGLEHUB_CACHE"), REPOSITORY.parent / "shared" / "kagglehub-cache"]
    there = [Path(place).resolve() for place in places if place and (Path(place) / home / "1.complete").exists()]
    return there[0] if there else None
