#!/bin/sh
# Draws the tracks of many folders as an array of Slurm jobs, a folder to a job, and adds them up in one more.
#   TRACKS=/data/tracks sbatch --array=1-500 slurm.sh part && sbatch --dependency=singleton --job-name=heat slurm.sh whole
#SBATCH --job-name=heat --cpus-per-task=4 --mem=4G --time=2:00:00
set -eu
options="-e 47,5,55,15 -W 2000 -r 9"
mkdir -p heats
if [ "$1" = part ]; then
    folder=$(find "$TRACKS" -mindepth 1 -maxdepth 1 -type d | sort | sed -n "${SLURM_ARRAY_TASK_ID}p")
    heatmap -q --threads "$SLURM_CPUS_PER_TASK" $options -S "heats/$SLURM_ARRAY_TASK_ID.heat" "$folder"
else
    heatmap -L heats $options -o heat.png
fi
