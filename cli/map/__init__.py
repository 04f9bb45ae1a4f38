"""`pointsman map`: the tier map, which decides where prompts go. One file a group of commands."""

from __future__ import annotations

import typer

from cli.map import check, edit, release, show, simulate

app = typer.Typer(help="Show, check, edit and release the tier map.", no_args_is_help=True)

for command in (
    *(show.show, show.status, show.history),
    *(edit.seed, edit.put, edit.profiles, edit.export, edit.apply),
    *(check.validate, check.diff, check.lint, check.schema),
    simulate.simulate,
    *(release.rollback, release.publish, release.hold, release.migrate),
):
    app.command()(command)
app.add_typer(release.canary, name="canary")
app.add_typer(release.shadow, name="shadow")
