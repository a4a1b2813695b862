"""Commands that run a server's processes."""

import os
from pathlib import Path

import click

from server.commands.frame import config_option, plain_errors, settings_from
from server.configuration import load_media_node
from server.errors import MediaPortUnavailable
from server.garbage import start_quickly


@click.command("serve")
@config_option
@click.option(
    "--demo", is_flag=True, default=None, help="With a demo hall and accounts; never in production."
)
@click.option("--host", help="Address to listen on.")
@click.option("--port", help="TCP port of the web server; 0: any free one.")
@click.option("--media-port", help="UDP port of all calls; 0: any free one.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--tls-cert", help="PEM file of the certificate chain.")
@click.option("--tls-key", help="PEM file of the private key.")
@plain_errors
def serve(config: Path | None, **options: object) -> int:
    """Run the server until SIGINT or SIGTERM."""
    settings = settings_from(config, options)
    start_quickly()
    from rtc.errors import MediaUnavailable
    from server import app

    try:
        return app.serve(settings)
    except MediaUnavailable as error:
        raise MediaPortUnavailable(f"{error}; --media-port chooses another") from error


@click.command("media-worker")
@config_option
@click.option("--host", help="Address that media arrive at, unless media_host names another.")
@click.option("--media-port", help="UDP port of its calls; 0: any free one.")
@click.option("--worker-id", hidden=True)
@click.option("--owner", hidden=True)
@click.option("--socket", "descriptor", type=int, hidden=True)
@plain_errors
def media_worker(
    config: Path | None,
    *,
    worker_id: str | None,
    owner: str | None,
    descriptor: int | None,
    **options: object,
) -> int:
    """Carry calls for the servers that use the same Redis, until SIGINT, or SIGTERM and its calls' end."""
    given = {name: value for name, value in options.items() if value is not None}
    settings = load_media_node(os.environ, file=config, options=given)
    start_quickly()
    from rtc.errors import MediaUnavailable
    from server import media_worker as worker

    started = None
    if worker_id is not None and owner is not None and descriptor is not None:
        started = worker.Started(worker_id, owner, descriptor)
    try:
        return worker.run(settings, started)
    except MediaUnavailable as error:
        raise MediaPortUnavailable(f"{error}; --media-port chooses another") from error
