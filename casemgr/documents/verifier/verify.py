"""Checks a sealed file of casemgr with nothing but Python: python3 verify.py FILE.zip [--key PUBLIC_KEY_IN_HEX]

Take this programme from a source you trust, not from the file you check. It says what it checked, in Chinese and English,
and ends with code 0 only if every part, the trail, the kept words and the signature are as they were when it was sealed.
"""

# ruff: noqa: T201  it talks to whoever runs it

import hashlib
import json
import sys
import zipfile

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
FIELDS = ("stream", "stream_id", "seq", "kind", "at", "actor", "actor_id", "post_id", "data")
OUTSIDE = {"manifest.json", "signature.txt"}


def recover_x(y, sign):
    """The x of a point of the curve, or None."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point(raw):
    """A point from 32 bytes in extended coordinates, or None."""
    number = int.from_bytes(raw, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(p, q):
    """The sum of two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, p):
    """A point so many times."""
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, p)
        p, n = add(p, p), n >> 1
    return total


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def is_signed(public, signature, message):
    """Ed25519 (RFC 8032, 5.1.7)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = point(public), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(h, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def plain(value):
    """JSON as it is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def faults_of_parts(archive, manifest):
    """Parts that are missing, too many or altered."""
    wanted = {part["name"]: part for part in manifest["parts"]}
    names = archive.namelist()
    for name in sorted(set(names) - set(wanted) - OUTSIDE):
        yield f"{name}: 多出的文件 / not in the manifest"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: 重复的文件 / there twice"
    for name, part in wanted.items():
        if name not in names:
            yield f"{name}: 缺失 / missing"
            continue
        content = archive.read(name)
        if len(content) != part["size"] or hashlib.sha256(content).hexdigest() != part["sha256"]:
            yield f"{name}: 已被改动 / altered"


def faults_of_trail(archive, manifest):
    """Entries that do not follow from the one before, kept words that do not give their digest, a cut end."""
    seq, end, digests = 0, "", {}
    for line in archive.read("trail.jsonl").decode().splitlines():
        event = json.loads(line)
        body = plain({name: event[name] for name in FIELDS})
        if event["seq"] != seq + 1 or event["prev"] != end:
            yield f"trail {event['seq']}: 与前一条不衔接 / does not follow"
        if hashlib.sha256((event["prev"] + body).encode()).hexdigest() != event["hash"]:
            yield f"trail {event['seq']}: 已被改动 / altered"
        seq, end = event["seq"], event["hash"]
        digests.update({(seq, name): digest for name, digest in (event["data"].get("digests") or {}).items()})
    if {"seq": seq, "hash": end} != manifest["head"]:
        yield "trail: 末尾不符 / its end is not the one sealed"
    for line in archive.read("values.jsonl").decode().splitlines():
        kept = json.loads(line)
        digest = hashlib.sha256((kept["salt"] + plain(kept["value"])).encode()).hexdigest()[:32]
        if digests.pop((kept["seq"], kept["name"]), None) != digest:
            yield f"values {kept['seq']} {kept['name']}: 已被改动 / altered"
    if len(digests) != manifest["erased"]:
        yield "values: 数量不符 / some are missing"


def check(path, key=""):
    """All faults of a sealed file, and its manifest."""
    with zipfile.ZipFile(path) as archive:
        raw = archive.read("manifest.json")
        manifest = json.loads(raw)
        faults = []
        signature = archive.read("signature.txt").decode("ascii")
        if len(signature) != 128 or not is_signed(bytes.fromhex(manifest["public_key"]), bytes.fromhex(signature), raw):
            faults.append("signature.txt: 签名无效 / the signature is not right")
        if key and key.lower() != manifest["public_key"]:
            faults.append("manifest.json: 不是该公钥签名 / signed with another key")
        faults += faults_of_parts(archive, manifest)
        if not faults:
            faults += faults_of_trail(archive, manifest)
    return faults, manifest


def main(arguments):
    """Check the file named and say what was found."""
    if not arguments or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    key = arguments[arguments.index("--key") + 1] if "--key" in arguments[:-1] else ""
    try:
        faults, manifest = check(arguments[0], key)
    except Exception as error:  # whatever is broken, the file is not as it was sealed
        print(f"无法读取,视为已被改动 / cannot be read, so it was altered: {type(error).__name__}")
        return 1
    for fault in faults:
        print(fault)
    if faults:
        print("校验未通过 / REFUSED")
        return 1
    print(f"校验通过 / all as sealed: {manifest['number'] or manifest['case_id']}, {manifest['sealed_at']}, "
          f"{len(manifest['parts'])} parts, {manifest['head']['seq']} entries")
    print(f"签名公钥 / signed with the key: {manifest['public_key']}")
    if not key:
        print("请与该单位公布的公钥核对 / compare it with the key the office has published, or give it with --key")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
