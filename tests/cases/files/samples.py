"""Files as people send them, and as attackers do; each made here."""

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

ORIENTATION: Final = 0x0112
GPS: Final = 0x8825
SECRET: Final = "Chen Jiamin, phone 13800138000"
"""Stands in the metadata of pictures, and must be nowhere in what is kept."""


def picture(width: int = 64, height: int = 48) -> Image.Image:
    """Red above blue, so that one sees which side is up."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 64, height: int = 48, **options: Any) -> bytes:
    return encoded(picture(width, height), "JPEG", **options)


def png(width: int = 64, height: int = 48, **options: Any) -> bytes:
    return encoded(picture(width, height), "PNG", **options)


def webp(width: int = 64, height: int = 48, **options: Any) -> bytes:
    return encoded(picture(width, height), "WEBP", **options)


def exif(orientation: int = 1) -> Image.Exif:
    """Where the photo was taken, with what, and how it is to be turned."""
    found = Image.Exif()
    found[ORIENTATION] = orientation
    found[0x010F] = SECRET
    found.get_ifd(GPS)[1] = "N"
    found.get_ifd(GPS)[2] = (22.0, 16.0, 12.0)
    return found


def pdf(pages: int = 1, change: Callable[[PdfWriter], None] | None = None) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if change is not None:
        change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int, *more: bytes, rows: int | None = None) -> bytes:
    """A gray PNG of that size, all black: 8 bits a pixel, packed as small as it goes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    line = bytes(1 + width)
    body = b"".join(packer.compress(line) for _ in range(height if rows is None else rows))
    body += packer.flush()
    parts = (chunk(b"IHDR", header), *more, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jpeg_saying(width: int, height: int) -> bytes:
    """A JPEG that says it is that big, and is not."""
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def with_segment(body: bytes, marker: int = 0xFE) -> bytes:
    """A JPEG with a comment, or another segment, of that content at its beginning."""
    content = jpeg()
    return content[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body + content[2:]


def many_scans() -> bytes:
    """A progressive JPEG whose last scan comes again and again: each costs a pass over the picture."""
    content = jpeg(progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * 1_000 + content[-2:]


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def _open_action(kind: str) -> Callable[[PdfWriter], None]:
    def change(writer: PdfWriter) -> None:
        action = DictionaryObject({NameObject("/S"): NameObject(kind)})
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)

    return change


def _script(writer: PdfWriter) -> None:
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )
    writer.root_object[NameObject("/AA")] = DictionaryObject({NameObject("/WC"): action})


def hidden_script() -> bytes:
    """The same, written in a way that nobody finds who looks for the word."""
    return pdf(change=_script).replace(b"/JavaScript", b"/J#61vaScript")


def _attached(writer: PdfWriter) -> None:
    writer.add_attachment("x.exe", b"MZ")


def _locked(writer: PdfWriter) -> None:
    writer.encrypt("secret", algorithm="AES-256")


def deep_pdf() -> bytes:
    """Brackets in brackets, deeper than any reader goes."""
    depth = 200_000
    objects = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R/Deep 4 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n",
        b"4 0 obj" + b"[" * depth + b"]" * depth + b"endobj\n",
    ]
    return assembled(objects)


def endless_pdf() -> bytes:
    """A tree of pages that has itself below it."""
    return assembled(
        [
            b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
            b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj\n",
        ]
    )


def bomb_pdf() -> bytes:
    """Objects in a stream that unfolds to 200 MB."""
    packed = zlib.compress(b"1 0 " + b" " * 200_000_000, 9)
    stream = (
        b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
        + packed
        + b"\nendstream endobj\n"
    )
    return assembled(
        [
            b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n",
            stream,
        ],
        packed_object=5,
    )


def assembled(objects: list[bytes], packed_object: int | None = None) -> bytes:
    """A PDF of these objects, with the table of where they are; or one for an object packed in the last."""
    content, places = b"%PDF-1.7\n", []
    for one in objects:
        places.append(len(content))
        content += one
    at = len(content)
    if packed_object is None:
        content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        content += b"".join(b"%010d 00000 n \n" % place for place in places)
        content += b"trailer<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1)
    else:
        rows = b"\x00\x00\x00\x00\x00" + b"".join(b"\x01" + struct.pack(">I", place) for place in places)
        # Of the packed object, and of the table itself: its number comes last.
        rows = b"".join(row + b"\x00" for row in (rows[i : i + 5] for i in range(0, len(rows), 5)))
        rows += (
            b"\x02" + struct.pack(">I", len(objects)) + b"\x00" + b"\x01" + struct.pack(">I", at) + b"\x00"
        )
        size = packed_object + 2
        content += b"%d 0 obj<</Type/XRef/Size %d/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % (
            packed_object + 1,
            size,
            len(rows),
        )
        content += rows + b"\nendstream endobj\n"
    return content + b"startxref\n%d\n%%%%EOF\n" % at


def cmyk() -> bytes:
    return encoded(picture().convert("CMYK"), "JPEG")


def mpf() -> bytes:
    """A photo with a second picture behind it, as phones take them."""
    return encoded(picture(), "MPO", save_all=True, append_images=[picture(32, 24)])


FILM: Final = struct.pack(">I", 24) + b"ftypmp42" + b"\x00" * 12 + os.urandom(2_000).replace(b"PK", b"pk")
"""How a short film begins that a phone puts behind a photo."""

GOOD: Final[Mapping[str, tuple[Callable[[], bytes], str]]] = {
    "a JPEG": (jpeg, "image/jpeg"),
    "a progressive JPEG": (lambda: jpeg(progressive=True), "image/jpeg"),
    "a gray JPEG": (lambda: encoded(picture().convert("L"), "JPEG"), "image/jpeg"),
    "a CMYK JPEG": (cmyk, "image/jpeg"),
    "a photo with metadata": (lambda: jpeg(exif=exif()), "image/jpeg"),
    "a photo with a preview behind it": (mpf, "image/jpeg"),
    "a photo with a film behind it": (lambda: jpeg() + FILM, "image/jpeg"),
    "a photo with Samsung's notes": (lambda: jpeg() + b"\x00\x00SEFH" + b"\x01" * 20 + b"SEFT", "image/jpeg"),
    "a photo with zeros behind it": (lambda: jpeg() + bytes(512), "image/jpeg"),
    "a PNG": (png, "image/png"),
    "a PNG with alpha": (lambda: encoded(picture().convert("RGBA"), "PNG"), "image/png"),
    "a PNG of a palette": (lambda: encoded(picture().quantize(8), "PNG"), "image/png"),
    "a PNG of 16 bits": (lambda: encoded(Image.new("I;16", (20, 10), 40_000), "PNG"), "image/png"),
    "a PNG of one bit": (lambda: encoded(picture().convert("1"), "PNG"), "image/png"),
    "a WebP": (webp, "image/jpeg"),
    "a lossless WebP": (lambda: webp(lossless=True), "image/jpeg"),
    "a WebP with metadata": (lambda: webp(exif=exif()), "image/jpeg"),
    "a long screenshot": (lambda: png_of(1_080, 20_000), "image/png"),
    "a PDF": (pdf, "application/pdf"),
    "a PDF of many pages": (lambda: pdf(100), "application/pdf"),
}

HTML: Final = b"<html><script>alert(document.cookie)</script></html>"
SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

HOSTILE: Final[Mapping[str, tuple[Callable[[], bytes], str]]] = {
    "nothing": (lambda: b"", "file_empty"),
    "one byte": (lambda: b"\xff", "file_type_refused"),
    "text": (lambda: "发票".encode() * 600, "file_type_refused"),
    "a page": (lambda: HTML, "file_type_refused"),
    "an SVG": (lambda: SVG, "file_type_refused"),
    "an SVG with an XML head": (lambda: b'<?xml version="1.0"?>' + SVG, "file_type_refused"),
    "an archive": (zipped, "file_type_refused"),
    "a program": (lambda: b"\x7fELF" + bytes(2_000), "file_type_refused"),
    "a GIF": (lambda: encoded(picture(), "GIF"), "file_type_refused"),
    "a moving GIF": (lambda: animated("GIF"), "file_type_refused"),
    "a BMP": (lambda: encoded(picture(), "BMP"), "file_type_refused"),
    "a TIFF": (lambda: encoded(picture(), "TIFF"), "file_type_refused"),
    "an AVIF": (lambda: encoded(picture(), "AVIF"), "file_type_refused"),
    "a HEIC": (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(2_000), "file_heic_refused"),
    "a HEIC of another brand": (lambda: b"\x00\x00\x00\x18ftypmif1" + bytes(2_000), "file_heic_refused"),
    "half a JPEG": (lambda: jpeg(640, 480)[:900], "file_broken"),
    "a JPEG without its end": (lambda: jpeg()[:-2], "file_broken"),
    "the head of a JPEG": (lambda: b"\xff\xd8\xff\xe0", "file_broken"),
    "a JPEG of markers alone": (lambda: b"\xff\xd8" + b"\xff\x01" * 2_000_000, "file_broken"),
    "a JPEG of fill bytes": (lambda: b"\xff\xd8" + b"\xff" * 2_000_000, "file_broken"),
    "a JPEG of noise": (lambda: b"\xff\xd8\xff\xe0" + os.urandom(50_000), "file_broken"),
    "a JPEG that is no picture": (lambda: b"\xff\xd8\xff\xfe\x00\x02\xff\xd9", "file_broken"),
    "a JPEG of a thousand scans": (many_scans, "file_broken"),
    "half a PNG": (lambda: png_of(400, 400)[:200], "file_broken"),
    "a PNG without pixels": (lambda: png_of(40, 40, rows=0), "file_broken"),
    "a PNG with a wrong sum": (lambda: png().replace(b"IDAT", b"IDAT\x00", 1), "file_broken"),
    "a PNG with a part nobody knows": (lambda: png_of(9, 9, chunk(b"CgBI", b"\x00")), "file_broken"),
    "a PNG whose notes unfold": (
        lambda: png_of(9, 9, chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(400_000_000), 9))),
        "file_broken",
    ),
    "half a WebP": (lambda: webp(640, 480)[:200], "file_broken"),
    "a WebP of nothing": (lambda: b"RIFF\x04\x00\x00\x00WEBP", "file_broken"),
    "a moving PNG": (lambda: animated("PNG"), "file_animated"),
    "a moving WebP": (lambda: animated("WEBP"), "file_animated"),
    "a bomb of a PNG": (lambda: png_of(30_000, 30_000, rows=1), "file_too_many_pixels"),
    "a PNG one side too long": (lambda: png_of(1, 30_001), "file_too_many_pixels"),
    "a PNG of 51 megapixels": (lambda: png_of(10_200, 5_000), "file_too_many_pixels"),
    "a JPEG that says 65,000 pixels square": (lambda: jpeg_saying(65_000, 65_000), "file_too_many_pixels"),
    "a JPEG with a page behind it": (lambda: jpeg() + HTML, "file_mixed"),
    "a JPEG with an archive behind it": (lambda: jpeg() + zipped(), "file_mixed"),
    "a JPEG with a PDF behind it": (lambda: jpeg() + pdf(), "file_mixed"),
    "a JPEG with anything behind it": (lambda: jpeg() + b"hidden", "file_mixed"),
    "a JPEG with an archive in a film": (lambda: jpeg() + FILM + zipped(), "file_mixed"),
    "a JPEG with a page in its comment": (lambda: with_segment(HTML), "file_mixed"),
    "a JPEG with a PDF in its comment": (lambda: with_segment(pdf()), "file_mixed"),
    "a JPEG with PHP in its comment": (lambda: with_segment(b"<?php system($_GET[0]);"), "file_mixed"),
    "a JPEG with an archive in a segment": (lambda: with_segment(zipped(), 0xE5), "file_mixed"),
    "a PNG with a page behind it": (lambda: png() + HTML, "file_mixed"),
    "a PNG with a JPEG behind it": (lambda: png() + jpeg(), "file_mixed"),
    "a PNG with a script in its notes": (
        lambda: png_of(9, 9, chunk(b"tEXt", b"Comment\x00<ScRiPt src=//x>")), "file_mixed",
    ),
    "a WebP with an archive behind it": (lambda: webp() + zipped(), "file_mixed"),
    "a WebP with anything behind it": (lambda: webp() + b"hidden", "file_mixed"),
    "a PDF with an archive behind it": (lambda: pdf() + zipped(), "file_mixed"),
    "a PDF with a page behind it": (lambda: pdf() + HTML, "file_mixed"),
    "a PDF with a page at its beginning": (
        lambda: pdf().replace(b"\n", b"\n%<html><script>\n", 1), "file_mixed",
    ),
    "half a PDF": (lambda: pdf()[:300], "file_broken"),
    "a PDF of its head and end alone": (lambda: b"%PDF-1.7\n%%EOF", "file_broken"),
    "a PDF without pages": (lambda: pdf(0), "file_broken"),
    "a PDF of noise": (lambda: b"%PDF-1.7\n" + os.urandom(50_000) + b"\n%%EOF", "file_broken"),
    "a PDF of too many pages": (lambda: pdf(101), "file_too_many_pages"),
    "a PDF with a password": (lambda: pdf(change=_locked), "file_locked"),
    "a PDF with a script": (
        lambda: pdf(change=_script), "file_active",
    ),
    "a PDF with a hidden script": (hidden_script, "file_active"),
    "a PDF that starts a program": (lambda: pdf(change=_open_action("/Launch")), "file_active"),
    "a PDF that sends what is in it": (lambda: pdf(change=_open_action("/SubmitForm")), "file_active"),
    "a PDF that opens another file": (lambda: pdf(change=_open_action("/GoToR")), "file_active"),
    "a PDF with a file in it": (
        lambda: pdf(change=_attached), "file_active",
    ),
    "a PDF deeper than anybody reads": (deep_pdf, "file_broken"),
    "a PDF whose pages never end": (endless_pdf, "file_broken"),
    "a PDF that unfolds": (bomb_pdf, "file_broken"),
    "11 MB": (lambda: jpeg() + bytes(11 * 1024 * 1024), "file_too_large"),
    "50 MB": (lambda: jpeg() + bytes(50 * 1024 * 1024), "file_too_large"),
}  # fmt: skip
