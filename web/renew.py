"""Write the folders vendor/ anew from the npm packages that package-lock.json names; needs Node.

    python -m web.renew

Newer versions: `npm update --package-lock-only --omit-lockfile-registry-resolved` in the folder
of a package.json, then this command. The lock names no address: npm takes the registry that it is
set to.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Bundle(NamedTuple):
    """A script that is bundled with the packages it imports, and files copied from others."""

    folder: Path
    script: str
    options: tuple
    copied: tuple = ()


BUNDLES = (
    Bundle(
        HERE / "practice",
        "editor",
        ("--format=esm",),
        (("@micropython/micropython-webassembly-pyscript", "micropython.*"),),
    ),
    # A script that sets a variable, since a page opened from disk can load no module.
    Bundle(HERE / "search", "engine", ("--format=iife", "--global-name=bookSearch")),
)


def run(*command, folder):
    """Run a command in a folder; an exit code is an error."""
    subprocess.run(command, cwd=folder, check=True)


def packages_of(lock):
    """Return the versions of the packages that a lock names, but for tools, by name."""
    return {
        path.removeprefix("node_modules/"): entry["version"]
        for path, entry in json.loads(lock.read_text("utf-8"))["packages"].items()
        if path and not entry.get("dev")
    }


def licence(package):
    """Return the text of the licence of an installed package."""
    file = next(file for file in package.iterdir() if file.stem.lower() == "license")
    return file.read_text("utf-8")


def renew(bundle):
    """Fetch, bundle, copy, and write down what each file is."""
    vendor, script = bundle.folder / "vendor", f"{bundle.script}.js"
    vendor.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("package.json", "package-lock.json", script):
            shutil.copy(bundle.folder / file, folder)
        npm = shutil.which("npm")
        run(npm, "ci", "--no-audit", "--no-fund", "--silent", folder=folder)
        modules = folder / "node_modules"
        run(
            *(npm, "exec", "--no", "--", "esbuild", script, *bundle.options),
            *("--bundle", "--minify", "--target=es2022", "--log-level=warning"),
            *("--legal-comments=none", f"--outfile={vendor / bundle.script}.min.js"),
            folder=folder,
        )
        for package, pattern in bundle.copied:
            for file in modules.joinpath(package).glob(pattern):
                shutil.copy(file, vendor)
        packages = packages_of(folder / "package-lock.json")
        bundled = sorted(set(packages) - {package for package, _ in bundle.copied})
        names = "\n".join(f"{name} {packages[name]}" for name in bundled)
        licences = sorted({licence(modules / name) for name in bundled})
        text = "\n\n".join([f"{bundle.script}.min.js is made of\n\n{names}", *licences])
        (vendor / f"LICENCE-{bundle.script}").write_text(text, "utf-8")
    files = [file for file in sorted(vendor.iterdir()) if file.name != "VERSIONS"]
    hashes = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    versions = [f"{name} {version}\n" for name, version in sorted(packages.items())]
    (vendor / "VERSIONS").write_text("".join([*versions, "\n", *hashes]), "utf-8")


if __name__ == "__main__":
    for bundle in BUNDLES:
        renew(bundle)
