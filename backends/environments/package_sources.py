"""Which settings of pip and uv say where packages come from: those are used, and those that say where to are not."""

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
"""Indexes have names of their own in their variables."""
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
"""What a configuration file of pip may turn on, turned off: variables have precedence."""
_LISTED = re.compile(r"(?P<section>global|install)\.(?P<option>[\w-]+)=(?P<value>['\"].*)")


def is_kept(variable: str) -> bool:
    """Whether an environment variable is none of pip's and uv's, or says where packages come from."""
    tool, _, option = variable.partition("_")
    if tool not in {"PIP", "UV"}:
        return True
    known = _PIP if tool == "PIP" else _UV
    return option.lower().replace("_", "-") in known or variable.startswith(_UV_BEGIN)


def pip_variables(listed: str) -> dict[str, str]:
    """Return what `pip config list` says of where packages come from, as the variables that say the same."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for section, variable, value in _settings(listed):
        sections[section][variable] = value
    return sections["global"] | sections["install"]


def _settings(listed: str) -> Iterator[tuple[str, str, str]]:
    for line in listed.splitlines():
        found = _LISTED.fullmatch(line.strip())
        if found is not None and found["option"] in _PIP - {"config-file"}:
            variable = f"PIP_{found['option'].upper().replace('-', '_')}"
            yield found["section"], variable, str(ast.literal_eval(found["value"]))
