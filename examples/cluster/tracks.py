"""Draws the tracks of a folder, of which each task of a Spark cluster reads some.

    spark-submit tracks.py TRACKS PICTURE -e 47,5,55,15 -W 2000 -r 9 --track-weight visits

TRACKS, and PICTURE.heats for the parts, are folders that all machines see. What has to be said
before the data are known must be among the options: -e, and -s or -W.
"""
import os
import subprocess
import sys

import pandas
from pyspark import TaskContext
from pyspark.sql import SparkSession

tracks, picture, *options = sys.argv[1:]
heats = picture + ".heats"
os.makedirs(heats)  # one that is there may hold parts of another run


def save(batches):
    """One part of the heat: a task that is run again writes the same bytes once more."""
    files = [file for batch in batches for file in batch["file"]]
    part = f"{heats}/{TaskContext.get().partitionId():06}.heat"
    if files:
        subprocess.run(["heatmap", "-q", *options, "-S", part, *files], check=True)
        yield pandas.DataFrame({"part": [part]})


spark = SparkSession.builder.appName("heatmap tracks").getOrCreate()
files = sorted((os.path.join(folder, name),) for folder, _, names in os.walk(tracks) for name in names)
tasks = spark.createDataFrame(files, "file string").repartition(max(1, len(files) // 20))
tasks.mapInPandas(save, "part string").collect()
spark.stop()
subprocess.run(["heatmap", "-L", heats, *options, "-o", picture], check=True)
