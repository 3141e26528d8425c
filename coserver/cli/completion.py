"""`coserver completion`: what a shell needs to complete commands."""

import click

from coserver.cli import main


@click.command
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for SHELL.

    For bash, put this into ~/.bashrc:  eval "$(coserver completion bash)"
    """
    click.echo(main.shell_complete(shell).source())
