"""Textbook cryptography for the hand-made vectors, so that their MACs, signatures and envelopes
are real and come out the same on every run. Slow, not constant time: for tests only."""
import hashlib
import hmac

import der


def fill(label, size):
    """Octets that look random, stay the same and can be made again from their label."""
    return hashlib.shake_256(label.encode()).digest(size)


def number(label, below):
    return int.from_bytes(fill(label, (below.bit_length() + 7) // 8 + 8), "big") % (below - 1) + 1


# --- P-256: ECDSA (FIPS 186-4) and Diffie-Hellman -----------------------------------------------

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)


def p256_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b else \
        (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def p256_mul(scalar, point=G):
    total = None
    while scalar:
        if scalar & 1:
            total = p256_add(total, point)
        point = p256_add(point, point)
        scalar >>= 1
    return total


def p256_point(point):
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def ecdsa_sha256(private, message):
    digest = hashlib.sha256(message).digest()
    k = number(f"ecdsa {private} {digest.hex()}", N)
    r = p256_mul(k)[0] % N
    s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * private) % N
    return der.seq(der.integer(r), der.integer(s))


# --- Ed25519 (RFC 8032) -------------------------------------------------------------------------

Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
BY = 4 * pow(5, -1, Q) % Q
BX = 15112221349535400772501151409588531511454012693041857206046113283949847762202
B = (BX, BY)


def ed_add(a, b):
    product = D * a[0] * b[0] * a[1] * b[1] % Q
    return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, Q) % Q,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, Q) % Q)


def ed_mul(scalar, point=B):
    total = (0, 1)
    while scalar:
        if scalar & 1:
            total = ed_add(total, point)
        point = ed_add(point, point)
        scalar >>= 1
    return (total[1] | (total[0] & 1) << 255).to_bytes(32, "little")


def ed25519_scalar(seed):
    low = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return low & (1 << 254) - 8 | 1 << 254


def ed25519_public(seed):
    return ed_mul(ed25519_scalar(seed))


def ed25519_sign(seed, message):
    def hash_number(*parts):
        return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L
    scalar, prefix = ed25519_scalar(seed), hashlib.sha512(seed).digest()[32:]
    r = hash_number(prefix, message)
    point = ed_mul(r)
    s = (r + hash_number(point, ed25519_public(seed), message) * scalar) % L
    return point + s.to_bytes(32, "little")


# --- RSA (RFC 8017) -----------------------------------------------------------------------------

def is_prime(candidate):
    if any(candidate % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(base, odd, candidate)
        if x not in (1, candidate - 1) and \
                not any((x := x * x % candidate) == candidate - 1 for _ in range(twos - 1)):
            return False
    return True


def prime(label, size):
    candidate = int.from_bytes(fill(label, size // 8), "big") | 3 << size - 2 | 1
    while candidate % 65537 == 1 or not is_prime(candidate):
        candidate += 2
    return candidate


def rsa_key(label, size=2048):
    """(n, e, d, p, q)"""
    p, q = prime(label + " p", size // 2), prime(label + " q", size // 2)
    return p * q, 65537, pow(65537, -1, (p - 1) * (q - 1)), p, q


def rsa_private_key(key):
    n, e, d, p, q = key
    return der.seq(*map(der.integer, (0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))


def rsa_raise(octets, exponent, n):
    size = (n.bit_length() + 7) // 8
    return pow(int.from_bytes(octets, "big"), exponent, n).to_bytes(size, "big")


def mgf1_sha256(seed, size):
    blocks = (hashlib.sha256(seed + i.to_bytes(4, "big")).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def rsa_oaep_sha256(key, message):
    size = (key[0].bit_length() + 7) // 8
    block = hashlib.sha256().digest() + bytes(size - len(message) - 66) + b"\x01" + message
    seed = fill("oaep " + message.hex(), 32)
    block = xor(block, mgf1_sha256(seed, len(block)))
    return rsa_raise(b"\x00" + xor(seed, mgf1_sha256(block, 32)) + block, key[1], key[0])


def rsa_pkcs1_sha256(key, message):
    size = (key[0].bit_length() + 7) // 8
    info = der.seq(der.seq(der.oid("2.16.840.1.101.3.4.2.1"), der.NULL),
                   der.octets(hashlib.sha256(message).digest()))
    return rsa_raise(b"\x00\x01" + b"\xff" * (size - len(info) - 3) + \
                     b"\x00" + info, key[2], key[0])


def rsa_pss_sha256(key, message):
    """2048-bit keys: the encoded message has 2047 bits, so its first bit is cleared."""
    salt = fill("pss " + message.hex(), 32)
    digest = hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()
    block = bytes(256 - 32 - 32 - 2) + b"\x01" + salt
    masked = bytearray(xor(block, mgf1_sha256(digest, len(block))))
    masked[0] &= 0x7f
    return rsa_raise(bytes(masked) + digest + b"\xbc", key[2], key[0])


# --- AES (FIPS 197), CBC, key wrap (RFC 3394) -----------------------------------------------------

def make_sbox():
    sbox, p, q = [0x63] * 256, 1, 1
    while True:
        p ^= (p << 1) & 0xff ^ (0x1b if p & 0x80 else 0)                # times 3
        q ^= q << 1
        q ^= q << 2
        q = (q ^ q << 4) & 0xff                                          # divided by 3
        q ^= 0x09 if q & 0x80 else 0
        rotated = q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4)
        sbox[p] = (rotated ^ 0x63) & 0xff
        if p == 1:
            return sbox


SBOX = make_sbox()


def aes_round_keys(key):
    words = [key[i:i + 4] for i in range(0, len(key), 4)]
    size, rcon = len(words), 1
    while len(words) < 4 * (size + 7):
        word = words[-1]
        if len(words) % size == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ rcon]) + word[1:]
            rcon = rcon << 1 ^ (0x11b if rcon & 0x80 else 0)
        elif size > 6 and len(words) % size == 4:
            word = bytes(SBOX[b] for b in word)
        words.append(xor(words[-size], word))
    return [b"".join(words[i:i + 4]) for i in range(0, len(words), 4)]


def aes_mix(column):
    total = column[0] ^ column[1] ^ column[2] ^ column[3]

    def twice(b):
        return b << 1 ^ (0x11b if b & 0x80 else 0)
    return bytes(b ^ total ^ twice(b ^ column[(i + 1) % 4]) for i, b in enumerate(column))


def aes_block(key, block):
    first, *middle, last = aes_round_keys(key)
    state = xor(block, first)
    for round_key in middle:
        state = bytes(SBOX[state[(5 * i) % 16]] for i in range(16))      # SubBytes and ShiftRows
        state = xor(b"".join(aes_mix(state[i:i + 4]) for i in range(0, 16, 4)), round_key)
    return xor(bytes(SBOX[state[(5 * i) % 16]] for i in range(16)), last)


def aes_cbc(key, iv, message):
    pad = 16 - len(message) % 16
    message += bytes([pad]) * pad
    result = [iv]
    for i in range(0, len(message), 16):
        result.append(aes_block(key, xor(message[i:i + 16], result[-1])))
    return b"".join(result[1:])


def aes_wrap(kek, key):
    a, r = b"\xa6" * 8, [key[i:i + 8] for i in range(0, len(key), 8)]
    for step in range(6 * len(r)):
        i = step % len(r)
        block = aes_block(kek, a + r[i])
        a, r[i] = xor(block[:8], (step + 1).to_bytes(8, "big")), block[8:]
    return a + b"".join(r)


# --- key derivation -----------------------------------------------------------------------------

def pbm_key(secret, salt, iterations, owf="sha256"):
    """RFC 9810 5.1.3.1: the salted secret is the input of the first iteration."""
    key = secret + salt
    for _ in range(iterations):
        key = hashlib.new(owf, key).digest()
    return key


def x963_kdf(shared, info, size):
    """RFC 5753: one block is enough for a 32-octet key."""
    return hashlib.sha256(shared + b"\x00\x00\x00\x01" + info).digest()[:size]


def kdf3_sha256(shared, size):
    return hashlib.sha256(b"\x00\x00\x00\x01" + shared).digest()[:size]


def hkdf_sha256(shared, info, size):
    """RFC 5869 without salt; one block."""
    prk = hmac.digest(bytes(32), shared, "sha256")
    return hmac.digest(prk, info + b"\x01", "sha256")[:size]
