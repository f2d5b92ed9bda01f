#!/bin/sh
# Installs Mermaid into a folder: tests/markdown/setup.sh [FOLDER]. cmark-gfm is Debian's package of that name.
set -eu
folder=${1:-$(dirname "$0")/.mermaid}
mkdir -p "$folder"
cd "$folder"
[ -f package.json ] || printf '{"private": true}\n' > package.json
npm install --no-audit --no-fund --no-save --ignore-scripts mermaid@11.17.2 jsdom@29.1.1
