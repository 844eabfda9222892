"""The texts of a MIDI file, whose encoding no file names: UTF-8 where they are, else the likeliest of a few.

The standard is ASCII. Programs write in the encoding of their system: Shift-JIS in Japan, GBK in China, Windows code
pages in Europe and Russia. A name alone is too short to count letters in, so all texts of a file are used together.
"""

import re
from collections.abc import Iterable

UTF_8, SHIFT_JIS, EUC_JP, GBK = "utf-8", "cp932", "euc_jp", "gb18030"
LATIN_1, CYRILLIC = "cp1252", "cp1251"

# Bytes of Shift-JIS: two for most signs, one for a half-width katakana.
WIDE = re.compile(rb"[\x81-\x9f\xe0-\xef][\x40-\x7e\x80-\xfc]")
HALF_WIDE_ONLY = re.compile(rb"[\xa6-\xdf]+")
VOICED = re.compile(rb"[\xb6-\xc4\xca-\xce]\xde|[\xca-\xce]\xdf")  # a half-width katakana and its voicing mark
KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fc]")
COMMON_HANZI = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")  # the 3,755 characters of level 1 of GB 2312
EUC_KANA = re.compile(rb"[\xa4\xa5][\xa1-\xf6]")
HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# A letter with an accent, or a quotation mark of Windows, alone among ASCII.
ACCENTED = re.compile(rb"(?<![\x80-\xff])[\x85\x8a\x8c\x8e\x91-\x97\x9a\x9c\x9e-\xff](?![\x80-\xff])")
CYRILLIC_WORD = re.compile(
    rb"(?<![\x80-\xff])(?:[\xa8\xc0-\xdf][\xb8\xe0-\xff]{2,}|[\xa8\xc0-\xdf]{4,}|[\xb8\xe0-\xff]{3,})(?![\x80-\xff])"
)


def encoding_of(texts: Iterable[bytes]) -> str:
    """The encoding in which the texts of one file are likely to be."""
    found = [text for text in texts if not text.isascii()]
    if all(_decodes(text, UTF_8) for text in found):
        return UTF_8
    joined = b" ".join(found)
    runs = HIGH_RUN.findall(joined)
    high = sum(map(len, runs))
    is_chinese = _is_chinese(joined, runs)
    if sum(map(len, ACCENTED.findall(joined))) > high // 2:
        return LATIN_1
    if all(map(HALF_WIDE_ONLY.fullmatch, runs)) and VOICED.search(joined):
        return SHIFT_JIS
    if not is_chinese and sum(map(len, CYRILLIC_WORD.findall(joined))) > high // 2:
        return CYRILLIC
    if not is_chinese and _is_japanese(joined):
        return SHIFT_JIS
    if len(EUC_KANA.findall(joined)) * 4 > high and _decodes(joined, EUC_JP):
        return EUC_JP
    if all(len(run) % 2 == 0 for run in runs) and _decodes(joined, GBK):
        return GBK
    return SHIFT_JIS if WIDE.search(joined) and _decodes(joined, SHIFT_JIS) else LATIN_1


def decoded(text: bytes, encoding: str) -> str:
    """The text; what is none in this encoding becomes a replacement character."""
    if _decodes(text, UTF_8):
        return text.decode(UTF_8)
    return text.decode(encoding, "replace")


def _is_japanese(joined: bytes) -> bool:
    """Whether it is Shift-JIS: it has kana, or a byte that begins a sign there and is rare in other encodings."""
    if not _decodes(joined, SHIFT_JIS):
        return False
    kana = KANA.search(joined.decode(SHIFT_JIS))
    return bool(kana) or any(0x81 <= pair[0] <= 0x9F for pair in WIDE.findall(joined))


def _is_chinese(joined: bytes, runs: list[bytes]) -> bool:
    """Whether nearly all of it is pairs of bytes that are common characters of Chinese."""
    pairs = [run[i : i + 2] for run in runs for i in range(0, len(run) - 1, 2)]
    if any(len(run) % 2 for run in runs) or not _decodes(joined, GBK):
        return False
    return sum(bool(COMMON_HANZI.fullmatch(pair)) for pair in pairs) * 10 >= 8 * len(pairs)


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
