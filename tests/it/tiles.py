"""Looks at stores of tiles through PyPI's pmtiles and Python's sqlite3, and checks what these do not: python3 tiles.py FOLDER"""

import io
import json
import math
import os
import sqlite3
import sys

from PIL import Image
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, deserialize_directory, tileid_to_zxy, zxy_to_tileid


def entries(source, header):
    """All entries of tiles, of the root and of its leaves, and how many tiles they stand for."""
    root = deserialize_directory(source(header["root_offset"], header["root_length"]))
    assert header["root_offset"] + header["root_length"] <= 16384
    found = []
    for entry in root:
        if entry.run_length > 0:
            found.append(entry)
            continue
        assert entry.offset + entry.length <= header["leaf_directory_length"]
        leaf = deserialize_directory(source(header["leaf_directory_offset"] + entry.offset, entry.length))
        assert leaf[0].tile_id == entry.tile_id and all(inner.run_length > 0 for inner in leaf)
        found += leaf
    return found


def corner(z, x, y):
    """The longitude and latitude of the north-west corner of a tile."""
    return 360 * x / 2**z - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**z))))


def check_pmtiles(path):
    with open(path, "rb") as file:
        source = MmapSource(file)
        reader = Reader(source)
        header, metadata = reader.header(), reader.metadata()
        tiles = {zxy: bytes(data) for zxy, data in all_tiles(source)}
        assert header["clustered"] and header["version"] == 3
        assert header["tile_type"] == TileType.PNG and header["tile_compression"] == Compression.NONE
        all_entries = entries(source, header)
        end = offset = 0
        for entry in all_entries:
            assert entry.tile_id >= end, "ids rise, and runs do not overlap"
            end = entry.tile_id + entry.run_length
            assert entry.offset <= offset, "tiles lie in the order of their ids, or are there already"
            offset = max(offset, entry.offset + entry.length)
        assert offset == header["tile_data_length"]
        assert header["tile_data_offset"] + header["tile_data_length"] <= os.path.getsize(path)
        assert header["addressed_tiles_count"] == sum(entry.run_length for entry in all_entries) == len(tiles)
        assert header["tile_entries_count"] == len(all_entries)
        assert header["tile_contents_count"] == len({entry.offset for entry in all_entries}) == len(set(tiles.values()))
        zooms = {z for z, _, _ in tiles}
        assert (header["min_zoom"], header["max_zoom"]) == (min(zooms), max(zooms))
        west, south, east, north = (header[name + "_e7"] / 1e7 for name in ("min_lon", "min_lat", "max_lon", "max_lat"))
        assert -180 <= west < east <= 180 and -85.06 < south < north < 85.06
        assert west <= header["center_lon_e7"] / 1e7 <= east and south <= header["center_lat_e7"] / 1e7 <= north
        for (z, x, y), data in tiles.items():
            assert tileid_to_zxy(zxy_to_tileid(z, x, y)) == (z, x, y)
            assert reader.get(z, x, y) == data
            picture = Image.open(io.BytesIO(data))
            picture.load()
            assert picture.mode == "P" and picture.size == (metadata["tileSize"],) * 2
            assert picture.convert("RGBA").getextrema()[3][1] > 0, "nothing is on it"
            left, top = corner(z, x, y)
            right, bottom = corner(z, x + 1, y + 1)
            assert left <= east and right >= west and bottom <= north and top >= south, (z, x, y)
        for name, value in [("minzoom", min(zooms)), ("maxzoom", max(zooms)), ("type", "overlay"), ("format", "png")]:
            assert metadata[name] == value, name
        assert metadata["attribution"] == "us &amp; them" and metadata["name"] == "Our heat"
        return tiles


def check_sqlite(folder, tiles):
    with sqlite3.connect(os.path.join(folder, "a.mbtiles")) as database:
        found = database.execute("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles")
        assert {(z, x, 2**z - 1 - y): data for z, x, y, data in found} == tiles
        (images,) = database.execute("SELECT count(*) FROM images").fetchone()
        assert images == len(set(tiles.values()))
        assert database.execute("PRAGMA application_id").fetchone() == (0x4D504258,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        metadata = dict(database.execute("SELECT name, value FROM metadata"))
        assert metadata["format"] == "png" and metadata["name"] == "Our heat"
        assert int(metadata["maxzoom"]) == max(z for z, _, _ in tiles)
        assert len(metadata["bounds"].split(",")) == 4 and len(metadata["center"].split(",")) == 3
    with sqlite3.connect(os.path.join(folder, "a.sqlitedb")) as database:
        found = database.execute("SELECT z, x, y, image FROM tiles")
        assert {(17 - z, x, y): data for z, x, y, data in found} == tiles
        least, most, numbering = database.execute("SELECT minzoom, maxzoom, tilenumbering FROM info").fetchone()
        zooms = {z for z, _, _ in tiles}
        assert (17 - int(most), 17 - int(least), numbering) == (min(zooms), max(zooms), "BigPlanet")


def check_folder(folder, tiles):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".png"):
                z, x = os.path.relpath(path, folder).split(os.sep)
                with open(os.path.join(path, name), "rb") as file:
                    found[int(z), int(x), int(name[:-4])] = file.read()
    assert found == tiles
    with open(os.path.join(folder, "tiles.json")) as file:
        assert json.load(file)["tilejson"] == "3.0.0"


folder = sys.argv[1]
tiles = check_pmtiles(os.path.join(folder, "a.pmtiles"))
check_sqlite(folder, tiles)
check_folder(os.path.join(folder, "t"), tiles)
print(len(tiles))
