# shellcheck shell=bash
# CUDA's compiler from its Python packages, for machines without a CUDA toolkit:
# tests compile CUDA C++ to PTX with it. No GPU, driver or CUDA library is needed.
# Sourced after setup.sh with the repository root as the working directory.

# What `nvcc -ptx` needs, 129 MB to fetch and 350 MB unpacked: the driver with
# cudafe++ and ptxas; its headers (crt); cicc with libdevice (nvvm);
# cuda_runtime.h and its like; CUB and libcu++ (cccl).
cuda_packages=(
  nvidia-cuda-nvcc==13.5.37
  nvidia-cuda-crt==13.5.37
  nvidia-nvvm==13.5.37
  nvidia-cuda-runtime==13.5.37
  nvidia-cuda-cccl==13.3.5.0.6
)

# Prints the path of an nvcc: the one in PATH, or that of build folder $1.
find_nvcc() {
  local nvcc
  for nvcc in "$(command -v nvcc || true)" \
    "$1"/cuda-packages/lib/python3*/site-packages/nvidia/cu13/bin/nvcc; do
    [[ -x $nvcc ]] && say "$nvcc" && return
  done
  return 1
}

# ensure_nvcc DIR: where there is none, makes a virtual environment with one in
# build folder DIR, once. The tests look there (test/Simulator/compiler.py).
ensure_nvcc() {
  local dir=$1 venv=$1/cuda-packages wanted
  wanted=${cuda_packages[*]}
  # Ours first: nvcc there may be of packages that are no longer wanted.
  if [[ -d $venv && $(cat "$venv/.installed" 2>/dev/null) != "$wanted" ]]; then
    rm -rf "$venv"
  fi
  ! find_nvcc "$dir" >/dev/null || return 0

  say "No nvcc in PATH: installing Python packages in $venv/ (129 MB to fetch)"
  local python log=$dir/cuda-packages.log
  python=$(find_python) || die "no python3 with numpy found"
  mkdir -p "$dir"
  run_logged "$log" '' "$python" -m venv "$venv" ||
    fail_with_log "$log" "python3 -m venv failed: is the package python3-venv installed?"
  run_logged "$log" '' "$venv/bin/pip" --disable-pip-version-check install --no-deps \
    --only-binary=:all: "${cuda_packages[@]}" ||
    fail_with_log "$log" "pip install failed"
  find_nvcc "$dir" >/dev/null || die "no nvcc in the packages installed in $venv/"
  say "$wanted" >"$venv/.installed"
}
