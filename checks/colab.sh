#!/usr/bin/env bash
# Compare all notebooks, or the pages named, with the Python of Google's Colab image as it is.
# What compares them has an environment of its own, so that Colab's packages stay what they are.
# To try it outside the image: COLAB_PYTHON=PATH checks/colab.sh [chapters/NAME.md ...]
set -euo pipefail
cd "$(dirname "$0")/.."
python=${COLAB_PYTHON:-/usr/bin/python3}
"$python" -c 'import platform, matplotlib, torch, torchvision
print("Python", platform.python_version())
for module in torch, torchvision, matplotlib:
    print(module.__name__, module.__version__)'

ours=$(mktemp -d)
trap 'rm -rf "$ours"' EXIT
# The image may hold uv to the versions of Colab's packages.
unset UV_CONSTRAINT UV_BUILD_CONSTRAINT
# Not `make`: Colab's Python cannot put a pip into an environment, but its own pip can fill one.
"$python" -m venv --without-pip "$ours"
"$python" -m pip --python "$ours/bin/python" install --quiet --require-hashes \
  --requirement requirements/uv.txt
install=("$ours/bin/uv" pip install --quiet --python "$ours/bin/python" --require-hashes)
"${install[@]}" --requirement requirements/book.txt
# Of the tests' lock only what compares: no second PyTorch.
lock=requirements/test.txt
mapfile -t comparers < <(grep --only-matching --extended-regexp '^(nbval|pytest)==[^ ]+' "$lock")
"${install[@]}" --constraint "$lock" "${comparers[@]}"
"$ours/bin/python" -m checks.clean_room --python "$python" "$@"
