"""Evidence: one file per kind of evidence, found by walking this folder; each cleans a file into rows and keys."""

from affected.evidence.reading import Evidence, evidence_from, read_evidence_file

__all__ = ["Evidence", "evidence_from", "read_evidence_file"]
