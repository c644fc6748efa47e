# shellcheck shell=bash
# Programs of the CUDA toolkit from their Python packages, for machines without
# one: tests compile CUDA C++ to PTX with them, and look at what ptxas makes of
# it. No GPU, driver or CUDA library is needed.
# Sourced after setup.sh with the repository root as the working directory.

# What `nvcc -ptx` needs, 129 MB to fetch and 350 MB unpacked: the driver with
# cudafe++ and ptxas; its headers (crt); cicc with libdevice (nvvm);
# cuda_runtime.h and its like; CUB and libcu++ (cccl).
nvcc_packages=(
  nvidia-cuda-nvcc==13.5.37
  nvidia-cuda-crt==13.5.37
  nvidia-nvvm==13.5.37
  nvidia-cuda-runtime==13.5.37
  nvidia-cuda-cccl==13.3.5.0.6
)
# 5 MB: it reads what ptxas of another version writes, too.
nvdisasm_packages=(nvidia-cuda-nvdisasm==13.5.37)

# ensure_cuda_programs DIR: what PATH lacks of nvcc and nvdisasm is installed in a
# virtual environment in build folder DIR, once. The tests look there
# (test/lit.cfg.py, test/Simulator/compiler.py).
ensure_cuda_programs() {
  local dir=$1 venv=$1/cuda-packages missing=() packages=()
  if ! command -v nvcc >/dev/null; then
    missing+=(nvcc) packages+=("${nvcc_packages[@]}")
  fi
  if ! command -v nvdisasm >/dev/null; then
    missing+=(nvdisasm) packages+=("${nvdisasm_packages[@]}")
  fi
  local wanted=${packages[*]}
  [[ $(cat "$venv/.installed" 2>/dev/null) != "$wanted" ]] || return 0
  rm -rf "$venv" # of packages that are no longer wanted
  ((${#packages[@]})) || return 0

  say "Not in PATH: ${missing[*]}; installing Python packages in $venv/"
  local python log=$dir/cuda-packages.log program
  python=$(find_python) || die "no python3 with numpy found"
  mkdir -p "$dir"
  run_logged "$log" '' "$python" -m venv "$venv" ||
    fail_with_log "$log" "python3 -m venv failed: is the package python3-venv installed?"
  run_logged "$log" '' "$venv/bin/pip" --disable-pip-version-check install --no-deps \
    --only-binary=:all: "${packages[@]}" ||
    fail_with_log "$log" "pip install failed"
  for program in "${missing[@]}"; do
    compgen -G "$venv/lib/python3*/site-packages/nvidia/cu13/bin/$program" >/dev/null ||
      die "no $program in the packages installed in $venv/"
  done
  say "$wanted" >"$venv/.installed"
}
