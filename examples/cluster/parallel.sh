#!/bin/sh
# Draws the tracks of a folder by GNU parallel, 500 files to a part; with --sshloginfile on many machines that see the folder.
#   parallel.sh TRACKS PICTURE -e 47,5,55,15 -W 2000 -r 9
set -eu
tracks=$1 picture=$2
shift 2
mkdir "$picture.heats"
find "$tracks" -type f | sort | parallel -q -N 500 heatmap -q "$@" -S "$picture.heats/{#}.heat" {}
heatmap -L "$picture.heats" "$@" -o "$picture"
