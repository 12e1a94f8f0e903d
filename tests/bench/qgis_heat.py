#!/usr/bin/python3
"""Draws places as QGIS's heat map does with its defaults, without a screen.

    QT_QPA_PLATFORM=offscreen tests/bench/qgis_heat.py places.csv 1000 643 heat.png

The file has a place in each line, x and y in any plane. Wants Debian's package python3-qgis, whose
modules the system's own Python finds alone.
"""

import csv
import sys

from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsHeatmapRenderer,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize


def main(places, width, height, to):
    application = QgsApplication([], False)
    application.initQgis()
    layer = QgsVectorLayer("Point?crs=EPSG:3857", "places", "memory")
    features = []
    with open(places, newline="") as file:
        for x, y in csv.reader(file):
            feature = QgsFeature()
            feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(float(x), float(y))))
            features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    layer.setRenderer(QgsHeatmapRenderer())

    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(width, height))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    if not job.renderedImage().save(to):
        sys.exit(f"{to} cannot be written")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
