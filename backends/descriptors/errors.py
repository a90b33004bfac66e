"""The errors of descriptors and of target names; each text is one line."""


class DescriptorError(Exception):
    """A descriptor cannot be used; the text names file and key."""


class DescriptorNotReadable(DescriptorError):
    """The file does not exist or is not TOML, or a fragment of settings is not Python."""


class DescriptorKeyUnknown(DescriptorError):
    """A descriptor has an unknown key."""


class DescriptorKeyMissing(DescriptorError):
    """A descriptor lacks a key that is required, or that another key requires."""


class DescriptorTypeWrong(DescriptorError):
    """A value has the wrong type or is not valid."""


class DescriptorPlaceholderUnknown(DescriptorError):
    """A placeholder in braces has no value."""


class DescriptorPathNotImportable(DescriptorError):
    """The backend's class cannot be imported although its packages are installed."""


class TargetUnknown(Exception):
    """No target has this name."""


class TargetNotInstalled(Exception):
    """The packages of a target are missing or have the wrong version."""
