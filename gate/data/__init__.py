"""Tables, their statistics and their schemas: a library that knows nothing of gates.

What to import, and what is behind it:

statistics   the numbers of each column, in one pass
             tallies quantiles; profiles (slices weights associations); statsfile
schema       what a table should be
             schemafile (schemaedit schematree pbtxt metadata), imports (frictionless
             huggingface); changes edits update; schemadiff (directions)
inference    a schema from statistics
             suggestions ranges timeformats noise na
validation   a table against its schema
             judging features watch rules offences remedies selfcheck severities;
             constraints (keys foreign rowrules expressions evaluation composites
             forms times found); anomalies
comparisons  drift and skew
             measures distances noise
skew         rows of two tables by their identifiers
             datadiff moves matching hashes
table        any table as batches of rows
             source parts packed; csvfile (sniff text records parsing) jsonlines
             parquet ipc arrow frames; columns buffers
"""
