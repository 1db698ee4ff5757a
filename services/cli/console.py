"""`reclaim console`: the web application, its users and their sessions."""

from __future__ import annotations

import ipaddress
import secrets
import sys
from datetime import timedelta
from typing import Final

import click

from services.cli.options import settings_options
from services.console.access.roles import Role
from services.console.access.sessions import Sessions
from services.console.access.users import User, UserFileError, Users
from services.console.serving import ConsoleFolder, listen, running_at, serve
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import unusable
from services.runtime.settings import Settings

PORT: Final = 8620
FIRST_USER: Final = "demo"
NOBODY: Final = "nobody can sign in yet: `reclaim console user add NAME --role coder`"


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--public-url", metavar="URL", help="How browsers reach it through a proxy that ends TLS (https://...)."
)
@click.option(
    "--first-user",
    is_flag=True,
    help="Where nobody can sign in yet: add `demo`, and print its password once.",
)
@settings_options
@click.pass_context
def console(
    context: click.Context,
    settings: Settings,
    host: str,
    port: int,
    public_url: str | None,
    first_user: bool,
) -> None:
    """Serve the console: worklist, claims, numbers, operations. Until Ctrl-C.

    First add somebody: reclaim console user add NAME --role coder
    """
    if context.invoked_subcommand is not None:
        return
    if not _is_loopback(host) and not (public_url or "").startswith("https://"):
        raise WrongUse(
            "--host is reachable from other machines: say with --public-url https://... which proxy ends TLS before it"
        )
    if public_url is not None and not public_url.startswith("https://"):
        raise WrongUse("--public-url begins with https://")
    # First of all, so that nothing is begun where it cannot be served.
    listening = listen(host, port)
    users = Users(ConsoleFolder(settings.data).users)
    nobody = not settings.provider and not _all(users)
    if nobody and first_user:
        if public_url is not None:
            raise WrongUse("--first-user is for a look at the examples on this machine")
        password = secrets.token_urlsafe(12)
        try:
            users.add(FIRST_USER, Role, password)
        except OSError as error:
            raise unusable(error) from None
        click.echo(f"Sign in as {FIRST_USER} with the password {password} (it is not shown again)")
    elif nobody and public_url is None:
        raise WrongUse(f"{NOBODY}; or --first-user, for a look")
    elif nobody:
        # A deployment starts it first and adds people then; the file is read at each sign-in.
        click.echo(NOBODY, err=True)
    serve(settings, listening, public_url)


def _all(users: Users) -> tuple[User, ...]:
    try:
        return users.all()
    except UserFileError as error:
        raise WrongUse(str(error)) from None
    except OSError as error:
        raise unusable(error) from None


@console.group()
def user() -> None:
    """The local users: who may sign in with a password."""


@user.command("add")
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role])
)
@settings_options
def add_user(settings: Settings, name: str, roles: tuple[str, ...]) -> None:
    """Add NAME, or give NAME new roles and a new password, asked for here or read from standard input."""
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    folder = ConsoleFolder(settings.data)
    try:
        added = Users(folder.users).add(name, [Role(role) for role in roles], password)
    except UserFileError as error:
        raise WrongUse(str(error)) from None
    Sessions(folder.sessions).revoke(added.name)
    click.echo(f"{added.name}: {', '.join(added.roles)}")


@user.command("remove")
@click.argument("name")
@settings_options
def remove_user(settings: Settings, name: str) -> None:
    """Remove NAME and end NAME's sessions and tokens."""
    folder = ConsoleFolder(settings.data)
    if not Users(folder.users).remove(name):
        raise Failure("there is no such user")
    Sessions(folder.sessions).revoke(name)
    click.echo(f"{name}: removed, signed out everywhere")


@user.command("list")
@settings_options
def list_users(settings: Settings) -> None:
    """Everybody, with their roles."""
    for one in Users(ConsoleFolder(settings.data).users).all():
        click.echo(f"{one.name}: {', '.join(one.roles)}")


@console.command("where")
@settings_options
def where(settings: Settings) -> None:
    """Print the address of the console that runs on this data folder."""
    address = running_at(ConsoleFolder(settings.data))
    if address is None:
        raise Failure("no console runs on this data folder: `reclaim console` starts one")
    click.echo(address)


@console.command("sign-out")
@click.argument("name")
@settings_options
def sign_out(settings: Settings, name: str) -> None:
    """End every session and token of NAME."""
    click.echo(f"{name}: {Sessions(ConsoleFolder(settings.data).sessions).revoke(name)} ended")


@console.command("token")
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role])
)
@click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 366), help="How long it is good for."
)
@settings_options
def token(settings: Settings, name: str, roles: tuple[str, ...], days: int) -> None:
    """Print a bearer token for a program that asks the JSON API as NAME. It is shown once."""
    click.echo(Sessions(ConsoleFolder(settings.data).sessions).issue(name, roles, timedelta(days=days)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
