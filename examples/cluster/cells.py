"""Draws the points of Parquet files that a Spark cluster counts.

    spark-submit cells.py POINTS PICTURE -e 47,5,55,15 -W 2000 -r 9 --weight-field w

POINTS is what Spark reads, such as 's3://bucket/points/*.parquet'; the rest are options of heatmap.
The cells are left in PICTURE.cells for other looks.
"""
import subprocess
import sys

from pyspark.sql import SparkSession

points, picture, *options = sys.argv[1:]
cells = picture + ".cells"
view = cells + ".view.json"
sql = subprocess.run(
    ["heatmap", "sql", "--engine", "spark", "--from", points, "--view", view, *options],
    check=True, capture_output=True, text=True,
).stdout
spark = SparkSession.builder.appName("heatmap cells").getOrCreate()
spark.sql(sql).write.mode("overwrite").parquet(cells)
spark.stop()
radius = options[options.index("-r"):][:2] if "-r" in options else []
subprocess.run(["heatmap", "--filetype", "cells", "-o", picture, *radius, cells], check=True)
