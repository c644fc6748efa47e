# shellcheck shell=bash
# What tools/quickstart, tools/check and .ci/run share: packages, configure,
# build, and long commands run without flooding the screen.
# Sourced with the repository root as the working directory.

# "what for|Debian packages"
build_packages=(
  "LLVM and MLIR 22|llvm-22-dev libmlir-22-dev mlir-22-tools llvm-22-tools"
  "headers LLVM asks for|libzstd-dev zlib1g-dev libxml2-dev libedit-dev libcurl4-openssl-dev"
  "C++20 compiler, linker|clang-22 lld-22 g++"
  "build tools|cmake ninja-build ccache"
  "tests, benchmarks|libgtest-dev libbenchmark-dev python3 python3-numpy"
  "pictures of graphs|graphviz"
)
# shellcheck disable=SC2034 # read by the scripts that source this file
check_packages=(
  "${build_packages[@]}"
  "sanitizers, fuzzers|libclang-rt-22-dev"
  "format and lint|clang-format-22 clang-tidy-22"
  "source, downloads|git ca-certificates python3-venv"
)

say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# --- Long commands -----------------------------------------------------------

# Reads lines; a terminal sees the latest one, anything else one line every 20
# seconds. Lines that match the regular expression $1 stay.
show_progress() {
  local keep=${1:-} line size width=80 last=$SECONDS
  if [[ -t 1 ]] && size=$(stty size 2>/dev/null </dev/tty); then
    width=${size#* }
    ((width > 0)) || width=80 # a terminal that does not know its width says 0
  fi
  while IFS= read -r line; do
    line=${line//[^[:print:]]/}
    if [[ -n $keep && $line =~ $keep ]]; then
      [[ -t 1 ]] && printf '\r\033[K'
      printf '%s\n' "$line"
    elif [[ -t 1 ]]; then
      printf '\r\033[K%s' "${line:0:width-1}"
    elif ((SECONDS - last >= 20)); then
      printf '%s\n' "$line"
    else
      continue
    fi
    last=$SECONDS
  done
  [[ ! -t 1 ]] || printf '\r\033[K'
}

# run_logged LOG KEEP COMMAND...: all output to LOG, show_progress on the screen.
run_logged() {
  local log=$1 keep=$2
  shift 2
  mkdir -p "${log%/*}"
  "$@" 2>&1 </dev/null | tee "$log" | show_progress "$keep"
}

# fail_with_log LOG MESSAGE: the part of LOG that says what went wrong, then MESSAGE.
fail_with_log() {
  local log=$1 excerpt
  # ninja goes on with other jobs after a failure: start at the failed one. CMake
  # run by ninja (build.ninja) says what is wrong before that.
  excerpt=$(awk '/^FAILED: / && !/build\.ninja/ { found = 1 } found && n++ < 80' "$log")
  printf '%s\n' "${excerpt:-$(tail -n 40 "$log")}" >&2
  die "$2 (the whole log: $log)"
}

# --- Packages ----------------------------------------------------------------

on_debian_12() {
  [[ -x /usr/bin/apt-get && -r /etc/os-release ]] &&
    grep -qx 'ID=debian' /etc/os-release && grep -qx 'VERSION_ID="12"' /etc/os-release
}

# Prints those of the packages named that are not installed.
missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package} \n' "$@" 2>/dev/null || true)
  for package; do
    grep -q "^.i $package \$" <<<"$installed" || say "$package"
  done
}

has_header() { "$(find_clangxx)" -x c++ -fsyntax-only - <<<"#include <$1>" 2>/dev/null; }

has_mlir_22() {
  local config prefix prefixes
  IFS=: read -ra prefixes <<<"${CMAKE_PREFIX_PATH:-}"
  for prefix in "${prefixes[@]}" /usr/lib/llvm-22 /usr/local /usr; do
    for config in "${MLIR_DIR:-}" "$prefix/lib/cmake/mlir" "$prefix/lib64/cmake/mlir"; do
      grep -qs '^set(LLVM_VERSION 22\.' "$config/MLIRConfig.cmake" && return
    done
  done
  return 1
}

has_cmake_3_25() {
  local version
  version=$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')
  [[ -n $version ]] && printf '3.25\n%s\n' "$version" | sort -VC
}

find_clangxx() {
  command -v clang++-22 || {
    [[ $(clang++ --version 2>/dev/null) == *"version 22."* ]] && command -v clang++
  }
}

# Debian's python3 has Debian's numpy; another one may come first in PATH.
find_python() {
  local python
  for python in /usr/bin/python3 "$(command -v python3 || true)"; do
    [[ -x $python ]] && "$python" -c 'import numpy' 2>/dev/null && say "$python" && return
  done
  return 1
}

has_tool() { command -v "$1" >/dev/null || [[ -x /usr/lib/llvm-22/bin/$1 ]]; }

# For systems without Debian's packages: prints what is not found.
missing_tools() {
  find_clangxx >/dev/null || say "clang 22"
  has_mlir_22 || say "LLVM and MLIR 22, with headers and CMake files (MLIR_DIR or CMAKE_PREFIX_PATH names them)"
  has_cmake_3_25 || say "cmake >= 3.25"
  has_tool ninja || say "ninja"
  has_tool ccache || say "ccache"
  has_header gtest/gtest.h || say "GoogleTest"
  has_header benchmark/benchmark.h || say "Google Benchmark"
  find_python >/dev/null || say "python3 with numpy"
  has_tool lit || has_tool llvm-lit || say "lit (LLVM's test runner)"
  has_tool FileCheck || say "FileCheck (LLVM's test tool)"
}

# by_hand REASON: goes on if every tool is there all the same, else names them and stops.
by_hand() {
  local missing
  missing=$(missing_tools)
  [[ -n $missing ]] || return 0
  printf '%s\nNot found here:\n%s\n' "$1" "${missing//$'\n'/; }" >&2
  exit 1
}

# ensure_packages "what for|packages"...: installs what is missing on Debian 12.
ensure_packages() {
  on_debian_12 || {
    by_hand "The packages are known for Debian 12 only. Please install by hand what is named here, then run this again."
    return
  }

  local group names wanted=() missing=()
  for group; do
    read -ra names <<<"${group#*|}"
    wanted+=("${names[@]}")
  done
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]})) || return 0

  say "${#missing[@]} Debian packages to install, with what they depend on:"
  for group; do
    read -ra names <<<"${group#*|}"
    mapfile -t names < <(printf '%s\n' "${names[@]}" | grep -Fx "$(printf '%s\n' "${missing[@]}")")
    ((${#names[@]} == 0)) || printf '  %-23s %s\n' "${group%%|*}" "${names[*]}"
  done

  local as_root=()
  if ((EUID != 0)); then
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(-n) # nobody there to type a password
  fi
  "${as_root[@]}" true 2>/dev/null || {
    by_hand "This user is neither root nor has sudo. As root, run

apt-get update && apt-get install --no-install-recommends ${missing[*]}
"
    return
  }

  local apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -y -o DPkg::Lock::Timeout=300)
  # A repository of the user's own that does not answer need not stop us.
  run_logged build/apt-update.log '' "${apt_get[@]}" update ||
    say "apt-get update reported errors (build/apt-update.log); going on"

  local package policy absent=()
  for package in "${missing[@]}"; do
    policy=$(LC_ALL=C apt-cache policy "$package")
    [[ $policy == *"Candidate: "[^\(]* ]] || absent+=("$package")
  done
  if ((${#absent[@]})); then
    by_hand "apt-get does not know ${absent[*]}.
They are in Debian 12's bookworm and bookworm-security: see that apt-get's sources name both and that the mirror answers (build/apt-update.log)."
    return
  fi

  local install=("${apt_get[@]}" install --no-install-recommends "${missing[@]}")
  "${install[@]}" --assume-no 2>/dev/null </dev/null |
    sed -n 's/^\(Need to get\|After this operation\)/  &/p' || true
  run_logged build/apt-install.log '' "${install[@]}" ||
    fail_with_log build/apt-install.log "apt-get install failed"
  # What CMake looked for in vain may be there now: configure afresh.
  rm -f build*/.configured
}

# --- Configure and build -----------------------------------------------------

build_dir() {
  case $1 in
  release) say build ;;
  *) say "build-$1" ;;
  esac
}

# What a configured build folder must match; edits of CMakeLists.txt are ninja's to see.
configuration() { printf '%s\n' "$@" | cat - CMakePresets.json | sha256sum; }

# configure PRESET: once, and again when the presets change.
configure() {
  local preset=$1 dir python args=()
  dir=$(build_dir "$preset")
  # The presets name Debian's compiler and python.
  command -v clang++-22 >/dev/null ||
    args+=(-DCMAKE_C_COMPILER=clang "-DCMAKE_CXX_COMPILER=$(find_clangxx)")
  python=$(find_python) || die "no python3 with numpy found"
  [[ $python == /usr/bin/python3 ]] || args+=("-DPython3_EXECUTABLE=$python")

  local now
  now=$(configuration "$preset" "${args[@]}")
  [[ -f $dir/build.ninja && -f $dir/.configured && $(<"$dir/.configured") == "$now" ]] && return
  say "Configuring the $preset build in $dir/"
  run_logged "$dir/configure.log" '' cmake --fresh --preset "$preset" "${args[@]}" ||
    fail_with_log "$dir/configure.log" "cmake --preset $preset failed"
  say "$now" >"$dir/.configured"
}

# build PRESET [TARGET...]
build() {
  local preset=$1 dir start=$SECONDS
  shift
  [[ -f CMakePresets.json ]] || die "CMakePresets.json not found in $PWD"
  configure "$preset"
  dir=$(build_dir "$preset")
  say "Building in $dir/"
  run_logged "$dir/build.log" '' ninja -C "$dir" "$@" ||
    fail_with_log "$dir/build.log" "the build failed"
  say "Built in $((SECONDS - start)) s"
}
