"""Pictures for the chapters: samples that need no network, and MNIST and CIFAR-10 through kagglehub.

A chapter sets ``SOURCE = "bundled"`` or ``SOURCE = "kaggle"`` once and asks `grey_images` and `colour_images`
for pictures; only "kaggle" may use the network, and only when the files are not in kagglehub's cache yet.
"""

from .bundled import PHOTOGRAPH_CREDITS, Photographs, digits, frog, photographs
from .kaggle import Dataset, load_cifar10, load_mnist
from .measured import measured
from .sources import colour_images, grey_images

__all__ = [
    "PHOTOGRAPH_CREDITS",
    "Dataset",
    "Photographs",
    "colour_images",
    "digits",
    "frog",
    "grey_images",
    "load_cifar10",
    "load_mnist",
    "measured",
    "photographs",
]
