# cmake -D ROOT=… -D FILES=… -D OUTPUT=… -P HashSources.cmake
#
# Writes a line of C++ with the SHA-256 of the files (those that the file FILES
# lists) and their names, if it is another one than OUTPUT has.

file(STRINGS ${FILES} names)
set(text "${SETTING}")
foreach(name ${names})
  file(SHA256 ${ROOT}/${name} hash)
  string(APPEND text "${name} ${hash}\n")
endforeach()
string(SHA256 hash "${text}")
set(line "static constexpr llvm::StringLiteral kCompilerHash = \"${hash}\";\n")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL line)
  file(WRITE ${OUTPUT} "${line}")
endif()
