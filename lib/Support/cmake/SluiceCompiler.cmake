# How Sluice's own code is compiled, and how it links LLVM and MLIR.
#
# Two interface targets: sluice_llvm (LLVM's Support, JSON, ORC …) and
# sluice_mlir (MLIR on top). By default both stand for Debian's shared
# libraries, one of each in a process; SLUICE_STATIC links the archives.

find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
list(APPEND CMAKE_MODULE_PATH ${LLVM_CMAKE_DIR} ${MLIR_CMAKE_DIR})
set(LLVM_LINK_LLVM_DYLIB ON)
set(LLVM_RUNTIME_OUTPUT_INTDIR ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header makes ccache hash its content, not its time stamp.
  # Paths relative to the checkout: a second clone or worktree finds what the
  # first has compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CCACHE})
endif()
find_program(LLD ld.lld-22)
if(LLD)
  add_link_options(--ld-path=${LLD})
endif()

# Everything a translation unit needs whatever it links against.
add_library(sluice_compile INTERFACE)
target_include_directories(sluice_compile INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/include)
target_include_directories(sluice_compile SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
separate_arguments(llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_options(sluice_compile INTERFACE
  ${llvm_definitions} -Wall -Wextra -Wno-unused-parameter -fno-exceptions
  $<$<BOOL:${SLUICE_WERROR}>:-Werror>
  $<$<NOT:$<BOOL:${LLVM_ENABLE_RTTI}>>:-fno-rtti>
  "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
if(SLUICE_SANITIZE)
  # Debian's LLVM is not instrumented, so containers that cross the border
  # between it and us look half annotated: see test/lit.cfg.py for the option
  # that turns that one check off.
  target_compile_options(sluice_compile INTERFACE
    -fsanitize=address,undefined -fno-sanitize=vptr,function
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(sluice_compile INTERFACE -fsanitize=address,undefined)
endif()

find_package(Threads REQUIRED)
add_library(sluice_llvm INTERFACE)
add_library(sluice_mlir INTERFACE)
target_link_libraries(sluice_llvm INTERFACE sluice_compile Threads::Threads)
target_link_libraries(sluice_mlir INTERFACE sluice_llvm)
if(SLUICE_STATIC)
  # By path: Debian's imported MLIR targets name the shared libLLVM, and two
  # copies of LLVM in one process do not work. Of an archive only the members
  # that are needed are linked.
  file(GLOB archives ${LLVM_LIBRARY_DIR}/libMLIR*.a ${LLVM_LIBRARY_DIR}/libLLVM*.a)
  list(FILTER archives EXCLUDE REGEX "libMLIR(CAPI|Test)")
  target_link_libraries(sluice_llvm INTERFACE
    -Wl,--start-group ${archives} -Wl,--end-group
    -Wl,--as-needed,-Bstatic -lz -lzstd -Wl,-Bdynamic -lxml2 -lffi
    ${CMAKE_DL_LIBS} m)
  target_link_options(sluice_llvm INTERFACE -static-libstdc++ -static-libgcc
    -Wl,--gc-sections)
else()
  target_link_libraries(sluice_llvm INTERFACE LLVM)
  target_link_libraries(sluice_mlir INTERFACE MLIR)
endif()
