"""Uploads a file with tuspy: a first piece by one client, the rest by another that goes on."""

import sys

from tusclient import client

url, authorization, scope, blob, path = sys.argv[1:]
tus = client.TusClient(url, headers={"Authorization": authorization})
metadata = {"scope": scope, "blob": blob}

first = tus.uploader(path, chunk_size=200_000, metadata=metadata, upload_checksum=True)
first.upload_chunk()
assert first.offset == 200_000, first.offset

second = tus.uploader(path, chunk_size=200_000, url=first.url)
assert second.offset == 200_000, second.offset
second.upload()
assert second.offset == 700_000, second.offset
