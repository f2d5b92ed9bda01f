#!/bin/sh
# Installs cmark-gfm (a Debian package, as root) and Mermaid into a folder: tests/markdown/setup.sh [FOLDER]
set -eu
folder=${1:-$(dirname "$0")/.mermaid}
if ! command -v cmark-gfm > /dev/null; then
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends cmark-gfm
fi
mkdir -p "$folder"
cd "$folder"
[ -f package.json ] || printf '{"private": true}\n' > package.json
npm install --no-audit --no-fund --no-save --ignore-scripts mermaid@11.17.2 jsdom@29.1.1
