"""Checks a dossier with standard tools only, as docs/dossier.md says; check 8 is left to Automerge.

Needs the packages `cryptography` (Ed25519) and `blake3`. Ends with 1 and the first fault."""

import hashlib
import json
import sys
import zipfile

from blake3 import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = "b1094992c0ccd8ba97b1dbb5567f01f08b416b0d659a5dc931b08e8d73b83a50"
NEVER = 2**63 - 1


def demand(holds, what):
    if not holds:
        sys.exit(f"FAULT: {what}")


def verify(key, signature, message, what):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        sys.exit(f"FAULT: {what}")


def b3(*parts):
    return blake3(b"".join(parts)).digest()


def u64(number):
    return number.to_bytes(8, "little")


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        part = self.data[self.at : self.at + count]
        demand(len(part) == count, "a record ends early")
        self.at += count
        return part

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def leb128(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value


def read_parcel(name, data, community):
    """2: the header of a parcel or statement, whose signature holds."""
    demand(name.endswith(b3(data).hex() + ".parcel"), f"{name}: its id")
    demand(data[:4] == b"FWP\x01" and data[8:40] == community, f"{name}: of this community")
    parcel = {
        "id": b3(data),
        "kind": data[4],
        "scope": data[40:56],
        "device": data[56:88],
        "generation": data[88:96],
        "seq": int.from_bytes(data[96:104], "little"),
        "body": data[240:],
    }
    demand(data[144:176] == b3(parcel["body"]), f"{name}: its body")
    prefix = b"floorwalk/statement/1\0" if parcel["kind"] == 3 else b"floorwalk/parcel/1\0"
    verify(parcel["device"], data[176:240], prefix + data[:176], f"{name}: its signature")
    return parcel


def read_scopes(reader):
    count = reader.number(4)
    return None if count == 0xFFFFFFFF else {reader.take(16) for _ in range(count)}


def read_members(statements, root, community):
    """3: who was admitted, and whom somebody revoked."""
    founded, admins, members, invitations, revoked = False, set(), {}, {}, {}
    todo = [(int.from_bytes(one["body"][:8], "little"), one) for one in statements]
    for _, one in sorted(todo, key=lambda pair: (pair[0], pair[1]["id"])):
        reader, author = Reader(one["body"]), one["device"]
        reader.take(8)
        tag = reader.take(1)[0]
        may = author == root or author in admins
        if tag == 1 and author == root:
            founded = True
        elif tag == 2 and author == root:
            device = reader.take(32)
            admins.add(device)
            members[device] = (None, NEVER)
        elif tag == 3 and may:
            device = reader.take(32)
            reader.take(33)
            members[device] = (read_scopes(reader), reader.number(8))
        elif tag == 4 and may:
            invitation = reader.take(32)
            reader.take(33)
            invitations[invitation] = (read_scopes(reader), reader.number(8))
    # Acceptances order nothing: they may stand before what they accept.
    for _, one in todo:
        reader, author = Reader(one["body"]), one["device"]
        reader.take(8)
        tag = reader.take(1)[0]
        if tag == 6:
            invitation, receive, proof = reader.take(32), reader.take(32), reader.take(64)
            if invitation in invitations:
                message = b"floorwalk/acceptance/1\0" + community + author + receive
                verify(invitation, proof, message, "the proof of an invitation's secret")
                members.setdefault(author, invitations[invitation])
        elif tag == 7 and (author == root or author in admins):
            device, cuts = reader.take(32), {}
            for _ in range(reader.number(4)):
                scope, generation, seq = reader.take(16), reader.take(8), reader.number(8)
                reader.take(32)
                cuts[scope, generation] = seq
            revoked[device] = cuts
    demand(founded, "the founding statement")
    return admins, members, revoked


def change_hash(data):
    """4: a change's hash, and what it depends on."""
    reader = Reader(data)
    demand(reader.take(4) == b"\x85\x6f\x4a\x83", "a change's magic")
    digest = hashlib.sha256(data[8:]).digest()
    demand(reader.take(4) == digest[:4], "a change's checksum")
    demand(reader.take(1) == b"\x01" and reader.leb128() == len(data) - reader.at, "a change's length")
    return digest, [reader.take(32) for _ in range(reader.leb128())]


def follow(leaf, proof):
    """5: the root that a leaf leads to."""
    place, last, value = proof["index"], proof["leaves"] - 1, leaf
    for sibling in map(bytes.fromhex, proof["path"]):
        if place % 2 == 1 or place == last:
            value = b3(b"\x01", sibling, value)
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            value = b3(b"\x01", value, sibling)
        place, last = place // 2, last // 2
    demand(last == 0, "a path's length")
    return value


def check_receipt(receipt, relay, community, scope, what):
    """6: the chain leads to a head that the relay signed."""
    head = bytes.fromhex(receipt["head"])
    history, position, chain = head[:16], int.from_bytes(head[64:72], "little"), head[72:104]
    demand(head[16:48] == community and head[48:64] == scope, f"{what}: its list")
    verify(relay, head[104:], b"floorwalk/relay-head/1\0" + head[:104], f"{what}: the relay's word")
    if receipt["position"] == 1:
        running = b3(b"floorwalk/chain/1\0", history, community, scope)
    else:
        running = bytes.fromhex(receipt["before"])
    for parcel, at in receipt["entries"]:
        running = b3(running, bytes.fromhex(parcel), u64(at))
    end = receipt["position"] + len(receipt["entries"]) - 1
    demand(running == chain and end == position, f"{what}: its chain")


def main(path):
    archive = zipfile.ZipFile(path)
    with open(path, "rb") as file:
        whole = file.read()
    words = archive.comment.decode("ascii").split(" ")
    demand(len(archive.comment) == 278 and words[0] == "floorwalk-dossier/1", "the comment")
    device, manifest_hash, signature = map(bytes.fromhex, words[1:])
    before = whole[: -len(archive.comment)]
    message = b"floorwalk/dossier/1\0" + hashlib.sha256(before).digest() + manifest_hash
    verify(device, signature, message, "the archive's signature")
    files = {name: archive.read(name) for name in archive.namelist()}
    demand(hashlib.sha256(files["manifest.json"]).digest() == manifest_hash, "the manifest's hash")
    manifest = json.loads(files["manifest.json"])
    demand(manifest["format"] == "floorwalk-dossier" and manifest["version"] == 1, "the format")
    names = {entry["name"] for entry in manifest["files"]}
    demand(names | {"manifest.json"} == set(files), "the list of files")
    for entry in manifest["files"]:
        data = files[entry["name"]]
        same = (len(data), hashlib.sha256(data).hexdigest(), b3(data).hex())
        demand(same == (entry["bytes"], entry["sha256"], entry["blake3"]), entry["name"])

    root, community = bytes.fromhex(manifest["root"]), bytes.fromhex(manifest["community"])
    demand(b3(root) == community, "the root is the community's")
    scope, document = bytes.fromhex(manifest["scope"]), bytes.fromhex(manifest["document"])
    relay = bytes.fromhex(manifest["relay"]) if manifest["relay"] else None
    statements = [read_parcel(name, files[name], community) for name in manifest["statements"]]
    admins, members, revoked = read_members(statements, root, community)
    demand(device in members and device not in revoked, "the exporter is a member")
    if manifest["statements_receipt"]:
        receipt, known = manifest["statements_receipt"], {one["id"].hex() for one in statements}
        check_receipt(receipt, relay, community, bytes(16), "statements")
        demand(receipt["position"] == 1, "the receipt of statements starts at the beginning")
        demand({parcel for parcel, _ in receipt["entries"]} <= known, "no statement is hidden")

    changes = {entry["hash"]: change_hash(files[entry["file"]]) for entry in manifest["changes"]}
    for stated, (digest, dependencies) in changes.items():
        demand(digest.hex() == stated, f"change {stated}")
        for dependency in dependencies:
            demand(dependency.hex() in changes or dependency.hex() == GENESIS, "a dependency")
    attested = set()
    for entry in manifest["parcels"]:
        name = entry["file"]
        parcel = read_parcel(name, files[name], community)
        demand(parcel["kind"] == 1 and parcel["scope"] == scope, f"{name}: of this building")
        scopes, expires = members.get(parcel["device"], (set(), 0))
        allowed = scopes is None or scope in scopes or parcel["device"] in admins
        demand(allowed, f"{name}: its device was a member")
        if parcel["device"] in revoked:
            cut = revoked[parcel["device"]].get((scope, parcel["generation"]), 0)
            demand(parcel["seq"] <= cut, f"{name}: its device was not revoked before")
        mine = [changes[hash] for hash in entry["changes"]]
        built_on = {dependency for _, dependencies in mine for dependency in dependencies}
        heads = sorted(digest for digest, _ in mine if digest not in built_on)
        leaf = b3(b"\x00", bytes.fromhex(entry["proof"]["blind"]), document, *heads)
        demand(parcel["body"][0] == 2, f"{name}: the version of its body")
        demand(follow(leaf, entry["proof"]) == parcel["body"][1:33], f"{name}: what it attests")
        attested |= set(entry["changes"])
        if entry["receipt"]:
            check_receipt(entry["receipt"], relay, community, scope, name)
            first, at = entry["receipt"]["entries"][0]
            demand(first == parcel["id"].hex() and at < expires, f"{name}: its receipt")
    demand(attested == set(changes), "every change is attested")

    texts = b"".join(files[entry["file"]] for entry in manifest["changes"])
    for entry in manifest["evidence"]:
        facts, what = json.loads(entry["facts"]), f"evidence {entry['hash']}"
        key, signature = bytes.fromhex(entry["device"]), bytes.fromhex(entry["signature"])
        message = b"floorwalk/evidence/1\0" + entry["facts"].encode()
        verify(key, signature, message, f"{what}: its signature")
        demand(key in members, f"{what}: its device was a member")
        of_this = (facts["community"], facts["document"], facts["device"], facts["sha256"])
        stated = (manifest["community"], manifest["document"], entry["device"], entry["hash"])
        demand(of_this == stated, f"{what}: of this complaint")
        demand(entry["hash"].encode() in texts, f"{what}: stands in a change")
        if entry["file"]:
            data = files[entry["file"]]
            expected = entry["copy"] or facts["sha256"]
            demand(hashlib.sha256(data).hexdigest() == expected, f"{what}: its bytes")
            if not entry["copy"]:
                demand(b3(data).hex() == facts["blake3"], f"{what}: its bytes")
    print(f"every check holds: {len(files)} files, {len(manifest['evidence'])} pieces of evidence")


main(sys.argv[1])
