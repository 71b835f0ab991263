"""Layers as known networks have them, each in the shape it was published with, mostly in batches of 8 and of 1.

They were chosen for the networks they come from, whatever time they take.
"""

from layers import Row


def _depthwise(name, images, channels, size, kernel=3, stride=1):
    shapes = (images, channels, size, size), (channels, 1, kernel, kernel)
    return Row(name, *shapes, (stride, stride), (kernel // 2, kernel // 2), groups=channels)


def _grouped(name, images, channels, size, stride=1):
    shapes = (images, channels, size, size), (channels, channels // 32, 3, 3)
    return Row(name, *shapes, (stride, stride), (1, 1), groups=32)


def _dense(name, x, filters, kernel, stride=1, padding=(0, 0), dilation=1):
    return Row(name, x, (filters, x[1], *kernel), (stride, stride), padding, (dilation, dilation))


NETWORKS = [
    _dense("LeNet, first, 1000 images", (1000, 1, 28, 28), 6, (5, 5), padding=(2, 2)),
    _dense("LeNet, second, 1000 images", (1000, 6, 14, 14), 16, (5, 5)),
    _dense("AlexNet, first", (16, 3, 224, 224), 96, (11, 11), 4, (2, 2)),
    _dense("AlexNet, second", (8, 96, 27, 27), 256, (5, 5), 1, (2, 2)),
    _dense("VGG, first, one image", (1, 3, 224, 224), 64, (3, 3), 1, (1, 1)),
    _dense("VGG, 14×14", (8, 512, 14, 14), 512, (3, 3), 1, (1, 1)),
    _dense("Inception, 1×7", (8, 192, 17, 17), 192, (1, 7), 1, (0, 3)),
    _dense("Inception, 7×1", (8, 192, 17, 17), 192, (7, 1), 1, (3, 0)),
    _dense("ResNet, first, one image", (1, 3, 224, 224), 64, (7, 7), 2, (3, 3)),
    _dense("ResNet, 56×56, one image", (1, 64, 56, 56), 64, (3, 3), 1, (1, 1)),
    _dense("ResNet, 28×28, one image", (1, 128, 28, 28), 128, (3, 3), 1, (1, 1)),
    _dense("ResNet, 14×14, one image", (1, 256, 14, 14), 256, (3, 3), 1, (1, 1)),
    _dense("ResNet, 7×7, one image", (1, 512, 7, 7), 512, (3, 3), 1, (1, 1)),
    _dense("ResNet, 56×56, stride 2", (8, 64, 56, 56), 128, (3, 3), 2, (1, 1)),
    _dense("ResNet, 28×28, stride 2", (8, 256, 28, 28), 512, (3, 3), 2, (1, 1)),
    _dense("ResNet, 1×1, stride 2", (8, 64, 56, 56), 128, (1, 1), 2),
    _dense("ResNet, 1×1, many to few", (8, 256, 56, 56), 64, (1, 1)),
    _dense("ResNet on CIFAR, 32×32", (64, 16, 32, 32), 16, (3, 3), 1, (1, 1)),
    _dense("ResNet on CIFAR, 16×16", (64, 32, 16, 16), 32, (3, 3), 1, (1, 1)),
    _dense("ResNet on CIFAR, 8×8", (128, 64, 8, 8), 64, (3, 3), 1, (1, 1)),
    _grouped("ResNeXt, 56×56", 8, 128, 56),
    _grouped("ResNeXt, 56×56, one image", 1, 128, 56),
    _grouped("ResNeXt, 56×56, stride 2", 8, 256, 56, 2),
    _grouped("ResNeXt, 28×28", 8, 256, 28),
    _grouped("ResNeXt, 14×14", 8, 512, 14),
    _grouped("ResNeXt, 7×7", 8, 1024, 7),
    Row("ShuffleNet, 1×1", (8, 240, 28, 28), (240, 80, 1, 1), groups=3),
    _dense("DeepLab, 28×28", (1, 512, 28, 28), 512, (3, 3), 1, (2, 2), 2),
    _dense("DeepLab, 33×33", (2, 256, 33, 33), 256, (3, 3), 1, (12, 12), 12),
    _depthwise("MobileNet, 112×112", 8, 32, 112),
    _depthwise("MobileNet, 112×112, stride 2", 8, 64, 112, stride=2),
    _depthwise("MobileNet, 56×56", 8, 128, 56),
    _depthwise("MobileNet, 56×56, stride 2", 8, 128, 56, stride=2),
    _depthwise("MobileNet, 28×28", 8, 256, 28),
    _depthwise("MobileNet, 28×28, one image", 1, 256, 28),
    _depthwise("MobileNet, 28×28, stride 2", 8, 256, 28, stride=2),
    _depthwise("MobileNet, 14×14", 8, 512, 14),
    _depthwise("MobileNet, 14×14, one image", 1, 512, 14),
    _depthwise("MobileNet, 14×14, stride 2", 8, 512, 14, stride=2),
    _depthwise("MobileNet, 7×7", 8, 1024, 7),
    _depthwise("EfficientNet, 28×28", 8, 240, 28, 5),
    _depthwise("EfficientNet, 14×14", 8, 672, 14, 5),
    _depthwise("ConvNeXt, 56×56", 4, 96, 56, 7),
    _depthwise("ConvNeXt, 28×28", 4, 192, 28, 7),
    _depthwise("ConvNeXt, 14×14", 4, 384, 14, 7),
    _depthwise("ConvNeXt, 7×7", 4, 768, 7, 7),
]
