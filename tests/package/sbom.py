"""SBOM of the program in CycloneDX 1.5, on standard output, and the licences of what is in it, in a file.

    sbom.py CLONE NOTICES

What `cargo metadata` resolves for the program is listed, without what only builds or tests it: a binary holds none of that."""

import json
import pathlib
import subprocess
import sys
import tomllib

clone, notices = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
said = subprocess.run(
    ["cargo", "metadata", "--format-version", "1", "--locked"], cwd=clone, check=True, capture_output=True
)
metadata = json.loads(said.stdout)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
root = metadata["resolve"]["root"]
locked = tomllib.loads((clone / "Cargo.lock").read_text())["package"]
sums = {(package["name"], package["version"]): package.get("checksum") for package in locked}


def needs(node):
    """What a package needs to run."""
    for dependency in nodes[node]["deps"]:
        if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
            yield dependency["pkg"]


found, waiting = set(), [root]
while waiting:
    node = waiting.pop()
    if node not in found:
        found.add(node)
        waiting.extend(needs(node))


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, kind):
    known = {
        "type": kind,
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
    }
    if package["description"]:
        known["description"] = " ".join(package["description"].split())
    if package["license"]:
        # SPDX has no slash between alternatives, as old crates write it.
        known["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    checksum = sums.get((package["name"], package["version"]))
    if checksum:
        known["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        known["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return known


others = sorted((packages[node] for node in found if node != root), key=purl)
json.dump(
    {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(packages[root], "application")},
        "components": [component(package, "library") for package in others],
        "dependencies": [
            {"ref": purl(packages[node]), "dependsOn": sorted({purl(packages[need]) for need in needs(node)})}
            for node in sorted(found, key=lambda node: purl(packages[node]))
        ],
    },
    sys.stdout,
    indent=1,
)
print()

with notices.open("w") as file:
    for package in others:
        print(f"{package['name']} {package['version']}: {package['license'] or 'see its files'}", file=file)
        if package["authors"]:
            print(f"    {', '.join(package['authors'])}", file=file)
        folder, texts = pathlib.Path(package["manifest_path"]).parent, set()
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")):
                texts.add(path.read_text(errors="replace").strip())
        for text in sorted(texts):
            print("\n" + "\n".join(f"    {line}" for line in text.splitlines()), file=file)
        print(file=file)
