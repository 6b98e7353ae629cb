"""Makes the printer simulator's font from NotoSansCJK-Regular.ttc: python3 subset.py COLLECTION OUTPUT."""

import sys

from fontTools import subset
from fontTools.ttLib import TTCollection

collection, output = sys.argv[1:]
FACE = "Noto Sans Mono CJK SC"
MORE = "€₩₧→←↑↓▲▼◆●■□★☆√×÷—…“”‘’¥￥·•✓✗ŽšžŠĐđĆćČč"

wanted = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100)) | set(range(0x2500, 0x25A0)) | {ord(ch) for ch in MORE}
wanted |= {ord(bytes([byte]).decode("cp437")) for byte in range(0x80, 0x100)}
for row in list(range(0xA1, 0xAA)) + list(range(0xB0, 0xF8)):
    for cell in range(0xA1, 0xFF):
        wanted |= {ord(ch) for ch in bytes([row, cell]).decode("gb2312", errors="ignore")}

options = subset.Options()
options.font_number = next(
    number for number, font in enumerate(TTCollection(collection).fonts) if font["name"].getDebugName(4) == FACE
)
options.layout_features = []
options.hinting = False
options.desubroutinize = False
options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
options.notdef_outline = True
options.glyph_names = False
options.drop_tables += ["BASE", "vhea", "vmtx", "VORG", "GSUB", "GPOS", "GDEF", "DSIG"]
font = subset.load_font(collection, options)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=wanted)
subsetter.subset(font)
subset.save_font(font, output, options)
