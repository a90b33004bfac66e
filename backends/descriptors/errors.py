"""What can be wrong with a descriptor, and with the name of a target; each text is one line."""


class DescriptorError(Exception):
    """A descriptor cannot be used; the text names file and key."""


class DescriptorNotReadable(DescriptorError):
    """The file is not there, or is no TOML, or a fragment of settings is no Python."""


class DescriptorKeyUnknown(DescriptorError):
    """A key that no descriptor has."""


class DescriptorKeyMissing(DescriptorError):
    """A key that every descriptor needs, or one that another key asks for."""


class DescriptorTypeWrong(DescriptorError):
    """A value of the wrong type, or one that means nothing."""


class DescriptorPlaceholderUnknown(DescriptorError):
    """Something in braces that nobody will fill in."""


class DescriptorPathNotImportable(DescriptorError):
    """The backend's path leads nowhere although its packages are installed."""


class TargetUnknown(Exception):
    """No target has this name."""


class TargetNotInstalled(Exception):
    """The packages of a target are missing, or not in the version it needs."""
