#!/bin/sh
# Installs Chromium and its driver (Debian packages, as root) and axe-core into a folder: tests/browser/setup.sh [FOLDER]
set -eu
folder=${1:-$(dirname "$0")/.axe}
if ! command -v chromium > /dev/null || ! command -v chromedriver > /dev/null; then
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium chromium-driver
fi
mkdir -p "$folder"
cd "$folder"
[ -f package.json ] || printf '{"private": true}\n' > package.json
npm install --no-audit --no-fund --no-save --ignore-scripts axe-core@4.14.1
