"""The `pointsman` command. What goes wrong is one line on stderr and exit code 1."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import feedback, keys, map, report, route, teams
from cli.failures import explain
from cli.stage import Stage


class Explaining(TyperGroup):
    """A group whose commands end with one clear line where they fail."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            line = explain(error)
            if line is None:
                raise
            typer.echo(f"pointsman: {line}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Explaining,
    help="Looks after a deployment of Pointsman: who may call it, and where prompts go.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(feedback.app, name="feedback")
app.add_typer(keys.app, name="keys")
app.add_typer(teams.app, name="teams")
app.add_typer(map.app, name="map")
app.add_typer(report.app, name="report")
app.command("route")(route.route)


@app.callback()
def options(
    context: typer.Context,
    stage: Annotated[str, typer.Option(envvar="POINTSMAN_STAGE", help="Which deployment: its stage.")] = "dev",
) -> None:
    context.obj = Stage(stage)
