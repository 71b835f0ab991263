"""The bundled pictures; the readers of MNIST and CIFAR-10 on files made up here; kagglehub against a stand-in."""

import errno
import gzip
import hashlib
import json
import os
import pickle
import re
import subprocess
import sys
import threading
import time
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kagglehub
import numpy as np
import pytest
import requests
from kaggle_standin import PORTAL, Kaggle, environment, zipped
from kagglehub.exceptions import DataCorruptionError, KaggleApiHTTPError
from made_up_data import (
    CIFAR_HOME,
    MNIST_HOME,
    batch,
    cached,
    cifar_files,
    idx,
    images,
    mnist_files,
    nested,
    python2_pickle,
    real_cache,
    write,
)

from scratchconv import data
from scratchconv.data import formats, lock, worker
from scratchconv.data.bundled import parse_pixel_art

# ------------------------------------------------------------------------------------------ bundled pictures


def test_frog_has_its_purple_eye_at_offset_540():
    frog = data.frog()
    assert frog.shape == (32, 32, 3) and frog.dtype == np.uint8
    eye = frog[5:10, 20:25].astype(int)
    purple = (eye[..., 2] > eye[..., 0] + 30) & (eye[..., 0] > eye[..., 1])
    assert purple.sum() >= 18
    everywhere = frog.astype(int)
    purple = (everywhere[..., 2] > everywhere[..., 0] + 30) & (everywhere[..., 0] > everywhere[..., 1])
    assert purple.sum() == purple[5:10, 20:25].sum()  # the window holds all of that eye
    np.testing.assert_array_equal(frog.ravel()[540 : 540 + 15], frog[5, 20:25].ravel())


def test_frog_is_a_new_array_each_time():
    data.frog()[:] = 0
    assert data.frog().any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 1 2 3\nab\naa", r"line 2: .* not in the palette: \['b'\]"),
        ("a 1 2 3\naa\naaa", "line 3: a row is 2 letters .* received 3"),
        ("a 1 2 3\naa", "must hold 2 rows of letters, found 1"),
        ("a 1 2\naa\naa", "line 1: a palette line"),
        ("a 1 2 256\naa\naa", "line 1: a palette line"),
        ("ab 1 2 3\naa\naa", "line 1: a palette line"),
        ("a 1 2 -3\naa\naa", "line 1: a palette line"),
        ("", "must hold 2 rows"),
    ],
)
def test_a_damaged_drawing_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse_pixel_art(text, "drawing", (2, 2))


def test_pixel_art_is_read_as_it_looks():
    picture = parse_pixel_art("# two colours\nr 255 0 0\nb 0 0 9  # blue\n\nrb\nbb\n", "drawing", (2, 2))
    np.testing.assert_array_equal(picture, [[[255, 0, 0], [0, 0, 9]], [[0, 0, 9], [0, 0, 9]]])


def test_digits_look_like_mnist():
    images, labels = data.digits()
    assert images.shape == (1797, 28, 28) and images.dtype == np.uint8 and images.max() == 255
    assert labels.shape == (1797,) and labels.dtype == np.uint8 and set(labels) == set(range(10))
    border = images.copy()
    border[:, 4:24, 4:24] = 0
    assert not border.any()
    np.testing.assert_array_equal(data.digits(3)[0], images[:3])
    assert data.digits(0)[0].shape == (0, 28, 28)


def test_digits_are_enlarged_bilinearly():
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    small = load_digits().images[:5]
    expected = [zoom(image, 20 / 8, order=1, mode="nearest", grid_mode=True) * 255 / 16 for image in small]
    assert np.abs(data.digits(5)[0][:, 4:24, 4:24] - np.array(expected)).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("n", [-1, 1798])
def test_a_wrong_count_of_digits(n):
    with pytest.raises(ValueError, match=f"from 0 to 1797.*received {n}"):
        data.digits(n)
    with pytest.raises(TypeError, match=r"whole number; received 2.5"):
        data.digits(2.5)


def test_photographs_are_wide_colourful_and_credited():
    photographs = data.photographs()
    assert photographs._fields == ("china", "flower") and set(data.PHOTOGRAPH_CREDITS) == set(photographs._fields)
    for picture in photographs:
        assert picture.dtype == np.uint8 and picture.shape == (427, 640, 3) and picture.flags.writeable
    assert all("CC BY 2.0" in credit for credit in data.PHOTOGRAPH_CREDITS.values())


def test_colour_images_are_the_frog_then_reduced_photographs():
    pictures = data.colour_images(n=165)
    assert pictures.shape == (165, 3, 32, 32) and pictures.dtype == np.uint8
    np.testing.assert_array_equal(pictures[0], data.frog().transpose(2, 0, 1))
    # A whole piece: blocks of 13, 427 = 5 + 13·32 + 6 rows, 640 = 1 + 13·(8 + 32 + 9) + 2 columns.
    china = data.photographs().china[5:421, 1 + 13 * 8 : 1 + 13 * 40].astype(float)
    means = china.reshape(32, 13, 32, 13, 3).mean(axis=(1, 3)).transpose(2, 0, 1)
    np.testing.assert_array_equal(pictures[1], np.floor(means + 0.5))
    # Blocks of 2: 213 = 32·6 + 21 rows of them, so the last one used is 10 + 32·6 - 1 = 201.
    flower = data.photographs().flower[402:404, 638:640]
    np.testing.assert_array_equal(pictures[-1][:, -1, -1], np.floor(flower.mean(axis=(0, 1)) + 0.5))
    np.testing.assert_array_equal(data.colour_images(n=2), pictures[:2])
    with pytest.raises(ValueError, match=r"from 0 to 165.*received 166"):
        data.colour_images(n=166)


def test_grey_images_are_the_digits():
    np.testing.assert_array_equal(data.grey_images(n=5), data.digits(5)[0])


@pytest.mark.parametrize("images", [data.grey_images, data.colour_images])
@pytest.mark.parametrize("source", ["Kaggle", "mnist", None])
def test_an_unknown_source_is_refused(images, source):
    with pytest.raises(ValueError, match='"bundled".*"kaggle".*received ' + repr(source)):
        images(source)


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("sklearn.datasets", data.digits),
        ("sklearn.datasets", data.photographs),
        ("PIL", data.photographs),
        ("kagglehub", data.load_mnist),
        ("kagglehub", data.load_cifar10),
    ],
)
def test_a_missing_package_is_named_with_its_remedy(monkeypatch, module, call):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=module + r".*pip install \"scratchconv\[book\]\""):
        call()


# --------------------------------------------------------------------------------- files of MNIST, made up here


@pytest.mark.parametrize("layout", [dict, nested])
def test_mnist_files_are_read_in_both_layouts(tmp_path, layout):
    with pytest.warns(UserWarning):
        train, train_labels, test, test_labels = formats.read_mnist(write(tmp_path, layout(mnist_files())))
    np.testing.assert_array_equal(train, images(3))
    np.testing.assert_array_equal(test, images(2))
    assert train_labels.tolist() == [9, 8, 7] and test_labels.tolist() == [0, 1]
    assert train.dtype == train_labels.dtype == np.uint8 and train.flags.writeable


def test_an_unknown_digest_is_a_warning_that_names_file_and_digest(tmp_path):
    write(tmp_path, mnist_files())
    with pytest.warns(UserWarning) as caught:
        formats.read_mnist(tmp_path)
    text = [str(warning.message) for warning in caught]
    assert len(text) == 4 and "train-images.idx3-ubyte" in text[0]
    assert "6bbc9ace898e44ae57da46a324031adb" in text[0]
    assert hashlib.md5(mnist_files()["train-images.idx3-ubyte"]).hexdigest() in text[0]


GOOD_IMAGES, GOOD_LABELS = idx(2051, images(3)), idx(2049, np.arange(3))
MALFORMED = {  # the bytes in place of the images, and what the message must say of them
    "empty": (b"", "an empty file"),
    "gzip": (gzip.compress(GOOD_IMAGES), "a gzip archive.*not unpacked"),
    "zip": (zipped({"train-images.idx3-ubyte": GOOD_IMAGES}), "a zip archive.*not unpacked"),
    "web page": (PORTAL, r"a web page \(HTML\).*sign-in"),
    "web page after a blank line": (b"\r\n <HTML><body>", r"a web page \(HTML\)"),
    "labels": (GOOD_LABELS + bytes(20), "starts with 2051.*starting with 2049.*labels under an images name"),
    "little-endian": (GOOD_IMAGES[3::-1] + GOOD_IMAGES[4:], "starts with 2051.*not an IDX file"),
    "text": (b"P5 28 28 255 and so on", "not an IDX file"),
    "half a header": (GOOD_IMAGES[:10], "header has 16 bytes.*received 10 bytes.*cut short"),
    "two bytes": (GOOD_IMAGES[:2], "header has 16 bytes.*received 2 bytes"),
    "cut": (GOOD_IMAGES[:-1], "asks for 2368 bytes; received 2367 bytes.*cut short"),
    "longer": (GOOD_IMAGES + b"\n", "asks for 2368 bytes; received 2369 bytes.*added at its end"),
    "no images": (idx(2051, images(0)), "at least one"),
    "27 columns": (idx(2051, images(3)[:, :, :27]), "28 × 28; received 28 × 27"),
    "sizes too large": (GOOD_IMAGES[:4] + b"\xff" * 12 + GOOD_IMAGES[16:], "cut short"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_image_file_is_refused(tmp_path, kind):
    content, message = MALFORMED[kind]
    write(tmp_path, mnist_files() | {"train-images.idx3-ubyte": content})
    with pytest.raises(ValueError, match="(?s)train-images.idx3-ubyte is malformed.*" + message):
        formats.read_mnist(tmp_path)


MALFORMED_LABELS = {
    "label 10": (idx(2049, np.array([1, 10, 2])), "from 0 to 9; received 10 at label 1"),
    "label 255": (idx(2049, np.array([1, 2, 255])), "received 255 at label 2"),
    "cut": (GOOD_LABELS[:-1], "asks for 11 bytes; received 10"),
    "longer": (GOOD_LABELS + b"\0", "asks for 11 bytes; received 12"),
    "images": (GOOD_IMAGES, "starts with 2049.*images under a labels name"),
    "no labels": (idx(2049, np.arange(0)), "at least one"),
    "gzip": (gzip.compress(GOOD_LABELS), "a gzip archive"),
}


@pytest.mark.parametrize("kind", MALFORMED_LABELS)
def test_a_malformed_label_file_is_refused(tmp_path, kind):
    content, message = MALFORMED_LABELS[kind]
    write(tmp_path, mnist_files() | {"train-labels.idx1-ubyte": content})
    with pytest.raises(ValueError, match="train-labels.idx1-ubyte is malformed.*" + message):
        formats.read_mnist(tmp_path)


@pytest.mark.parametrize("part", ["train", "t10k"])
def test_every_image_needs_a_label(tmp_path, part):
    write(tmp_path, mnist_files() | {f"{part}-labels.idx1-ubyte": idx(2049, np.arange(7))})
    with pytest.raises(ValueError, match=f"{part}-images.*{part}-labels.idx1-ubyte 7 labels"):
        formats.read_mnist(tmp_path)


def test_a_missing_file_is_named_with_what_is_there(tmp_path):
    files = mnist_files()
    del files["t10k-labels.idx1-ubyte"]
    with pytest.raises(FileNotFoundError, match=r"t10k-labels.idx1-ubyte or .*found there: t10k-images.idx3-ubyte"):
        formats.read_mnist(write(tmp_path, files))


# ------------------------------------------------------------------------------ files of CIFAR-10, made up here


@pytest.mark.parametrize("dump", [python2_pickle, *(lambda b, p=p: pickle.dumps(b, protocol=p) for p in (2, 4, 5))])
def test_a_batch_is_read_channels_first(tmp_path, dump):
    path = tmp_path / "data_batch_1"
    path.write_bytes(dump(batch()))
    pictures, labels = formats.read_cifar_batch(path)
    assert pictures.shape == (2, 3, 32, 32) and pictures.dtype == labels.dtype == np.uint8
    assert pictures[1, 2, 3, 4] == (3072 + 2 * 1024 + 3 * 32 + 4) % 256 and labels.tolist() == [6, 9]
    assert pictures.flags.writeable


def test_a_whole_cifar_is_read_without_a_warning(tmp_path):
    files = cifar_files() | {"cifar-10-batches-py/data_batch_4": python2_pickle(batch(3))}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train, labels, test, test_labels = formats.read_cifar10(write(tmp_path, files))
    assert train.shape == (11, 3, 32, 32) and test.shape == (2, 3, 32, 32)
    assert labels.tolist() == [6, 9, 6, 9, 6, 9, 6, 9, 0, 6, 9] and test_labels.tolist() == [6, 9]  # in order


@pytest.mark.parametrize("flat", [False, True])
def test_missing_batches_are_a_warning_that_names_them(tmp_path, flat):
    write(tmp_path, cifar_files(["data_batch_1", "data_batch_4", "test_batch"]))
    folder = tmp_path / "cifar-10-batches-py" if flat else tmp_path
    with pytest.warns(UserWarning, match="no data_batch_2, data_batch_3, data_batch_5: .* 4 other") as caught:
        assert len(formats.read_cifar10(folder)[0]) == 4
    assert len(caught) == 1


@pytest.mark.parametrize(("there", "missing"), [("test_batch", "data_batch_1"), ("data_batch_1", "test_batch")])
def test_a_training_batch_and_the_test_batch_are_required(tmp_path, there, missing):
    with pytest.raises(FileNotFoundError, match=f"no {missing} in .*found there: {there}"):
        formats.read_cifar10(write(tmp_path, cifar_files([there])))


class Call:
    """Pickled, it is an instruction to call `function`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("where", ["alone", "in the labels", "in an array"])
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_that_runs_code_is_refused_and_runs_nothing(tmp_path, where, protocol):
    trace = tmp_path / "trace"
    call = Call(os.mkdir, str(trace))
    array = np.array([call], dtype=object)
    thing = {"alone": call, "in the labels": batch(labels=[6, call]), "in an array": batch(data=array)}[where]
    content = pickle.dumps(thing, protocol=protocol)
    pickle.loads(content)
    assert trace.exists()  # the danger is real
    trace.rmdir()
    path = tmp_path / "data_batch_1"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"data_batch_1 is malformed.*asks to run (posix|nt)\.mkdir; refused"):
        formats.read_cifar_batch(path)
    assert not trace.exists()


@pytest.mark.parametrize("function", [eval, np.load, np.array, formats.read_mnist, "".join, getattr])
def test_only_arrays_can_be_built(tmp_path, function):
    path = tmp_path / "data_batch_1"
    path.write_bytes(pickle.dumps(Call(function, "1")))
    with pytest.raises(ValueError, match="refused, nothing of it was run"):
        formats.read_cifar_batch(path)


GOOD_BATCH = python2_pickle(batch())
MALFORMED_BATCHES = {
    "empty": (b"", "an empty file"),
    "gzip": (gzip.compress(GOOD_BATCH), "a gzip archive"),
    "zip": (zipped({"a": GOOD_BATCH}), "a zip archive"),
    "web page": (PORTAL, "a web page"),
    "cut in the data": (GOOD_BATCH[:3000], "cut short"),
    "cut at the end": (GOOD_BATCH[:-1], "cut short"),
    "longer": (GOOD_BATCH + b"\n", "added at its end"),
    "no pickle": (b"\xff" * 100, "one pickle of NumPy arrays"),
    "a list": (pickle.dumps([1, 2]), "dictionary.*received list"),
    "no labels": (pickle.dumps({b"data": 1}), r"b'labels'; received \[\"b'data'\"\]"),
    "no data": (pickle.dumps({b"labels": [1]}), "dictionary"),
    "text keys": (pickle.dumps({"data": 1, "labels": 2}), "dictionary"),
    "CIFAR-100": (pickle.dumps({b"data": 1, b"fine_labels": [1]}), "CIFAR-100"),
    "float data": (pickle.dumps(batch(data=np.zeros((2, 3072)))), r"uint8.*received float64 \(2, 3072\)"),
    "int8 data": (pickle.dumps(batch(data=np.zeros((2, 3072), np.int8))), "received int8"),
    "short rows": (pickle.dumps(batch(data=np.zeros((2, 3071), np.uint8))), r"uint8 \(2, 3071\)"),
    "four axes": (pickle.dumps(batch(data=np.zeros((2, 3, 32, 32), np.uint8))), r"\(2, 3, 32, 32\)"),
    "a list for data": (pickle.dumps(batch(data=[[0] * 3072] * 2)), "received list"),
    "three labels": (pickle.dumps(batch(labels=[1, 2, 3])), "list of 3 for 2 images"),
    "labels as text": (pickle.dumps(batch(labels=b"12")), "received bytes"),
    "label 10": (pickle.dumps(batch(labels=[1, 10])), "from 0 to 9; received 10"),
    "label -1": (pickle.dumps(batch(labels=[-1, 1])), "from 0 to 9; received -1"),
    "label 1.0": (pickle.dumps(batch(labels=[1.0, 1])), "received 1.0"),
    "label None": (pickle.dumps(batch(labels=[None, 1])), "received None"),
    "no pictures": (pickle.dumps(batch(n=0)), "one label per image"),
}


@pytest.mark.parametrize("kind", MALFORMED_BATCHES)
def test_a_malformed_batch_is_refused(tmp_path, kind):
    content, message = MALFORMED_BATCHES[kind]
    path = tmp_path / "test_batch"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="(?s)test_batch is malformed.*" + message):
        formats.read_cifar_batch(path)


# ------------------------------------------------------------------------------------ the lock, the time limit

HOLD = """
import sys, time
from scratchconv.data.lock import exclusive
with exclusive(sys.argv[1], 5):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "a.lock"], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_lock_keeps_processes_apart_and_dies_with_its_holder(tmp_path, holder, capfd):
    start = time.monotonic()
    with pytest.raises(lock.Busy, match=r"another process still held .*a\.lock"):
        with lock.exclusive(tmp_path / "a.lock", 0.3):
            pytest.fail("two at once")
    assert 0.3 <= time.monotonic() - start < 3
    assert "waiting for it" in capfd.readouterr().err
    holder.kill()
    holder.wait()
    with lock.exclusive(tmp_path / "a.lock", 5):
        pass


def test_the_lock_keeps_threads_apart(tmp_path):
    inside, most = [], []

    def work(_):
        with lock.exclusive(tmp_path / "a.lock", 10):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert most == [1] * 8


def test_a_thread_does_not_wait_for_ever(tmp_path):
    with lock.exclusive(tmp_path / "a.lock", 1), ThreadPoolExecutor(1) as pool:

        def second():
            with lock.exclusive(tmp_path / "b.lock", 0.2):
                pass

        with pytest.raises(lock.Busy, match="another thread"):
            pool.submit(second).result(timeout=5)


def test_a_call_within_the_limit_gives_its_result_or_error():
    assert worker.call_within(5, lambda: 42) == 42
    with pytest.raises(KeyError):
        worker.call_within(5, lambda: {}["x"])


def test_a_stuck_call_does_not_keep_python_from_ending():
    program = """
import threading
from scratchconv.data import worker
worker.GRACE = 0.1
try:
    worker.call_within(0.1, threading.Event().wait)
except worker.OutOfTime:
    print("out of time")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout) == (0, "out of time\n"), ended.stderr


def test_a_late_call_is_left_behind_and_ends_at_its_next_step():
    steps = []

    def slow():
        while True:
            steps.append(1)
            time.sleep(0.05)

    with pytest.raises(worker.OutOfTime) as caught:
        worker.call_within(0.2, slow)
    assert not caught.value.is_stuck
    done = len(steps)
    time.sleep(0.2)
    assert len(steps) == done


def test_a_stuck_call_does_nothing_when_it_wakes_up(monkeypatch):
    monkeypatch.setattr(worker, "GRACE", 0.1)
    wake, traces = threading.Event(), []

    def stuck():
        wake.wait()
        traces.append("wrote")

    with pytest.raises(worker.OutOfTime) as caught:
        worker.call_within(0.1, stuck)
    assert caught.value.is_stuck
    wake.set()
    for thread in threading.enumerate():
        if thread.name == "scratchconv download":
            thread.join(5)
            assert not thread.is_alive()
    assert traces == []


# ------------------------------------------------------- what is done about trouble, kagglehub's answer made up


@pytest.fixture
def answer(monkeypatch, tmp_path):
    """An empty cache, and a way to say what `kagglehub.dataset_download` does."""
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("scratchconv.data.download.PAUSE", 0.01)
    return lambda function: monkeypatch.setattr(kagglehub, "dataset_download", function)


def archive_of(tmp_path, content):
    return write(tmp_path / "cache" / MNIST_HOME, {"1.archive": content}) / "1.archive"


def http_error(status):
    response = requests.Response()
    response.status_code = status
    return KaggleApiHTTPError("no", response)


line = requests.exceptions
TROUBLES = {  # what kagglehub raises: what we raise, what the message says, how often kagglehub is asked
    "401": (http_error(401), ConnectionError, "HTTP 401.*token", 1),
    "403": (http_error(403), ConnectionError, "HTTP 403.*proxy that forbids", 1),
    "404": (http_error(404), ConnectionError, "HTTP 404.*moved or withdrawn", 1),
    "407": (http_error(407), ConnectionError, "HTTP 407.*https_proxy", 1),
    "429": (http_error(429), ConnectionError, "HTTP 429.*wait some minutes", 1),
    "503": (http_error(503), ConnectionError, "HTTP 503.*later", 2),
    "no network": (line.ConnectionError("no route"), ConnectionError, "no route.*Check the network", 2),
    "proxy": (line.ProxyError("x"), ConnectionError, "proxy cannot be reached.*http_proxy", 2),
    "certificate": (line.SSLError("x"), ConnectionError, "REQUESTS_CA_BUNDLE", 2),
    "cut": (line.ChunkedEncodingError("x"), ConnectionError, "broke.*Check the network", 2),
    "disk full": (OSError(errno.ENOSPC, "No space left"), OSError, "disk is full.*Free some space", 1),
    "read-only": (OSError(errno.EROFS, "Read-only"), OSError, "cannot be written.*KAGGLEHUB_CACHE", 1),
    "forbidden": (PermissionError(errno.EACCES, "denied"), OSError, "cannot be written.*KAGGLEHUB_CACHE", 1),
    "checksum": (DataCorruptionError("md5"), ConnectionError, "not a whole archive.*run this again", 2),
    "bad zip": (zipfile.BadZipFile("CRC"), ConnectionError, "not a whole archive.*removed", 2),
    "anything": (RuntimeError("surprise"), OSError, "RuntimeError: surprise", 1),
    "credentials": (ValueError("Invalid Kaggle credentials file"), OSError, "Invalid Kaggle credentials", 1),
}


@pytest.mark.parametrize("kind", TROUBLES)
def test_trouble_is_explained_and_leaves_no_poison(tmp_path, answer, kind):
    error, raised, message, tries = TROUBLES[kind]
    asked = []

    def dataset_download(handle):
        asked.append(handle)
        archive_of(tmp_path, b"PK half of it" if kind == "cut" else b"half of it")
        raise error

    answer(dataset_download)
    with pytest.raises(raised, match="(?s)^MNIST .*" + message + ".*KAGGLEHUB_CACHE.*SOURCE = \"bundled\"") as caught:
        data.load_mnist()
    assert str(tmp_path / "cache") in str(caught.value) and caught.value.__cause__ is error
    assert asked == ["hojjatk/mnist-dataset/versions/1"] * tries
    # The beginning of a zip, cut by the line, is what kagglehub can go on from; nothing else is kept.
    assert [path.name for path in (tmp_path / "cache" / MNIST_HOME).iterdir()] == ["1.archive"] * (kind == "cut")


def test_a_second_try_succeeds_after_the_poison_is_gone(tmp_path, answer):
    archives = []

    def dataset_download(handle):
        archive = tmp_path / "cache" / MNIST_HOME / "1.archive"
        archives.append(archive.exists())
        if len(archives) == 1:
            archive.write_bytes(PORTAL)
            raise ValueError("Unsupported archive type.")
        return str(write(tmp_path / "elsewhere", mnist_files()))

    archive_of(tmp_path, PORTAL)  # from an earlier time
    answer(dataset_download)
    with pytest.warns(UserWarning, match="md5"):
        assert len(data.load_mnist().train_images) == 3
    assert archives == [False, False]


def test_a_full_stop_of_the_reader_leaves_the_lock_free(monkeypatch, answer):
    class Stop(BaseException):
        pass

    def interrupted(*_):
        raise Stop

    monkeypatch.setattr("scratchconv.data.download.call_within", interrupted)
    for _ in range(2):  # the second would find the lock taken
        with pytest.raises(Stop):
            data.load_mnist(timeout=1)


def test_a_mounted_read_only_copy_is_used_and_never_touched(tmp_path, answer):
    """Colab and Kaggle answer with a folder of theirs; the cache need not even be a folder."""
    mount = write(tmp_path / "mount", mnist_files())
    (tmp_path / "cache").write_text("no folder")
    answer(lambda handle: str(mount))
    with pytest.warns(UserWarning, match="md5"):
        assert len(data.load_mnist().test_images) == 2
    (mount / "t10k-labels.idx1-ubyte").write_bytes(b"")
    before = listing(mount)
    with pytest.raises(ValueError, match=r"t10k-labels.*an empty file.*DISABLE_COLAB_CACHE"):
        data.load_mnist()
    assert listing(mount) == before


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_is_positive(timeout):
    with pytest.raises(ValueError, match="positive number of seconds; received"):
        data.load_mnist(timeout=timeout)
    with pytest.raises(TypeError, match="number of seconds; received 'soon'"):
        data.load_cifar10(timeout="soon")


# -------------------------------------------------------------------------------------------- what is cached


def listing(folder):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in [folder, *folder.rglob("*")]}


@pytest.fixture
def offline(monkeypatch):
    """Any request of the real client fails at once: nobody listens at the proxy's address."""
    for name, value in environment(9, "unused", "unused").items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def read_only(folder):
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


@pytest.mark.parametrize(
    ("load", "home", "files"),
    [(data.load_mnist, MNIST_HOME, mnist_files), (data.load_cifar10, CIFAR_HOME, cifar_files)],
)
def test_a_cached_data_set_needs_no_network_and_no_writing(offline, tmp_path, load, home, files):
    cache = cached(tmp_path / "cache", home, files())
    before = listing(cache)
    read_only(cache)
    offline.chdir(tmp_path)
    try:
        for name in (str(cache), "cache"):  # an absolute path and one relative to where we are
            offline.setenv("KAGGLEHUB_CACHE", name)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                loaded = load(timeout=5)
            assert loaded._fields == ("train_images", "train_labels", "test_images", "test_labels")
        assert listing(cache) == before
    finally:
        for path in [cache, *cache.rglob("*")]:
            path.chmod(0o755)


@pytest.mark.parametrize("relative", [False, True])
def test_a_malformed_cached_file_is_not_removed_but_named(offline, tmp_path, relative):
    cache = cached(tmp_path / "a", MNIST_HOME, mnist_files() | {"train-images.idx3-ubyte": GOOD_IMAGES[:-1]})
    offline.chdir(tmp_path)
    offline.setenv("KAGGLEHUB_CACHE", "a" if relative else str(cache))
    before = listing(cache)
    with pytest.raises(ValueError, match=r"cut short.*delete /.*versions/1 and /.*1\.complete"):
        data.load_mnist()
    assert listing(cache) == before


def test_warnings_point_at_the_line_that_asked(offline, tmp_path):
    offline.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    cached(tmp_path, MNIST_HOME, mnist_files())
    cached(tmp_path, CIFAR_HOME, cifar_files(["data_batch_1", "test_batch"]))
    for load in (data.load_mnist, data.load_cifar10):
        with pytest.warns(UserWarning) as caught:
            load()
        assert {Path(warning.filename).name for warning in caught} == {"test_data.py"}


def test_the_kaggle_source_gives_the_training_images(offline, tmp_path):
    offline.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    cached(tmp_path, MNIST_HOME, mnist_files())
    cached(tmp_path, CIFAR_HOME, cifar_files())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grey, colour = data.grey_images("kaggle", n=2), data.colour_images("kaggle", n=3)
        np.testing.assert_array_equal(grey, images(3)[:2])
        assert colour.shape == (3, 3, 32, 32) and colour.base is None
        with pytest.raises(ValueError, match="from 0 to 3, the number of MNIST training images"):
            data.grey_images("kaggle", n=4)
        with pytest.raises(ValueError, match="from 0 to 10, the number of CIFAR-10"):
            data.colour_images("kaggle", n=11)


REAL_MNIST, REAL_CIFAR = real_cache(MNIST_HOME), real_cache(CIFAR_HOME)
NEEDS_REAL = "the real files are in neither $KAGGLEHUB_CACHE nor ../shared/kagglehub-cache"


@pytest.mark.skipif(REAL_MNIST is None, reason=NEEDS_REAL)
def test_the_real_mnist(offline):
    offline.setenv("KAGGLEHUB_CACHE", str(REAL_MNIST))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # its digests are the known ones
        mnist = data.load_mnist()
        first = data.grey_images("kaggle", n=1)
    assert mnist.train_images.shape == (60000, 28, 28) and mnist.test_images.shape == (10000, 28, 28)
    assert mnist.train_labels.shape == (60000,) and mnist.test_labels.shape == (10000,)
    assert mnist.train_labels[0] == 5 and mnist.test_labels[0] == 7
    np.testing.assert_array_equal(first, mnist.train_images[:1])


@pytest.mark.skipif(REAL_CIFAR is None, reason=NEEDS_REAL)
@pytest.mark.filterwarnings("ignore:.*CIFAR-10 is incomplete")
def test_the_real_cifar10_begins_with_a_frog(offline):
    offline.setenv("KAGGLEHUB_CACHE", str(REAL_CIFAR))
    cifar = data.load_cifar10()
    batches = len(list(REAL_CIFAR.glob(f"{CIFAR_HOME}/versions/1/**/data_batch_*")))
    assert cifar.train_images.shape == (10000 * batches, 3, 32, 32)
    assert cifar.train_labels[0] == 6 and cifar.test_labels[0] == 3
    assert cifar.test_images.shape == (len(cifar.test_labels), 3, 32, 32)
    np.testing.assert_array_equal(data.colour_images("kaggle", n=1), cifar.train_images[:1])


# --------------------------------------------------------- the real client, in a process of its own, and the stand-in

PROGRAM = """
import json, os, sys, time, warnings
from scratchconv.data import download
from scratchconv import data
warnings.simplefilter("ignore")
download.PAUSE = 0.1
for line in sys.stdin:
    name, options, variables = json.loads(line)
    os.environ.update(variables)
    start = time.monotonic()
    try:
        answer = ["ok", len(getattr(data, name)(**options).train_images)]
    except Exception as error:
        answer = [type(error).__name__, str(error)]
    print(json.dumps([*answer, time.monotonic() - start]), flush=True)
"""


class Client:
    """A process in which the unmodified kagglehub runs; each call says where Kaggle and the cache are."""

    def __init__(self, folder):
        self.errors = folder / "stderr"
        with open(self.errors, "w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                env=environment(9, folder / "cache", folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def send(self, variables, name, **options):
        self.process.stdin.write(json.dumps([name, options, variables]) + "\n")
        self.process.stdin.flush()

    def receive(self):
        """(outcome, detail, seconds) of a call."""
        for line in self.process.stdout:
            if line.startswith("["):
                return json.loads(line)
        pytest.fail(self.errors.read_text())

    def __call__(self, variables, name="load_mnist", **options):
        self.send(variables, name, **{"timeout": 20} | options)
        return self.receive()

    def close(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    client = Client(tmp_path_factory.mktemp("client"))
    yield client
    client.close()


@pytest.fixture
def places(tmp_path):
    (tmp_path / "home").mkdir()
    return {"cache": tmp_path / "cache", "home": tmp_path / "home"}


def test_a_download_is_shown_read_and_then_cached(client, places):
    with Kaggle(mnist_files()) as kaggle:
        for _ in range(2):
            assert client(kaggle.environment(**places))[:2] == ["ok", 3]
        assert kaggle.downloads == ["hojjatk/mnist-dataset"]  # the second call found it in the cache
    assert "100%" in client.errors.read_text()
    assert client(environment(9, **places))[:2] == ["ok", 3]  # nobody listens there


def test_progress_can_be_hidden(client, places):
    before = client.errors.read_text()
    with Kaggle(cifar_files()) as kaggle:
        assert client(kaggle.environment(**places), "load_cifar10", progress=False)[:2] == ["ok", 10]
        assert kaggle.downloads == ["pankrzysiu/cifar10-python"]
    assert client.errors.read_text() == before


@pytest.mark.parametrize(("fault", "limit"), [("silence", 1), ("slow", 0.7)])
def test_a_time_limit_holds_and_does_not_cost_the_next_call(client, places, fault, limit):
    with Kaggle(mnist_files(), faults=[fault]) as kaggle:
        kind, message, seconds = client(kaggle.environment(**places), timeout=limit)
        assert kind == "TimeoutError" and limit <= seconds < limit + 4
        assert f"after {limit} s" in message and "timeout=" in message and "bundled" in message
        assert client(kaggle.environment(**places))[:2] == ["ok", 3]


@pytest.mark.parametrize("fault", ["cut", "checksum", "portal", "zip-like", 500])
def test_one_fault_is_mended_by_the_second_try(client, places, fault):
    with Kaggle(mnist_files(), faults=[fault]) as kaggle:
        assert client(kaggle.environment(**places))[:2] == ["ok", 3]
        assert len(kaggle.downloads) == 2


@pytest.mark.parametrize(
    ("fault", "message", "tries"),
    [
        ("portal", "a web page came instead.*sign in", 2),
        ("checksum", "not a whole archive", 2),
        ("zip-like", "not a whole archive", 2),
        ("cut", "connection failed or broke", 2),
        (403, "HTTP 403", 1),
        (404, "HTTP 404", 1),
        (429, "HTTP 429", 1),
        (500, "HTTP 500", 2),
    ],
)
def test_a_lasting_fault_is_explained_and_does_not_poison_the_next_call(client, places, fault, message, tries):
    with Kaggle(mnist_files(), faults=[fault] * tries) as kaggle:
        kind, text, _ = client(kaggle.environment(**places))
        assert kind == "ConnectionError" and re.search(message, text), text
        assert len(kaggle.downloads) == tries
        assert client(kaggle.environment(**places))[:2] == ["ok", 3]
        assert len(kaggle.downloads) == tries + 1
    assert not list(places["cache"].rglob("*.archive"))


def test_a_broken_download_goes_on_where_it_was(client, places):
    large = mnist_files() | {"more": np.random.default_rng(0).bytes(4_000_000)}
    with Kaggle(large, faults=["cut"]) as kaggle:
        assert client(kaggle.environment(**places))[:2] == ["ok", 3]
        ranges = [what for method, what in kaggle.seen if method == "GET"]
    assert ranges[-1] == f"bytes={2**20}-"  # kagglehub writes whole mebibytes


def test_a_malformed_download_is_undone(client, places):
    with Kaggle(mnist_files() | {"t10k-images.idx3-ubyte": PORTAL}) as kaggle:
        kind, message, _ = client(kaggle.environment(**places))
    assert kind == "ValueError" and "a web page" in message and "has undone that" in message
    assert not (places["cache"] / MNIST_HOME / "versions" / "1").exists()
    with Kaggle(mnist_files()) as kaggle:
        assert client(kaggle.environment(**places))[:2] == ["ok", 3]


def test_undoing_a_download_keeps_the_readers_own_files(client, places):
    mine = write(places["cache"] / MNIST_HOME / "versions" / "1", {"notes.txt": b"mine"})
    with Kaggle(mnist_files() | {"train-labels.idx1-ubyte": b"\0"}) as kaggle:
        assert client(kaggle.environment(**places))[0] == "ValueError"
    assert (mine / "notes.txt").read_bytes() == b"mine"
    with Kaggle(mnist_files()) as kaggle:
        assert client(kaggle.environment(**places))[:2] == ["ok", 3]


def test_two_processes_make_one_download(client, places, tmp_path):
    other = Client(tmp_path)
    with Kaggle(mnist_files(), faults=["slow", "slow"]) as kaggle:
        assert other(environment(9, **places), timeout=5)[0] == "ConnectionError"  # it has started
        for one in (client, other):
            one.send(kaggle.environment(**places), "load_mnist", timeout=20)
        assert client.receive()[:2] == other.receive()[:2] == ["ok", 3]
        assert kaggle.downloads == ["hojjatk/mnist-dataset"]
    other.close()


def test_a_download_in_another_process_is_waited_for_in_bounds(client, places):
    from scratchconv.data.kaggle import MNIST

    owner, name = MNIST.split("/")[:2]
    with lock.exclusive(places["cache"] / f"scratchconv-{owner}-{name}.lock", 1):
        kind, message, seconds = client(environment(9, **places), timeout=0.3)
    assert kind == "TimeoutError" and "another process still held" in message and seconds < 5


def test_no_network(client, places):
    kind, message, _ = client(environment(9, **places))
    assert kind == "ConnectionError" and "proxy" in message and "which did not exist" in message


def test_no_place_to_write(client, places):
    (places["home"] / "file").write_text("no folder")  # what lies below a file, no user can write
    with Kaggle(mnist_files()) as kaggle:
        kind, message, _ = client(kaggle.environment(places["home"] / "file" / "cache", places["home"]))
    assert kind == "OSError" and "the cache cannot be written" in message and "KAGGLEHUB_CACHE" in message
