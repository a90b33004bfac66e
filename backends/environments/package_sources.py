"""Selects the settings of pip and uv that name sources of packages. Settings of install locations are left out."""

import ast
import re
from collections.abc import Iterator

_PIP = frozenset(
    """
    build-constraint cache-dir cert client-cert config-file constraint default-timeout disable-pip-version-check
    extra-index-url find-links index-url keyring-provider no-binary no-cache-dir no-index only-binary pre prefer-binary
    proxy resume-retries retries timeout trusted-host uploaded-prior-to use-deprecated use-feature
    """.split()  # noqa: SIM905 -- a list would be one word a line
)
_UV = frozenset(
    """
    azure-endpoint-url build-constraint cache-dir config-file constraint credentials-dir default-index exclude-newer
    extra-index-url find-links fork-strategy gcs-endpoint-url github-token insecure-host keyring-provider link-mode
    managed-python native-tls no-binary no-binary-package no-build no-build-package no-cache no-config no-index
    no-managed-python no-sources offline override prerelease python-install-dir python-preference python-search-path
    request-timeout resolution s3-endpoint-url system-certs torch-backend
    """.split()  # noqa: SIM905 -- a list would be one word a line
)
_UV_BEGIN = ("UV_INDEX", "UV_HTTP_", "UV_CONCURRENT_")
"""The beginnings of variables whose names contain the name of an index or a limit."""
PIP_OFF = dict.fromkeys(
    (
        "PIP_USER",
        "PIP_NO_DEPS",
        "PIP_REQUIRE_HASHES",
        "PIP_REQUIRE_VIRTUALENV",
        "PIP_DRY_RUN",
        "PIP_QUIET",
        "PIP_VERBOSE",
    ),
    "0",
)
"""The variables that turn off options of pip's configuration files: variables have precedence."""
_LISTED = re.compile(r"(?P<section>global|install)\.(?P<option>[\w-]+)=(?P<value>['\"].*)")


def is_kept(variable: str) -> bool:
    """Return True if an environment variable is not a variable of pip or uv, or names a source of packages."""
    tool, _, option = variable.partition("_")
    if tool not in {"PIP", "UV"}:
        return True
    known = _PIP if tool == "PIP" else _UV
    return option.lower().replace("_", "-") in known or variable.startswith(_UV_BEGIN)


def pip_variables(listed: str) -> dict[str, str]:
    """Return the sources of packages in the output of `pip config list`, as environment variables."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for section, variable, value in _settings(listed):
        sections[section][variable] = value
    return sections["global"] | sections["install"]


def _settings(listed: str) -> Iterator[tuple[str, str, str]]:
    for line in listed.splitlines():
        match = _LISTED.fullmatch(line.strip())
        if match is not None and match["option"] in _PIP - {"config-file"}:
            variable = f"PIP_{match['option'].upper().replace('-', '_')}"
            yield match["section"], variable, str(ast.literal_eval(match["value"]))
