"""`reclaim schemas`: write the published language, or check that what is written is current."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.published import documents


@click.group("schemas")
def schemas_group() -> None:
    """JSON Schema of every event and record, and the AsyncAPI document."""


@schemas_group.command("write")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def write(folder: Path) -> None:
    """Write every document into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")
    click.echo(f"{len(documents())} documents written")


@schemas_group.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path) -> None:
    """Fail where FOLDER is not what `write` would write."""
    expected = documents()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    stale = sorted(name for name in expected | present if expected.get(name) != present.get(name))
    if stale:
        raise click.ClickException(f"not current: {', '.join(stale)}; run `reclaim schemas write {folder}`")
    click.echo("current")
