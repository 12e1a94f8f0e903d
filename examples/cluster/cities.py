"""Draws a picture for each city, as with Arctern: points grouped by a key, PNGs in a column.

    spark-submit cities.py POINTS PICTURES -W 512 -r 9

POINTS are Parquet files with the columns city, lat and lon; PICTURES becomes a folder of Parquet files
with the columns city and png.
"""
import subprocess
import sys

import pandas
from pyspark.sql import SparkSession

points, pictures, *options = sys.argv[1:]


def draw(key, rows):
    """A picture of all rows of a city, which are in the memory of one task."""
    table = rows[["lat", "lon"]].to_csv(index=False)
    command = ["heatmap", "-q", "--threads", "1", *options, "-o", "png:-", "-"]
    png = subprocess.run(command, input=table.encode(), check=True, capture_output=True).stdout
    return pandas.DataFrame({"city": [key[0]], "png": [png]})


spark = SparkSession.builder.appName("heatmap cities").getOrCreate()
rows = spark.read.parquet(points).select("city", "lat", "lon")
drawn = rows.groupBy("city").applyInPandas(draw, "city string, png binary")
drawn.write.mode("overwrite").parquet(pictures)
spark.stop()
