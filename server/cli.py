"""``shuitong``: the installed command."""

from typing import Final

import click

from server.commands import keeping, looking, measuring, serving

COMMANDS: Final = (
    serving.serve,
    serving.media_worker,
    looking.check_config,
    looking.doctor,
    looking.check_catalogue,
    looking.list_settings,
    looking.new_key,
    looking.show_version,
    keeping.create_admin,
    keeping.rotate_keys,
    keeping.verify_audit,
    keeping.make_backup,
    keeping.restore_backup,
    keeping.run_retention,
    measuring.list_features,
    measuring.run_bench,
    measuring.run_soak,
    measuring.run_load,
    measuring.generate_load,
    measuring.plan_capacity,
    measuring.generate_types,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Shuitong: ticket queue, officer's call and video for tax business."""


for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()
