"""Registers "openstack coe helper check", "support" and "version".

Each starts the program openstack-coe-helper that was installed together with this
module, passes on what was typed, and ends with the program's exit status.
"""

import os
import shutil
import subprocess
import sys
from importlib import metadata

from osc_lib import exceptions
from osc_lib.command import command

NAME = "openstack-coe-helper"

# What the program's commands take. Written by the release from the program itself.
COMMANDS = {}

# Options of openstack itself that say where and as whom to sign in. The program reads
# them as OS_ variables: other users of the machine see arguments, but no environment.
SIGN_IN = (
    "application_credential_id", "application_credential_name", "application_credential_secret",
    "auth_type", "auth_url", "cacert", "cert", "cloud", "interface", "key", "passcode", "password",
    "project_domain_id", "project_domain_name", "project_id", "project_name", "region_name", "token",
    "user_domain_id", "user_domain_name", "user_id", "username",
)


def program():
    """Returns the path of the program that belongs to this very module.

    Another version may be first on PATH or on PYTHONPATH, so only the list of files
    that the installer wrote beside this module counts. `pip install --target` moves
    programs afterwards and leaves the list as it was.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    places = [
        distribution.locate_file(file)
        for distribution in metadata.distributions(name=NAME, path=[here])
        for file in distribution.files or ()
        if file.stem == NAME
    ]
    places += [os.path.join(here, "bin", NAME), os.path.join(here, "bin", NAME + ".exe")]
    for place in places:
        if os.path.isfile(place):
            return os.path.normpath(place)
    raise exceptions.CommandError(
        f"the program {NAME} is not where it was installed with {os.path.abspath(__file__)}: "
        f"install it again, as with: pip install --force-reinstall {NAME}"
    )


class Helper(command.Command):
    """A command of the program."""

    auth_required = False  # the program signs in itself, and only where it has to
    spec = {}

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        for name in self.spec["arguments"]:
            parser.add_argument(name.lower(), metavar=name)
        for option in self.spec["options"]:
            kind = {"metavar": option["value"]} if option["value"] else {"action": "store_true"}
            parser.add_argument(*option["names"], dest=option["names"][0], help=option["help"], **kind)
        return parser

    def take_action(self, parsed_args):
        given = vars(parsed_args)
        args = [program(), self.spec["name"]]
        for option in self.spec["options"]:
            name = option["names"][0]
            value = given[name]
            if name == "--openstack" and value is None:
                value = this_openstack()
            if value is True:
                args.append(name)
            elif value not in (None, False):
                args.append(f"{name}={value}")
        args += ["--", *(given[name.lower()] for name in self.spec["arguments"])]
        return run(args, environment(self.app.options))


def this_openstack():
    """Returns the path of the openstack that runs, or None."""
    path = shutil.which(sys.argv[0])
    return os.path.abspath(path) if path and os.path.basename(path).startswith("openstack") else None


def environment(options):
    """Returns the environment with openstack's options for signing in."""
    env = dict(os.environ)
    for name in SIGN_IN:
        value = getattr(options, name, None)
        if value:
            env["OS_" + name.upper()] = str(value)
    if getattr(options, "insecure", None):
        env["OS_INSECURE"] = "true"
    if getattr(options, "verify", None):
        env["OS_INSECURE"] = "false"
    return env


def run(args, env):
    """Runs the program and returns its exit status."""
    sys.stdout.flush()
    try:
        process = subprocess.Popen(args, env=env)
    except OSError as error:
        raise exceptions.CommandError(
            f"{args[0]} does not start: {error.strerror}. If it is for another platform, "
            f"install the right wheel: pip install --force-reinstall {NAME}"
        ) from None
    while True:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            continue  # the terminal has interrupted the program, too, which says so itself
        return status if status >= 0 else 128 - status


class Check(Helper):
    spec = COMMANDS["check"]
    __doc__ = spec["help"]


class Support(Helper):
    spec = COMMANDS["support"]
    __doc__ = spec["help"]


class Version(Helper):
    spec = COMMANDS["version"]
    __doc__ = spec["help"]
