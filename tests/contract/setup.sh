#!/bin/sh
# Installs Prism and GitHub's published OpenAPI description into a folder: tests/contract/setup.sh [FOLDER]
set -eu
folder=${1:-$(dirname "$0")/.prism}
mkdir -p "$folder"
cd "$folder"
[ -f package.json ] || printf '{"private": true}\n' > package.json
npm install --no-audit --no-fund --no-save --ignore-scripts @stoplight/prism-cli@5.14.2 @octokit/openapi@23.0.2
