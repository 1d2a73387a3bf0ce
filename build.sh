#!/usr/bin/env bash
# The one way in. ./build.sh builds into dist/; see usage below.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'USAGE'
./build.sh                  build everything into dist/ (--debug: readable, without the size steps)
./build.sh serve [flags]    build if needed, start the collector with the demo and Live View, print the address;
                            the flags are the collector's: --addr 127.0.0.1:8080 --db throughline.db ...
./build.sh docs [base]      build the documentation site into dist/docs, which the collector serves under /docs/; a base, such as
                            /throughline/, is for publishing it elsewhere
./build.sh test [part]      every check there is, or one part: go, browser [file of js/test]; only as a part: examples (those of examples/),
                            toolchains [part of a name] [--write] (docs/toolchains.md)
./build.sh pack             make the npm package's tarball in .cache/
./build.sh bench [part]     measure; see docs/figures.md
./build.sh programs         build only the WebAssembly programs into dist/ (--debug as above)
./build.sh compiler         say which compiler builds them, and why: TinyGo where a release is on the PATH that is known to do it, or else
                            standard Go
COMPILER=go ./build.sh      build with standard Go all the same; COMPILER=tinygo: with TinyGo, or fail
USAGE
}

main() {
  local command=build
  case "${1:-}" in
    build | serve | docs | test | bench | pack | programs | compiler) command=$1 && shift ;;
    -h | --help | help) usage && return ;;
    '' | --debug) ;;
    *) usage >&2 && return 2 ;;
  esac
  need go "install Go 1.26 or newer from https://go.dev/dl"
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
  # A file that an earlier version made must not get into the package.
  find dist -mindepth 1 -maxdepth 1 ! -name docs ! -name throughline-collector -exec rm -rf {} +
  programs "$@"
  node js/build.mjs "$@"
  (cd collector && CGO_ENABLED=0 go build -trimpath -o ../dist/throughline-collector .)
  node js/sizes.mjs
}

# The oldest TinyGo, 0.36, that is known to build the programs.
first_tinygo=36

# Sets `chosen` to the compiler of the programs, tinygo or go, and `why` to the reason.
choose_compiler() {
  case "${COMPILER:-}" in
    go) chosen=go why="COMPILER=go says so" ;;
    tinygo)
      need tinygo "COMPILER=tinygo needs TinyGo 0.$first_tinygo or newer on the PATH"
      tinygo_takes_go || true
      chosen=tinygo why="COMPILER=tinygo says so"
      ;;
    '')
      chosen=go
      if [[ ${1:-} == --debug ]]; then
        why="--debug is for standard Go"
      elif ! command -v tinygo >/dev/null; then
        why="no TinyGo is on the PATH"
      else
        judge_tinygo
      fi
      ;;
    *) echo "build.sh: COMPILER is $COMPILER, and has to be go or tinygo" >&2 && return 2 ;;
  esac
}

# TinyGo compiles Go's own library, and refuses Go releases that are newer than itself, before 0.41 the one that standard Go builds the page by. All since
# first_tinygo take this one, which Go fetches from the module proxy.
older_go=go1.24.13

# Sets `tinygo_go` to the Go release with which TinyGo builds: the one that standard Go builds the page by, or else the installed one, or else an older one.
# Fails if TinyGo takes none of them; `said` is then its answer to the installed one.
tinygo_takes_go() {
  local answer
  for tinygo_go in "$page_go" local "$older_go"; do
    answer=$(GOTOOLCHAIN=$tinygo_go tinygo info -target wasm 2>&1) && return
    [[ $tinygo_go != local ]] || said=$answer
  done
  tinygo_go=local
  return 1
}

# Chooses TinyGo if its release is known, or what becomes one (0.36.0-dev), and if it takes the Go that there is.
judge_tinygo() {
  local said
  said=$(tinygo version 2>&1) || true
  if [[ ! $said =~ ^tinygo\ version\ (0\.([0-9]+)\.[0-9]+(-dev(-[0-9a-f]+)?)?)( |$) ]] || ((10#${BASH_REMATCH[2]} < first_tinygo)); then
    why="the TinyGo on the PATH is not known to build it: it says \"${said%%$'\n'*}\", and 0.$first_tinygo or newer is needed"
    return
  fi
  local release=${BASH_REMATCH[1]}
  if tinygo_takes_go; then
    chosen=tinygo why="TinyGo $release is on the PATH"
  else
    why="TinyGo $release refuses: ${said%%$'\n'*}"
  fi
}

compiler() {
  choose_compiler "$@"
  echo "$chosen: $why"
}

# Builds throughline.wasm, and by the same compiler testing/people.wasm. Where that is TinyGo, throughline.go.wasm is the program of standard Go.
programs() {
  node_modules
  choose_compiler "$@"
  mkdir -p dist/testing .cache
  rm -f dist/throughline.go.wasm dist/throughline*.wasm.*
  if [[ $chosen == tinygo ]]; then
    : >.cache/tinygo.log
    if tinygo_program throughline.wasm ./wasm "$@" && tinygo_program people.wasm ./wasm/people "$@"; then
      mv .cache/throughline.wasm dist/throughline.wasm
      mv .cache/people.wasm dist/testing/people.wasm
      [[ ${1:-} == --debug ]] || page_program dist/throughline.go.wasm
      return
    fi
    if [[ -n ${COMPILER:-} ]]; then cat .cache/tinygo.log >&2 && return 1; fi
    echo "build.sh: TinyGo cannot build it (.cache/tinygo.log says why), so standard Go does" >&2
  elif [[ -z ${COMPILER:-} ]] && command -v tinygo >/dev/null; then
    echo "build.sh: standard Go builds it: $why" >&2
  fi
  page_program dist/throughline.wasm "$@"
  people_program
}

# Builds the package $2 with TinyGo into the file $1 of .cache, so that dist/ never has one program of each compiler. What TinyGo says goes to
# .cache/tinygo.log.
tinygo_program() {
  local linked=.cache/linked.tinygo.wasm
  local flags=(-target wasm -buildmode=c-shared -scheduler=none)
  [[ $2 != ./wasm ]] || flags+=(-gc=none) # Package wasm/heap collects its garbage.
  if [[ ${3:-} == --debug ]]; then
    GOTOOLCHAIN=$tinygo_go GOOS=js GOARCH=wasm tinygo build -o ".cache/$1" "${flags[@]}" "$2" >>.cache/tinygo.log 2>&1
  else
    GOTOOLCHAIN=$tinygo_go GOOS=js GOARCH=wasm tinygo build -o $linked "${flags[@]}" -no-debug -opt=z -panic=trap "$2" >>.cache/tinygo.log 2>&1 &&
      go run ./wasm/tools/postlink -i $linked -strip -o ".cache/$1"
  fi
}

# The Go release whose runtime wasm/tools know. Where another one is installed, Go fetches this one from the module proxy, so that everybody
# builds the same page.
page_go=go1.26.8

# Sets GOTOOLCHAIN to it for the commands of a subshell, which builds the file $1.
use_page_go() {
  export GOTOOLCHAIN=$page_go
  if ! go version >/dev/null; then
    GOTOOLCHAIN=local
    echo "build.sh: $page_go cannot be fetched, so $(go version) builds $1${2:-}: install $page_go, or set GOPROXY" >&2
  fi
  # Go puts what it fetches beneath GOMODCACHE, where an overlay must not replace files. By another path it may.
  local fetched
  fetched=$(go env GOROOT)
  if [[ $fetched == "$(go env GOMODCACHE)"/* ]]; then
    ln -sfn "$fetched" .cache/go
    export GOTOOLCHAIN=local GOROOT=$PWD/.cache/go PATH=$PWD/.cache/go/bin:$PATH
  fi
}

people_program() (
  use_page_go dist/testing/people.wasm
  GOOS=js GOARCH=wasm go build -trimpath -ldflags='-s -w' -o dist/testing/people.wasm ./wasm/people
)

# Builds the page's program with standard Go into the file $1.
page_program() (
  if [[ ${2:-} == --debug ]]; then
    GOOS=js GOARCH=wasm go build -o "$1" ./wasm
    return
  fi
  use_page_go "$1" ", which is then about three times as large"
  module=github.com/throughline/throughline
  overlay=$(go run ./wasm/tools/overlay -o .cache/overlay)
  # The newer collector is larger; a smaller first heap halves the memory. Experiments, too, belong to the release that was checked.
  # Inlined functions made the program a twentieth larger. Only the scanner of JSON is called so often that a page would notice.
  env ${overlay:+GOEXPERIMENT=nogreenteagc,heapminimum512kib} GOOS=js GOARCH=wasm go build ${overlay:+-overlay "$overlay"} \
    -trimpath -ldflags='-s -w' -gcflags="$module/...=-l" -gcflags="$module/identity/jsontext=" -o .cache/linked.wasm ./wasm
  go run ./wasm/tools/postlink -i .cache/linked.wasm -o .cache/small.wasm
  if [[ -z $overlay ]]; then cp .cache/small.wasm "$1" && return; fi
  node js/snapshot.mjs .cache/small.wasm .cache/state
  go run ./wasm/tools/postlink -i .cache/small.wasm -state .cache/state -o "$1"
)

# The site has a generator and a lock file of its own, so that nobody installs them who only builds the library.
docs() {
  [[ docs/site/node_modules/.package-lock.json -nt docs/site/package-lock.json ]] ||
    npm ci --prefix docs/site --ignore-scripts --no-audit --no-fund --loglevel=error
  DOCS_BASE=${1:-/docs/} docs/site/node_modules/.bin/vitepress build docs/site
}

# A page, a picture or the generator is newer than the site. Plots of the figures are pictures, too.
docs_stale() {
  [[ ! -f dist/docs/llms.txt ]] ||
    [[ -n $(find docs js/bench/plots -path '*/node_modules' -prune -o -type f -newer dist/docs/llms.txt -print -quit) ]]
}

# Whatever the demo is made of is newer than what was built: build.
stale() {
  [[ ! -x dist/throughline-collector || ! -f dist/throughline.wasm ]] ||
    [[ -n $(find go.mod identity wasm js/src js/demo js/build.mjs js/release.mjs collector index.html -newer dist/throughline-collector -type f -print -quit) ]]
}

serve() {
  if stale; then build; fi
  [[ -d dist/docs ]] || echo "/docs/ is empty: ./build.sh docs builds the documentation (half a minute)"
  exec dist/throughline-collector --site dist "$@"
}

test() {
  case "${1:-all}" in
    all)
      test_go
      test_browser
      ;;
    go) test_go ;;
    browser) shift && test_browser "$@" ;;
    examples) test_examples ;;
    toolchains) shift && test_toolchains "$@" ;;
    *) usage >&2 && return 2 ;;
  esac
}

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
# Not in the lock file: not every registry has its packages for other platforms, and npm ci then refuses.
biome=@biomejs/biome@2.6.8

test_go() {
  c_compiler
  postgres_server
  local unformatted
  unformatted=$(gofmt -l identity wasm collector docs examples)
  [[ -z $unformatted ]] || { echo "gofmt has something to say about: $unformatted" >&2 && return 1; }
  local module
  for module in . collector; do
    (
      cd "$module"
      go vet ./...
      go run "$staticcheck" ./...
      go test ./...
    )
  done
  # Where many requests meet: with the race detector, and fewer rounds; of the databases, what concerns order and repeats.
  (cd collector && go test -race -short -run 'TestConformance/^o' ./sqlite ./postgres)
  (cd collector && go test -race -short ./server ./groupcommit ./api ./people ./live ./memory ./limit ./attempts)
  # The HTTP side once more, on PostgreSQL.
  (cd collector && THROUGHLINE_TEST_DB=postgres go test -short ./server)
  GOOS=js GOARCH=wasm go vet ./wasm ./wasm/browser ./wasm/people
}

test_browser() {
  browsers
  build
  if docs_stale; then docs; fi
  (
    cd js
    npx --yes "$biome" check .
    npx tsc
  )
  (cd docs/site && npx --yes "$biome" check .)
  # The runner's own summary is the last thing that CI reads.
  [[ $# -gt 0 ]] || set -- js/test/*.test.mjs
  # A file that hangs fails after fifteen minutes; whatever else does not end, ends after 32.
  timeout --foreground --kill-after=30 32m node --test --test-concurrency=2 --test-timeout=900000 --test-reporter=spec "$@"
}

# Each app of examples/, with the packed package, in a browser. They install their frameworks, which takes minutes.
test_examples() {
  command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] || packages "an example needs" nginx
  test_browser js/test/example-vite-react.test.mjs js/test/examples/*.test.mjs
}

test_toolchains() {
  browsers
  build
  node js/test/toolchains/run.mjs "$@"
}

pack() {
  build
  npm pack ./dist --pack-destination .cache --loglevel=notice
}

# The browsers come from Debian: no test tool downloads its own here. WebKit, the engine of Safari, needs a display.
browsers() {
  local missing=()
  command -v chromium >/dev/null || [[ -n ${CHROMIUM:-} ]] || missing+=(chromium)
  command -v firefox-esr >/dev/null || missing+=(firefox-esr)
  command -v WebKitWebDriver >/dev/null || missing+=(webkit2gtk-driver)
  command -v Xvfb >/dev/null || missing+=(xvfb)
  packages "the browser tests and the measurements need" "${missing[@]}"
}

# The race detector is linked with C.
c_compiler() {
  command -v gcc >/dev/null || packages "the race detector needs" gcc libc6-dev
}

# The tests start a PostgreSQL of their own: they need its programs, and no service.
postgres_server() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || [[ -n ${THROUGHLINE_POSTGRES_BIN:-} ]] ||
    packages "the collector's tests need" postgresql
}

packages() {
  local why=$1 missing=("${@:2}")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
  else
    echo "build.sh: $why: apt-get install ${missing[*]}" >&2 && return 1
  fi
}

bench() {
  browsers
  postgres_server
  build
  (cd js && node bench/bench.mjs "$@")
}

main "$@"
