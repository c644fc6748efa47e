# One function per kind of target, so that a folder's CMakeLists.txt is a list
# of names. All C++ that includes MLIR shares one precompiled header.

add_library(sluice_pch OBJECT ${CMAKE_SOURCE_DIR}/lib/Support/Precompiled.cpp)
target_link_libraries(sluice_pch PUBLIC sluice_mlir)
target_precompile_headers(sluice_pch PRIVATE ${CMAKE_SOURCE_DIR}/lib/Support/Precompiled.h)

# sluice_add_library(<name> <sources>... LINK <targets>... DEPENDS <tablegen>...)
function(sluice_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC sluice_mlir ${ARG_LINK})
  target_precompile_headers(${name} REUSE_FROM sluice_pch)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# The .td files of a dialect or a pass folder: <target> then mlir-tblgen calls
# as triples (td, output, options as a list separated by commas).
function(sluice_tablegen target)
  set(outputs)
  while(ARGN)
    list(POP_FRONT ARGN td output options)
    string(REPLACE "," ";" options "${options}")
    set(LLVM_TARGET_DEFINITIONS ${td})
    mlir_tablegen(${output} ${options} EXTRA_INCLUDES ${CMAKE_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  endwhile()
  add_public_tablegen_target(${target})
endfunction()

# The pass of this folder: <Name>.td, <Name>.h and every source become
# Sluice<Name>.
function(sluice_add_pass)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  get_filename_component(name ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  sluice_tablegen(Sluice${name}IncGen ${name}.td ${name}.h.inc -gen-pass-decls,-name=${name})
  sluice_add_library(Sluice${name} ${sources} LINK ${ARG_LINK} DEPENDS Sluice${name}IncGen)
endfunction()

function(sluice_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE sluice_mlir SluiceSupport ${ARG_LINK})
  target_precompile_headers(${name} REUSE_FROM sluice_pch)
endfunction()

# What ctest runs as `name` belongs to a suite, which is its label: that of the
# folder, SLUICE_SUITE. `ninja suite-NAME` builds what a suite runs.
function(sluice_add_to_suite name)
  set_property(TEST ${name} PROPERTY LABELS ${SLUICE_SUITE})
  if(NOT TARGET suite-${SLUICE_SUITE})
    add_custom_target(suite-${SLUICE_SUITE})
  endif()
  if(ARGN)
    add_dependencies(suite-${SLUICE_SUITE} ${ARGN})
  endif()
endfunction()

# A GoogleTest binary, known to ctest under its own name.
function(sluice_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE sluice_mlir ${ARG_LINK} GTest::gtest GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM sluice_pch)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test/unit)
  add_test(NAME ${name} COMMAND ${name})
  sluice_add_to_suite(${name} ${name})
endfunction()
