"""Errors in the name of a variant, or in the variant itself."""


class VariantError(Exception):
    """A variant cannot be used; the text names the variant, the reason, and the next step."""


class VariantUnknown(VariantError):
    """No variant has this name."""


class VariantNotImportable(VariantError):
    """A `package.module:NAME` cannot be imported."""


class VariantFieldMissing(VariantError):
    """A variant lacks a class, or one of its classes lacks a field that Django's has."""
