"""The languages of the console: gettext catalogs found by walking, and the one in which a page speaks to its reader."""

from web.languages.chosen import N_, gettext, ngettext, pgettext, speak, spoken

__all__ = ["N_", "gettext", "ngettext", "pgettext", "speak", "spoken"]
