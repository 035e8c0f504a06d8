#!/usr/bin/env bash
# Looks at the page of --timings in a real browser: axe-core finds nothing in light and dark, at 1280 and
# 400 pixels; the keyboard gets to every row and out again; nothing is asked of a network; it prints.
#
#     tests/timings-page.sh PROGRAM [REQUIREMENTS [FOLDER]]
#
# Wants chromium and npm, and the network for what is installed. Screenshots are left in FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "$1")
requirements=$(realpath "${2:-examples/requirements.txt}")
folder=${3:-$(mktemp -d)}
mkdir -p "$folder" && folder=$(realpath "$folder")

PIP_ACCEL_CACHE=$folder/cache "$program" venv "$folder/venv" --quiet \
    --timings="$folder/page.html" -r "$requirements"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
npm install --silent --no-fund --no-audit --prefix "$folder/node" puppeteer-core@24 axe-core@4
cp tests/timings-page.mjs "$folder/node/"
node "$folder/node/timings-page.mjs" "$browser" "$folder"
