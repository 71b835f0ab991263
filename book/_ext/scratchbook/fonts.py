"""Fonts cut down to the characters that the pages use."""

from fontTools import subset


def cut(source, target, characters):
    """Write a WOFF2 file with nothing but these characters, and what the font needs to set them."""
    options = subset.Options(flavor="woff2", layout_features=["kern", "ssty"], notdef_outline=True)
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=set(map(ord, characters)))
    cutter.subset(font)
    subset.save_font(font, target, options)
