#!/usr/bin/env bash
# The one way in. ./build.sh builds into dist/; see usage below.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'USAGE'
./build.sh                  build everything into dist/ (--debug: readable, without the size steps)
./build.sh serve [flags]    build if needed, start the collector with the demo and Live View, print the address;
                            the flags are the collector's: --addr 127.0.0.1:8080 --db throughline.db ...
./build.sh test [part]      every check there is, or one part: go, js, browser
./build.sh bench [part]     measure; see README
COMPILER=tinygo ./build.sh  the same with TinyGo, if it is installed
USAGE
}

main() {
  local command=build
  case "${1:-}" in
    build | serve | test | bench) command=$1 && shift ;;
    -h | --help | help) usage && return ;;
    '' | --debug) ;;
    *) usage >&2 && return 2 ;;
  esac
  need go "install Go 1.23 or newer from https://go.dev/dl"
  need node "install Node.js 20 or newer"
  "$command" "$@"
}

need() { command -v "$1" >/dev/null || { echo "build.sh: $1 is missing: $2" >&2 && exit 1; }; }

node_modules() {
  [[ js/node_modules/.package-lock.json -nt js/package-lock.json ]] || npm ci --prefix js --no-audit --no-fund --loglevel=error
}

build() {
  node_modules
  mkdir -p dist
  wasm "$@"
  node js/build.mjs "$@"
  (cd collector && go build -trimpath -o ../dist/throughline-collector .)
  node js/sizes.mjs
}

wasm() {
  if [[ ${COMPILER:-go} == tinygo ]]; then
    need tinygo "COMPILER=tinygo needs TinyGo 0.39 or newer on the PATH"
    GOOS=js GOARCH=wasm tinygo build -o dist/throughline.wasm -target wasm -buildmode=c-shared -scheduler=none -no-debug -opt=z -panic=trap ./wasm
    return
  fi
  if [[ ${1:-} == --debug ]]; then
    GOOS=js GOARCH=wasm go build -o dist/throughline.wasm ./wasm
    return
  fi
  local overlay
  overlay=$(go run ./wasm/tools/overlay -o .cache/overlay)
  GOOS=js GOARCH=wasm GOEXPERIMENT=nogreenteagc go build ${overlay:+-overlay "$overlay"} -trimpath -ldflags='-s -w' -o .cache/linked.wasm ./wasm
  go run ./wasm/tools/postlink -i .cache/linked.wasm -o dist/throughline.wasm
}

# Whatever the demo is made of is newer than what was built: build.
stale() {
  [[ ! -x dist/throughline-collector || ! -f dist/throughline.wasm ]] ||
    [[ -n $(find go.mod identity wasm js/src js/build.mjs collector index.html -newer dist/throughline-collector -type f -print -quit) ]]
}

serve() {
  if stale; then build; fi
  exec dist/throughline-collector --site dist "$@"
}

test() { scripts/test.sh "$@"; }

bench() { scripts/bench.sh "$@"; }

main "$@"
