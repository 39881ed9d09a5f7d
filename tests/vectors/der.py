"""DER (X.690) writing: every value is the bytes of one complete TLV."""


def length(size):
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag, *content):
    content = b"".join(content)
    return bytes([tag]) + length(len(content)) + content


# --- universal types, in tag order --------------------------------------------------------------

def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def integer(value):
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return tlv(0x02, value.to_bytes(size, "big", signed=True))


def bits(octets, unused=0):
    return tlv(0x03, bytes([unused]), octets)


def named_bits(*numbers):
    """A BIT STRING with a named bit list: trailing zero bits are dropped (X.690 11.2.2)."""
    if not numbers:
        return bits(b"")
    size = max(numbers) // 8 + 1
    value = sum(1 << (8 * size - 1 - number) for number in set(numbers))
    return bits(value.to_bytes(size, "big"), 7 - max(numbers) % 8)


def octets(value):
    return tlv(0x04, value)


NULL = tlv(0x05)


def oid(dotted):
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, *(base128(arc) for arc in [40 * first + second, *rest]))


def base128(arc):
    groups = [arc & 0x7f]
    while arc := arc >> 7:
        groups.insert(0, 0x80 | arc & 0x7f)
    return bytes(groups)


def enumerated(value):
    return b"\x0a" + integer(value)[1:]


def utf8(text):
    return tlv(0x0c, text.encode())


def seq(*elements):
    return tlv(0x30, *elements)


def set_of(*elements):
    """SET OF: elements in ascending order of their encodings (X.690 11.6)."""
    return tlv(0x31, *sorted(elements))


def numeric(text):
    return tlv(0x12, text.encode("ascii"))


def printable(text):
    return tlv(0x13, text.encode("ascii"))


def teletex(text):
    return tlv(0x14, text.encode("latin-1"))


def ia5(text):
    return tlv(0x16, text.encode("ascii"))


def utc_time(text):
    return tlv(0x17, text.encode("ascii"))


def gen_time(text):
    return tlv(0x18, text.encode("ascii"))


def universal(text):
    return tlv(0x1c, text.encode("utf-32-be"))


def bmp(text):
    return tlv(0x1e, text.encode("utf-16-be"))


# --- tagging ------------------------------------------------------------------------------------

def exp(number, *elements):
    """[number] EXPLICIT; also a SEQUENCE's content under an IMPLICIT tag written out by hand."""
    return tlv(0xa0 | number, *elements)


def imp(number, element):
    """[number] IMPLICIT: the tag replaced, the constructed bit kept."""
    return bytes([0x80 | element[0] & 0x20 | number]) + element[1:]


def application(number, *elements):
    return tlv(0x60 | number, *elements)


def content(element):
    """What is inside a TLV."""
    skip = 2 if element[1] < 0x80 else 2 + (element[1] & 0x7f)
    return element[skip:]
