#!/usr/bin/env bash
# install-tool.sh MODULE@VERSION TARGET: builds a Go tool and puts it at TARGET.
set -euo pipefail
target=$2
mkdir -p "$(dirname "$target")"
dir=$(mktemp -d "$(dirname "$target")/.build-XXXXXX")
trap 'rm -rf "$dir"' EXIT
GOBIN=$dir CGO_ENABLED=0 go install "$1"
mv "$dir"/* "$target"
