"""Write vendor/ anew from the npm packages that package-lock.json names; needs Node.

    python -m web.practice.renew

Newer versions: `npm update --package-lock-only --omit-lockfile-registry-resolved` in this
folder, then this command. The lock names no address: npm takes the registry that it is set to.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from web.practice import HERE, VENDOR

RUNTIME = "@micropython/micropython-webassembly-pyscript"


def run(*command, folder):
    """Run a command in a folder; an exit code is an error."""
    subprocess.run(command, cwd=folder, check=True)


def main():
    """Fetch, bundle, copy, and write down what each file is."""
    VENDOR.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("package.json", "package-lock.json", "editor.js"):
            shutil.copy(HERE / file, folder)
        npm = shutil.which("npm")
        run(npm, "ci", "--no-audit", "--no-fund", "--silent", folder=folder)
        modules = folder / "node_modules"
        run(
            *(npm, "exec", "--no", "--", "esbuild", "editor.js"),
            *("--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"),
            *("--legal-comments=none", f"--outfile={VENDOR / 'editor.min.js'}"),
            folder=folder,
        )
        for file in modules.joinpath(RUNTIME).glob("micropython.*"):
            shutil.copy(file, VENDOR)
        lock = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
        packages = {
            path.removeprefix("node_modules/"): entry["version"]
            for path, entry in lock.items()
            if path and not entry.get("dev")
        }
        bundled = sorted(set(packages) - {RUNTIME})
        licences = {modules.joinpath(name, "LICENSE").read_text("utf-8") for name in bundled}
        names = "\n".join(f"{name} {packages[name]}" for name in bundled)
        text = "\n\n".join([f"editor.min.js is made of\n\n{names}", *sorted(licences)])
        (VENDOR / "LICENCE-editor").write_text(text, "utf-8")
    files = [file for file in sorted(VENDOR.iterdir()) if file.name != "VERSIONS"]
    hashes = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    versions = [f"{name} {version}\n" for name, version in sorted(packages.items())]
    (VENDOR / "VERSIONS").write_text("".join([*versions, "\n", *hashes]), "utf-8")


if __name__ == "__main__":
    main()
