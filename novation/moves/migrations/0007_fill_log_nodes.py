"""Logs that are older than the tables of 0006: their nodes, and the documents that their entries name."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import migrations

LEVEL = 8
CHUNK = 2000


def fill(apps: Any, schema_editor: Any) -> None:
    from novation.evidence.frontier import Frontier

    event_model, node_model = apps.get_model("moves", "Event"), apps.get_model("moves", "LogNode")
    document_model = apps.get_model("moves", "Document")
    named_model = event_model.documents.through
    kept = set(document_model.objects.values_list("sha256", flat=True))
    frontier = Frontier()
    nodes, named = [], []
    for seq, leaf, body in _rows(event_model):
        nodes += [
            node_model(level=level, index=index, hash=node)
            for level, index, node in frontier.completed(leaf)
            if level >= LEVEL
        ]
        frontier = frontier.append(leaf)
        names = json.loads(body)["data"].get("documents", []) if b'"documents":' in body else []
        named += [named_model(event_id=seq, document_id=name) for name in names if name in kept]
        if len(named) >= CHUNK:
            named_model.objects.bulk_create(named)
            named = []
    named_model.objects.bulk_create(named)
    node_model.objects.bulk_create(nodes, batch_size=CHUNK)


def _rows(event_model: Any) -> Iterator[tuple[int, bytes, bytes]]:
    rows = event_model.objects.order_by("seq").values_list("seq", "leaf", "body")
    for seq, leaf, body in rows.iterator(chunk_size=CHUNK):
        yield seq, bytes(leaf), bytes(body)


class Migration(migrations.Migration):
    dependencies = [("moves", "0006_log_nodes")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
