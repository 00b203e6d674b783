"""The hall: an incident from first word to closed case; its folders, in order, are the path.

record -> evidence -> snapshots -> obligations -> notices -> deliveries -> filings -> review,
all standing on foundation. Imports run back along that list, never forward.
"""
