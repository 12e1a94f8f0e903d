"""Runs statements on the points of a table in DuckDB and DataFusion.

Standard input is JSON: the file with the points, and a list of [engine, statement, folder], each of
which gets the answer as CSV.
"""
import json
import os
import sys

import datafusion
import duckdb

work = json.load(sys.stdin)
duck = duckdb.connect()
duck.execute(f"CREATE VIEW points AS SELECT * FROM read_csv('{work['points']}', all_varchar=true)")
fusion = datafusion.SessionContext()
fusion.register_csv("points", work["points"], schema_infer_max_records=1_000_000)
for engine, statement, folder in work["statements"]:
    if statement.startswith("COPY"):
        duck.execute(statement)
    elif engine == "duckdb":
        os.makedirs(folder, exist_ok=True)
        duck.sql(statement).write_csv(f"{folder}/part-0.csv", header=True)
    else:
        fusion.sql(statement).write_csv(folder, with_header=True)
