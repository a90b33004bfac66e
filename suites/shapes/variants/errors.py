"""What can be wrong with the name of a variant."""


class VariantError(Exception):
    """A variant cannot be used; the text says which, why, and what to do."""


class VariantUnknown(VariantError):
    """No variant has this name."""


class VariantNotImportable(VariantError):
    """A `package.module:NAME` cannot be imported."""


class VariantFieldMissing(VariantError):
    """A variant lacks a class, or one of its classes lacks a field that Django's has."""
