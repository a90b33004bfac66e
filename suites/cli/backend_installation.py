"""Installs backends before their targets are checked, for `taskgauge conformance --install`."""

from collections.abc import Iterable

from taskgauge.backends.descriptors.model import Descriptor
from taskgauge.backends.environments.backend_environments import environment_of, make_environment
from taskgauge.backends.environments.errors import BackendNotInstallable
from taskgauge.backends.environments.installer import Installer
from taskgauge.suites.run_control.display import Display
from taskgauge.suites.run_control.folder import HOME

ENVIRONMENTS = HOME / "environments"


def install_backends(descriptors: Iterable[Descriptor], installer: Installer, display: Display) -> dict[str, str]:
    """Make the environments of backends; return the reasons of failed installations, by name. Raise Interrupted."""
    reasons = {}
    for descriptor in {descriptor.name: descriptor for descriptor in descriptors}.values():
        environment = environment_of(descriptor, ENVIRONMENTS)
        if not environment.folder.exists():
            display.say(f"installing {descriptor.name} into {ENVIRONMENTS}")
        try:
            make_environment(descriptor, environment, installer)
        except BackendNotInstallable as error:
            reasons[descriptor.name] = str(error)
            display.say(f"{descriptor.name} is left out: it {error}")
    return reasons
